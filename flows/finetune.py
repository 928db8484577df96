"""Flow `finetune`: a training set in; the length table, a base and an adapter out."""

from dataclasses import asdict, dataclass
from pathlib import Path

from prefect import flow
from prefect.artifacts import create_table_artifact

from flows.config import RunConfig
from flows.engine.choose import Lent
from flows.record import record
from flows.steps import step
from train.lengths import LengthRow
from train.sets import SetAdapter, adapter_of_set, base_of_set, check_set, lengths_of_set


@dataclass(frozen=True)
class FinetuneReport:
    """The base, the adapter trained on it, and how long the rows are in its tokens."""

    base: str
    adapter: SetAdapter
    lengths: list[LengthRow]


@flow(name="finetune", flow_run_name="train on {set_folder.name}", validate_parameters=False)
def finetune_flow(
    config: RunConfig, set_folder: Path, home: Path, start: Path | None = None, resume: bool = True
) -> FinetuneReport:
    """Check the set, make or find the base, measure lengths with its tokens, train the adapter unless it is there.

    It starts from the weights of the adapter `start` if one is given, and from the newest checkpoint if one is there.
    """
    step(check_set, "check the training set")(set_folder)
    base = step(base_of_set, "make the base")(config.base, set_folder, home / "bases", config.embedded)
    lent = Lent(config.engine)
    lengths = step(lengths_of_set, "measure lengths")(
        set_folder, base, config.tokens.max_length, lent, config.trust
    )  # fmt: skip
    adapter = trained(config, set_folder, base, home, start, lent, resume)
    lengths_artifact(lengths, set_folder)
    return FinetuneReport(base, adapter, lengths)


def trained(
    config: RunConfig, set_folder: Path, base: str, home: Path, start: Path | None, lent: Lent, resume: bool = True
) -> SetAdapter:
    """The adapter that the config gives on the set, trained and recorded in the lake unless it is there already."""
    adapter = step(adapter_of_set, "train")(
        set_folder,
        base,
        home / "adapters",
        config.train,
        config.adapter,
        config.tokens,
        start,
        resume,
        lent,
        config.launch,
        config.trust,
    )
    record(adapter, "train", adapter.results, home)
    return adapter


def lengths_artifact(lengths: list[LengthRow], set_folder: Path) -> None:
    """The table on the run's page."""
    create_table_artifact(
        key="lengths", table=[asdict(row) for row in lengths], description=f"Lengths in {set_folder.name}"
    )
