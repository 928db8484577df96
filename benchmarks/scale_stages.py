"""A folder of books in; the whole job on them, with a line in a file whenever one stage ends and another begins, out."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpora.load import load_document
from corpora.registry import load_registry

STAGES = (
    "load", "extract", "store", "samples", "rules", "sign", "near join", "splits", "decontaminate", "curate, rest", "write",
    "build", "tokenise",
)  # fmt: skip


@dataclass
class Clock:
    """Which stage it is, told to a file as it changes."""

    log: Path
    open: list[str] = field(default_factory=list)

    def _tell(self) -> None:
        with open(self.log, "a", encoding="utf-8") as log:  # not kept open: Ray's tasks take the flow's clock along
            print(time.time(), self.open[-1] if self.open else "", sep="\t", file=log)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """The block's time is the stage's, but for stages within it."""
        self.open.append(name)
        self._tell()
        try:
            yield
        finally:
            self.open.pop()
            self._tell()

    def wrap(self, module: Any, name: str, stage: str) -> None:
        """Make the module's function a stage; what yields is taken whole."""
        function = getattr(module, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.stage(stage):
                given = function(*args, **kwargs)
                return list(given) if isinstance(given, Iterator) else given

        setattr(module, name, timed)


@dataclass(frozen=True)
class Timed:
    """An engine whose results are waited for in a stage."""

    engine: Any
    clock: Clock

    def map(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        """As the engine's."""
        stage = "sign" if function.__name__ == "_sign" else "extract"
        results = iter(self.engine.map(function, items))
        while True:
            with self.clock.stage(stage):
                try:
                    result = next(results)
                except StopIteration:
                    return
            yield result

    def meet(self, meeting: Any) -> Any:
        """As the engine's."""
        return self.engine.meet(meeting)


def worked(folder: Path, kind: str, workers: int, clock: Clock) -> dict[str, int]:
    """From the files in `folder` to a tokenised training set; rows by what they are."""
    import warehouse.curate
    import warehouse.decide
    import warehouse.known_pairs
    import warehouse.near
    from flows.engine.choose import engine
    from flows.engine.config import EngineConfig
    from train.embedded import EmbeddedConfig
    from train.pretrain import train_tokenizer
    from train.sets import rows_of_set, running_text
    from train.tokenise import TokenConfig, encode_rows
    from warehouse.ingest import ingest
    from warehouse.lake import writing
    from warehouse.summary import table_counts
    from warehouse.training_set import BuildConfig, build

    for module, name, stage in (
        (warehouse.curate, "novel_samples", "samples"),
        (warehouse.curate, "sift", "rules"),
        (warehouse.near, "near_keys", "sign"),
        (warehouse.known_pairs, "near_pairs", "near join"),
        (warehouse.known_pairs, "join_part", "near join"),
        (warehouse.known_pairs, "_ask", "near join"),
        (warehouse.decide, "assign_splits", "splits"),
        (warehouse.decide, "contaminated", "decontaminate"),
        (warehouse.curate, "replace_rows", "write"),
    ):
        clock.wrap(module, name, stage)
    home = folder / "home"
    with clock.stage("load"):
        documents = [load_document(source) for source in load_registry(folder / "books.toml")]
    with engine(EngineConfig(kind=kind, workers=workers)) as plain, writing(home) as lake:  # type: ignore[arg-type]
        there: Any = Timed(plain, clock)
        with clock.stage("store"):
            ingest(lake, documents, there)
        del documents
        with clock.stage("curate, rest"):
            warehouse.curate.curate(lake, warehouse.curate.CurateConfig(), there)
        with clock.stage("build"):
            made = build(lake, BuildConfig())
        counts = table_counts(lake)
    with clock.stage("tokenise"):
        rows = rows_of_set(made)
        tokenizer = train_tokenizer(running_text(rows[:20_000]), EmbeddedConfig())
        encode_rows(rows, tokenizer, TokenConfig())
    return {
        "documents": counts["documents"],
        "utterances": counts["utterances"],
        "samples": counts["samples"],
        "set": len(rows),
    }


def timed_job(folder: Path, kind: str, workers: int) -> None:
    """The job on the books in `folder`; `stages.tsv` and, at the end, `counts.json` are left there."""
    clock = Clock(folder / "stages.tsv")
    if kind == "ray":
        from prefect import flow

        # Without parameters: each task would take them along.
        counts = flow(name="scale")(lambda: worked(folder, kind, workers, clock))()
    else:
        counts = worked(folder, kind, workers, clock)
    (folder / "counts.json").write_text(json.dumps(counts), encoding="utf-8")
