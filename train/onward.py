"""An adapter's folder in, the same adapter ready to be trained on other data out: `--from ADAPTER`.

It goes on only on the base it was made on, prompted as it was, and as the kind of adapter it is.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from peft import PeftModel
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from train.adapters import AdapterConfig
from train.bases import BaseFingerprint
from train.template import template_hash
from warehouse.kit import BadInput, sha256_file

FREE = ("dropout",)  # what may be another from one training to the next


def born_of(folder: Path) -> str:
    """The hash of an adapter's birth certificate. Raises BadInput when the folder has none."""
    birth = Path(folder) / "birth.json"
    if not birth.is_file():
        raise BadInput(f"{folder}: no birth.json there; --from takes the folder of an adapter that huaben trained")
    return sha256_file(birth)


def read_start(folder: Path, adapter: AdapterConfig) -> dict[str, Any]:
    """The adapter's birth certificate. Raises BadInput when it is no adapter of this kind that can be trained on."""
    born_of(folder)
    born = json.loads((Path(folder) / "birth.json").read_text(encoding="utf-8"))
    then, now = born["config"]["adapter"], json.loads(json.dumps(asdict(adapter)))
    if then["method"] == "full":
        raise BadInput(f"{folder}: is a model of its own; name it as the base (--base {folder}) instead of --from")
    if then["method"] == "ptuning":
        raise BadInput(
            f"{folder}: ptuning saves what its encoder wrote but not the encoder; train it anew without --from"
        )
    changed = [f"{key} = {then.get(key)!r}" for key in now if key not in FREE and then.get(key) != now[key]]
    if changed:
        raise BadInput(
            f"{folder}: was trained with {', '.join(changed)}; set the same under [adapter], or leave out --from"
        )
    return born


def check_start(
    folder: Path, born: dict[str, Any], fingerprint: BaseFingerprint, tokenizer: PreTrainedTokenizerBase
) -> None:
    """Raises BadInput unless base and way of prompting are those the adapter was made with."""
    then = born["base"]
    if (then["revision"], then["sha256"]) != (fingerprint.revision, fingerprint.sha256):
        raise BadInput(
            f"{folder}: was made on the base {then['name']} ({_short(then)}), this is {fingerprint.name} "
            f"({_short(asdict(fingerprint))}); give the base it was made on"
        )
    if born["template_hash"] != template_hash(tokenizer):
        raise BadInput(
            f"{folder}: its base was prompted with another template; give the base with the tokenizer it had"
        )


def go_on(model: PreTrainedModel, folder: Path) -> PeftModel:
    """The model with the adapter's weights, open to change."""
    return PeftModel.from_pretrained(model, str(folder), is_trainable=True)


def descent(folder: Path, born: dict[str, Any]) -> dict[str, Any]:
    """What a certificate says of the adapter that another went on from."""
    found = {"name": Path(folder).resolve().name, "birth_sha256": born_of(folder)}
    return found | {key: born[key] for key in ("training_set", "from") if key in born}


def _short(base: dict[str, Any]) -> str:
    return str(base["sha256"] or base["revision"] or "unknown")[:12]
