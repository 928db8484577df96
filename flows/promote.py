"""An adapter in; it and the current one held against each other on the same held-out rows, and which is current, out."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from eval.certificates import base_of, read_certificate
from eval.compare import Comparison, compare, write_comparison
from eval.current import Promotion, current, current_adapter, promote
from eval.decoding import GenerateConfig
from eval.evaluations import Evaluation, evaluations, read_evaluation
from eval.promotion import Check, PromoteConfig, judge, refusal
from train.trust import NOBODY, TrustConfig
from train.weights import weights_sha256
from warehouse.kit import BadInput, settings, stable_id
from warehouse.manifest import newest_set


@dataclass(frozen=True)
class Decision:
    """What was found, and what was done about it. `promoted` is None where nothing changed."""

    evaluation: Evaluation
    against: str  # the current adapter's name, or the base's
    comparison: Comparison
    page: Path
    checks: list[Check]
    why_not: str  # empty where no guarded metric got worse
    promoted: Promotion | None
    before: Promotion | None  # what was current


def evaluated(
    adapter: Path,
    home: Path,
    set_folder: Path | None = None,
    generate: GenerateConfig | None = None,
    base: str = "",
    trust: TrustConfig = NOBODY,
) -> Evaluation:
    """The adapter's newest evaluation; one made now, on that set and with that config, where either is named or there is
    none.

    Raises BadInput where the set, the base or the adapter cannot be used.
    """
    found = None if set_folder or generate else next(evaluations(home, weights_sha256(adapter)), None)
    if found is not None:
        return found
    from flows.assess import assess_flow
    from flows.serve.own import own_server

    folder = set_folder or newest_set(home)
    place = base_of(read_certificate(adapter), home, base)
    with own_server(home):
        made = assess_flow(folder, place, adapter, generate or GenerateConfig(), home, trust)
    return read_evaluation(made.folder)


def like(adapter: Path, other: Evaluation, home: Path, trust: TrustConfig = NOBODY) -> Evaluation:
    """The evaluation of the adapter on the rows, and with the config, of the other one; made now unless it is there.

    Raises BadInput when the training set of the other one is gone.
    """
    for one in evaluations(home, weights_sha256(adapter)):
        if all(one.inputs[key] == other.inputs[key] for key in ("split_sha256", "generate")):
            return one
    folder = home / "sets" / str(other.inputs["set"])
    if not folder.is_dir():
        raise BadInput(
            f"{folder}: the set that {other.adapter.detail} was evaluated on is gone; evaluate both on another with --set"
        )
    return evaluated(adapter, home, folder, config_of(other), trust=trust)


def config_of(evaluation: Evaluation) -> GenerateConfig:
    """How its answers were drawn. Raises BadInput where it has a key that we do not know."""
    return settings(GenerateConfig, evaluation.inputs["generate"], f"{evaluation.folder}/scores.json: generate")


def decide(
    adapter: Path,
    evaluation: Evaluation,
    home: Path,
    config: PromoteConfig,
    force: bool = False,
    act: bool = True,
    trust: TrustConfig = NOBODY,
) -> Decision:
    """Holds the adapter against the current one, writes the comparison, and promotes it if nothing guarded got worse.

    With `force` it is promoted all the same, even where the current one is gone; without `act` never. Raises BadInput
    where there is nothing to hold it against.
    """
    before = current(home)
    try:
        now = current_adapter(home)
    except BadInput:
        if not force:
            raise
        now = None
    if now is None:
        models, against = [evaluation.base, replace(evaluation.adapter, name="adapter")], evaluation.base.detail
    else:
        earlier = replace(like(now, evaluation, home, trust).adapter, name="earlier", chinese="前版")
        models, against = [evaluation.base, earlier, replace(evaluation.adapter, chinese="本版")], now.name
    found = replace(compare(models), facts=_facts(evaluation, against, before))
    page = write_comparison(
        home
        / "comparisons"
        / stable_id(*(f"{one.detail} {one.adapter_sha256}" for one in models), evaluation.folder.name)[:8],
        found,
    )
    checks = judge(found, len(models) - 2, config)
    why_not = refusal(checks, against)
    same = before is not None and now is not None and before.adapter_sha256 == evaluation.adapter.adapter_sha256
    promoted = None
    if act and not same and (force or not why_not):
        promoted = promote(
            home,
            adapter,
            evaluation.base.detail,
            evaluation.folder.name,
            against,
            [asdict(one) for one in checks],
            bool(why_not),
        )
    return Decision(evaluation, against, found, page, checks, why_not, promoted, before)


def _facts(evaluation: Evaluation, against: str, before: Promotion | None) -> dict[str, str]:
    return {
        "evaluation": evaluation.folder.name,
        "training set": str(evaluation.inputs["set"]),
        "held against": against,
        "current since": before.at if before else "–",
        "generate": json.dumps(evaluation.inputs["generate"]),
    }
