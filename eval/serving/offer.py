"""A home folder, or the base and adapter that the user named, in; what an endpoint or a terminal may load, by name, out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.current import current_adapter
from eval.studio.choices import Model, bases, homeless, models
from eval.studio.talker import check_template
from train.bases import load_tokenizer
from train.merge import base_of
from train.trust import NOBODY, TrustConfig
from warehouse.kit import BadInput


@dataclass(frozen=True)
class Offer:
    """The models by the name that a client asks for: a base's own, an adapter's folder. `left_out` says what is not
    offered and why, a sentence each."""

    models: dict[str, Model]
    left_out: Sequence[str] = ()


def offered(home: Path, base: str = "", adapter: str = "", trust: TrustConfig = NOBODY) -> Offer:
    """The adapter, or the base, that is named, else every base and adapter of the home folder.

    Each adapter's template is compared with its base's. Raises BadInput where one that is named does not fit, or
    where nothing is left to offer.
    """
    if adapter:
        one = _adapted(Path(home), base, adapter)
        _check(one, trust)
        plain = Path(one.base).name if Path(one.base).is_dir() else one.base
        return Offer({plain: Model(plain, one.base), one.label: one})
    named = (base,) if base else ()
    if base:
        load_tokenizer(base, trust)  # says at once when there is no such base
    found = models(home, named)
    if base:
        label = next(iter(bases(home, named)))
        found = {name: model for name, model in found.items() if model.base == found[label].base}
    kept, left_out = (
        {},
        [f"{name}: its base {of} is not known here; name it with --base" for name, of in homeless(home)],
    )
    for model in found.values():
        try:
            _check(model, trust)
        except BadInput as error:
            left_out.append(str(error))
            continue
        name = Path(model.adapter).name if model.adapter else model.label
        kept[name if name not in kept else model.label] = model
    if not kept:
        raise BadInput("; ".join([*left_out, f"{home} holds no model to talk to; run huaben run, or give --base"]))
    return Offer(kept, left_out if not base else ())


def preferred(offer: Offer, home: Path, base: str = "", adapter: str = "") -> Model:
    """The model to talk to: the adapter or else the base that is named, the current adapter, the newest, or a base."""
    every = list(offer.models.values())
    if adapter:
        return every[-1]
    adapted = [] if base else [model for model in every if model.adapter]
    promoted = current_adapter(Path(home))
    for model in adapted:
        if promoted and Path(model.adapter).resolve() == promoted.resolve():
            return model
    return max(adapted, key=lambda model: (Path(model.adapter) / "birth.json").stat().st_mtime, default=every[0])


def _adapted(home: Path, base: str, adapter: str) -> Model:
    folder = Path(adapter) if Path(adapter).is_dir() else home / "adapters" / adapter
    try:
        born = json.loads((folder / "birth.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{adapter}: no such adapter; give the folder that huaben train wrote") from None
    return Model(folder.name, base or base_of(folder, born, home / "bases"), str(folder), born.get("template_hash", ""))


def _check(model: Model, trust: TrustConfig) -> None:
    if model.adapter:
        check_template(model, load_tokenizer(model.base, trust))
