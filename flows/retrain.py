"""Flow `retrain`: the newest snapshot, or an adapter's birth certificate, in; an adapter trained, evaluated, held against the
current one, and promoted or not, out.

    huaben retrain --config configs/X.toml      huaben retrain --from ADAPTER [--at SNAPSHOT]
"""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from prefect import flow
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact

from eval.certificates import Certificate, base_of
from eval.compare import comparison_markdown
from eval.evaluations import read_evaluation
from flows.assess import assess_flow
from flows.config import RunConfig, read_config
from flows.engine.choose import Lent
from flows.finetune import lengths_artifact, trained
from flows.promote import Decision, decide
from flows.report import WHERE_IT_OPENS
from flows.steps import step
from train.preflight import told
from train.sets import SetAdapter, base_of_set, check_set, lengths_of_set, preflight_of_set
from train.weights import weight_files, weights_sha256
from warehouse.curate import curate
from warehouse.diff import diff
from warehouse.evidence.store import weigh_answers
from warehouse.home import made_home
from warehouse.kit import BadInput, sha256_file
from warehouse.lake import writing
from warehouse.rebuild import Rebuilt, rebuild
from warehouse.summary import check_leaks
from warehouse.training_set import build


@dataclass(frozen=True)
class Again:
    """Which adapter to train again, on which snapshot (that which it was trained on, unless one is named), from what."""

    certificate: Certificate
    at: int | None = None
    start: Path | None = None  # the adapter that it went on from


@dataclass(frozen=True)
class RetrainReport:
    """What came of it. `changed`: how the training set differs from the one that was trained on, in words."""

    set_folder: Path
    changed: tuple[str, ...]
    base: str
    adapter: SetAdapter
    same_weights: bool  # byte for byte those of the adapter that was trained again
    decision: Decision


@flow(name="retrain", flow_run_name="retrain {config.build.name}", validate_parameters=False)
def retrain_flow(
    config: RunConfig, home: Path, again: Again | None = None, promoting: bool = True, force: bool = False
) -> RetrainReport:
    """Training set, preflight, training, evaluation, comparison, promotion; each only as far as something has changed."""
    changed: tuple[str, ...] = ()
    if again:
        rebuilt = step(rebuilt_set, "rebuild the training set", retries=3)(again, home)
        folder, changed = rebuilt.folder, rebuilt.changed
        own = again.certificate
        config = replace(config, train=own.train, adapter=own.method, tokens=own.tokens)
        base = step(base_of, "find the base")(own, home, "" if config.base == "embedded" else config.base)
    else:
        folder = step(newest_build, "build", retries=3)(config, home)
        base = step(base_of_set, "make the base")(config.base, folder, home / "bases", config.embedded)
    step(check_set, "check the training set")(folder)
    start, lent = again.start if again else None, Lent(config.engine)
    # Of the command's config, not the certificate: an adapter that somebody else made allows nothing.
    trust = config.trust
    lengths = step(lengths_of_set, "measure lengths")(folder, base, config.tokens.max_length, lent, trust)
    lengths_artifact(lengths, folder)
    found = step(preflight_of_set, "preflight")(
        folder, base, config.train, config.adapter, config.tokens, start, lent, trust
    )
    create_markdown_artifact(key="preflight", markdown="\n".join(f"- {line}" for line in told(found)))
    adapter = trained(config, folder, base, home, start, lent)
    assessed = assess_flow(folder, base, adapter.folder, config.generate, home, trust)
    evaluation = read_evaluation(assessed.folder)
    decision = step(decide, "compare and decide")(
        adapter.folder, evaluation, home, config.promote, force, promoting, trust
    )  # fmt: skip
    _artifacts(decision)
    same = again is not None and _hash(adapter.folder) == _hash(again.certificate.adapter)
    return RetrainReport(folder, changed, base, adapter, same, decision)


@flow(name="retrain-newest", validate_parameters=False)
def retrain_newest(config: str = "", home: str = "") -> str:
    """The same from the newest snapshot, with parameters that a schedule can hold; gives back the comparison's page."""
    place = Path(home).absolute() if home else made_home()
    return str(retrain_flow(read_config(Path(config) if config else None), place).decision.page)


def rebuilt_set(again: Again, home: Path) -> Rebuilt:
    """The training set of the certificate. Raises BadInput, saying what changed, where it is no longer the same and no other
    snapshot was asked for."""
    with writing(home) as lake:
        rebuilt = rebuild(lake, again.certificate.training_set, again.at)
    recorded = again.certificate.training_set
    before = home / "sets" / f"{recorded['name']}-{recorded['set_id'][:8]}"
    changed = rebuilt.changed
    if not rebuilt.identical and before.is_dir():
        found = diff(home, str(before), str(rebuilt.folder))
        counts = ((word, found.count(word)) for word in ("added", "removed", "changed"))
        changed = (", ".join(f"{count:,} rows {word}" for word, count in counts), *changed)
    if not rebuilt.identical and again.at is None:
        raise BadInput(
            f"{before.name} cannot be built as it was: {'; '.join(changed)}; go back to the code that built it, or train on "
            "what there is with --at SNAPSHOT"
        )
    return replace(rebuilt, changed=changed)


def newest_build(config: RunConfig, home: Path) -> Path:
    """The training set of all that is in the warehouse now, curated."""
    with writing(home) as lake:
        weigh_answers(lake, config.curate.evidence)
        curate(lake, config.curate)
        check_leaks(lake)
        return build(lake, config.build)


def started_from(adapter: Path, home: Path) -> Path | None:
    """The adapter that this one's training went on from; None where it began anew. Raises BadInput where it is gone."""
    parent = json.loads((adapter / "birth.json").read_text(encoding="utf-8")).get("from")
    if not parent:
        return None
    folder = home / "adapters" / parent["name"]
    if not (folder / "birth.json").is_file() or sha256_file(folder / "birth.json") != parent["birth_sha256"]:
        raise BadInput(
            f"{adapter}: went on from the adapter {parent['name']}, which is not at {folder}; restore it there"
        )
    return folder


def _hash(adapter: Path) -> str:
    return weights_sha256(adapter) if weight_files(adapter) else ""


def _artifacts(decision: Decision) -> None:
    create_markdown_artifact(key="comparison", markdown=comparison_markdown(decision.comparison))
    create_table_artifact(
        key="guarded",
        table=[asdict(check) for check in decision.checks],
        description=decision.why_not or f"Nothing guarded got worse against {decision.against}",
    )
    create_link_artifact(
        key="comparison-page", link=decision.page.as_uri(), link_text=str(decision.page), description=WHERE_IT_OPENS
    )
