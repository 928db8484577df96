"""The four novels, and copies of them with other people and other words, in; seconds and memory of each stage, and how they
grow with the number of books, out.

    HUABEN_CORPORA=../shared/corpora .venv/bin/python benchmarks/scale.py --times 1 10 --engines local ray --workers 1 2

Every run is a process of its own, from files to a tokenised training set, in a folder that is removed afterwards. Seconds are
wall clock, and each belongs to one stage; memory is what the process and its children hold together, looked up every 100 ms,
and the highest in a stage is the stage's. In a copy the people have swapped names, all forms of a name alike, and characters
that no rule of extraction knows stand for each other: its utterances are found as in the original, and it is no duplicate.
"""

import argparse
import ast
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
from corpora.casts import cast_of  # noqa: E402
from corpora.load import load_document  # noqa: E402
from corpora.registry import load_registry  # noqa: E402

SEED = 20261121
BAND = 40  # characters of like frequency stand for each other
STAGES = (
    "load", "extract", "store", "samples", "rules", "sign", "near join", "splits", "decontaminate", "curate, rest", "write",
    "build", "tokenise",
)  # fmt: skip


@dataclass(frozen=True)
class Book:
    """A novel in pieces; every second one is a name. `forms` has what each person is called, by gender and person."""

    title: str
    pieces: list[str]
    forms: dict[str, dict[str, list[str]]]


def books() -> list[Book]:
    """The four novels that HUABEN_CORPORA names."""
    found = []
    for source in load_registry("classics"):
        if source.kind == "novel":
            document = load_document(source)
            people: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
            for table in tomllib.loads(cast_of(document))["person"]:
                named = people[table.get("gender", "")].setdefault(table["name"], [])
                keys = ("courtesy", "nicknames", "short")
                for form in (table["name"], *(form for key in keys for form in table.get(key, ()))):
                    if len(form) > 1 and form not in named:
                        named.append(form)
            forms = sorted({form for by in people.values() for all_ in by.values() for form in all_}, key=len)
            found.append(Book(source.novel, _pieces(document.text, forms), dict(people)))
    return found


def _pieces(text: str, forms: list[str]) -> list[str]:
    by_first: defaultdict[str, list[str]] = defaultdict(list)
    for form in reversed(forms):  # the longest first
        by_first[form[0]].append(form)
    pieces, end = [], 0
    for found in re.finditer(f"[{''.join(by_first)}]", text):
        at = found.start()
        form = next((form for form in by_first[text[at]] if at >= end and text.startswith(form, at)), "")
        if form:
            pieces += [text[end:at], form]
            end = at + len(form)
    return [*pieces, text[end:]]


def copied(book: Book, fixed: set[str], number: int) -> str:
    """The text of copy `number`; 0 is the novel itself."""
    if not number:
        return "".join(book.pieces)
    draw = random.Random(f"{SEED} {book.title} {number}")
    renamed: dict[str, str] = {}
    for people in book.forms.values():
        names = [name for name, forms in people.items() if forms]
        for one, other in zip(names, draw.sample(names, len(names)), strict=True):
            for k, form in enumerate(people[one]):
                renamed.setdefault(form, people[other][k % len(people[other])])
    common = [
        c for c, _ in Counter("".join(book.pieces[::2])).most_common() if "\u4e00" <= c <= "\u9fff" and c not in fixed
    ]
    table: dict[str, str] = {}
    for first in range(0, len(common), BAND):
        band = common[first : first + BAND]
        table |= dict(zip(band, draw.sample(band, len(band)), strict=True))
    swapped = str.maketrans(table)
    return "".join(renamed[piece] if k % 2 else piece.translate(swapped) for k, piece in enumerate(book.pieces))


def known_characters() -> set[str]:
    """The characters by which the rules of extraction go, and which may not change. Not the word lists of
    extractors/lexicon.py: with them, no more than one character in ten would be left."""
    found: set[str] = set()
    for path in ROOT.glob("extractors/**/*.py"):
        if path.name != "lexicon.py" and not path.name.startswith("paper"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found |= set(node.value)
    return found


def write_books(folder: Path, times: int) -> None:
    """So many copies of each novel in `folder`, with a registry."""
    fixed = known_characters()
    lines: list[str] = []
    for book in books():
        for number in range(times):
            title = f"{book.title}{number or ''}"
            name = f"{len(lines):06}.txt"
            (folder / name).write_text(copied(book, fixed, number), encoding="utf-8")
            novel = "" if number else f"novel = {json.dumps(book.title)}\n"
            lines.append(
                f'[[sources]]\nid = "books/{name}"\nkind = "novel"\ntitle = {json.dumps(title)}\npath = "{name}"\n{novel}'
            )
    (folder / "books.toml").write_text("\n".join(lines), encoding="utf-8")


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
    from train.embedded import EmbeddedConfig, train_tokenizer
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


def _child(folder: Path, kind: str, workers: int) -> None:
    clock = Clock(folder / "stages.tsv")
    if kind == "ray":
        from prefect import flow

        # Without parameters: each task would take them along.
        counts = flow(name="scale")(lambda: worked(folder, kind, workers, clock))()
    else:
        counts = worked(folder, kind, workers, clock)
    (folder / "counts.json").write_text(json.dumps(counts), encoding="utf-8")


@dataclass(frozen=True)
class Figures:
    """One run. `seconds`, `cores` (seconds of all cores together) and `peak` (MiB) by stage; `counts` of rows; `load`: of the
    machine when it began."""

    times: int
    engine: str
    workers: int
    counts: dict[str, int]
    seconds: dict[str, float]
    cores: dict[str, float]
    peak: dict[str, float]
    megabytes: float  # of text
    load: float
    lake_megabytes: float


@dataclass(frozen=True)
class Look:
    """What a process and its children hold (MiB) at a time, and what they have used of all cores (seconds)."""

    at: float
    held: float
    used: float


def measured(times: int, kind: str, workers: int, within: Path | None, limit: float) -> Figures | str:
    """The figures, or a sentence on how far it came."""
    with tempfile.TemporaryDirectory(dir=within, prefix="scale-") as named:
        folder, load = Path(named), os.getloadavg()[0]
        write_books(folder, times)
        size = sum(path.stat().st_size for path in folder.glob("*.txt")) / 1e6
        words = [sys.executable, __file__, "--child", named, "--engines", kind, "--workers", str(workers)]
        quiet = {
            "PREFECT_LOGGING_LEVEL": "ERROR", "PREFECT_HOME": str(folder / "prefect"), "PYTHONPATH": str(ROOT),
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300", "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1", "TOKENIZERS_PARALLELISM": "false",
        }  # fmt: skip
        held: list[Look] = []
        with open(folder / "said", "w+", encoding="utf-8") as said:
            child = subprocess.Popen(words, stdout=said, stderr=said, env={**os.environ, **quiet})
            began = time.monotonic()
            while True:
                ended, status = os.waitpid(child.pid, os.WNOHANG)
                if ended:
                    break
                if (look := _look(child.pid)).used:
                    held.append(look)
                if time.monotonic() - began > limit or psutil.virtual_memory().available < 1 << 30:
                    for process in [*psutil.Process(child.pid).children(recursive=True), child]:
                        process.kill()
                    limit = 0
                time.sleep(0.1)
            seconds, cores, peak, last = _by_stage(folder / "stages.tsv", held)
            if status:
                said.seek(0)
                why = "stopped for want of time or memory" if not limit else said.read()[-1500:]
                return (
                    f"{times}x {kind} {workers}: ended in {last!r}: {why}; so far {_line(seconds)}; "
                    f"core seconds {_line(cores)}; peak MiB {_line(peak)}"
                )
        counts = json.loads((folder / "counts.json").read_text(encoding="utf-8"))
        lake = sum(path.stat().st_size for path in (folder / "home" / "data").rglob("*.parquet")) / 1e6
        shutil.rmtree(folder / "home", ignore_errors=True)
        return Figures(times, kind, workers, counts, seconds, cores, peak, size, load, lake)


def _line(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:,.1f}" for name, value in figures.items())


def _by_stage(log: Path, held: list[Look]) -> tuple[dict[str, float], dict[str, float], dict[str, float], str]:
    lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
    turns = [(float(at), name) for at, _, name in (line.partition("\t") for line in lines)]
    seconds: defaultdict[str, float] = defaultdict(float)
    peak: defaultdict[str, float] = defaultdict(float)
    at = np.array([look.at for look in held])
    told = np.array([look.used for look in held])
    used = np.cumsum(np.maximum(np.diff(told, prepend=told[:1]), 0))  # what nobody waited for takes its seconds along
    ends = [at for at, _ in turns[1:]] + [held[-1].at if held else 0.0]
    cores: defaultdict[str, float] = defaultdict(float)
    for (begin, name), end in zip(turns, ends, strict=False):
        seconds[name] += end - begin
        cores[name] += float(np.diff(np.interp([begin, end], at, used))[0])
        for look in held[int(np.searchsorted(at, begin)) : int(np.searchsorted(at, end))]:
            peak[name] = max(peak[name], look.held)
    for figures in (seconds, cores, peak):
        figures.pop("", None)
    return dict(seconds), dict(cores), dict(peak), turns[-1][1] if turns else "start"


def _look(pid: int) -> Look:
    held = used = 0.0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with process.oneshot():
                held += process.memory_info().rss / (1 << 20)
                used += sum(process.cpu_times()[:4])  # its own, and of children that have ended
    except psutil.NoSuchProcess:  # one has just ended: what the others hold is looked up next time
        held = used = 0.0
    return Look(time.time(), held, used)


def growth(runs: list[Figures]) -> str:
    """The exponents of the power laws through the runs, by stage: seconds, core seconds and peak memory over rows."""
    rows = np.log([run.counts["samples"] for run in runs])
    lines = ["| stage | seconds | core seconds | peak MiB | grow as rows to the power of |", "|---|---:|---:|---:|---|"]
    for name in (*STAGES, "all"):
        cells = []
        for what in ("seconds", "cores", "peak"):
            values = [_whole(run, what) if name == "all" else getattr(run, what).get(name, 0.0) for run in runs]
            cells.append(f"{np.polyfit(rows, np.log(values), 1)[0]:.2f}" if all(v > 0 for v in values) else "too short")
        lines.append(f"| {name} | {' | '.join(cells)} | |")
    return "\n".join(lines)


def _whole(run: Figures, what: str) -> float:
    return max(run.peak.values()) if what == "peak" else sum(getattr(run, what).values())


def table(runs: list[Figures]) -> str:
    """A column a run: seconds, core seconds, peak MiB by stage."""

    def line(name: str, cell: Callable[[Figures], str]) -> str:
        return f"| {name} | {' | '.join(cell(run) for run in runs)} |"

    def stage(name: str) -> Callable[[Figures], str]:
        return lambda r: f"{r.seconds.get(name, 0):,.1f} / {r.cores.get(name, 0):,.1f} / {r.peak.get(name, 0):,.0f}"

    return "\n".join(
        [
            line("seconds / core seconds / peak MiB", lambda r: f"{r.times}× {r.engine}, {r.workers}"),
            "|---|" + "---:|" * len(runs),
            *(line(name, stage(name)) for name in STAGES),
            line("all", lambda r: " / ".join(f"{_whole(r, what):,.0f}" for what in ("seconds", "cores", "peak"))),
            line("samples", lambda r: f"{r.counts['samples']:,}"),
            line("samples a second, a core second", lambda r: " / ".join(f"{r.counts['samples'] / _whole(r, w):,.0f}" for w in ("seconds", "cores"))),
            line("MB of text / of lake", lambda r: f"{r.megabytes:,.1f} / {r.lake_megabytes:,.1f}"),
            line("load before", lambda r: f"{r.load:.1f}"),
        ]
    )  # fmt: skip


def main() -> None:
    """Print the figures as they come, then the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, nargs="+", default=[1])
    parser.add_argument("--engines", nargs="+", choices=["local", "ray"], default=["local"])
    parser.add_argument("--workers", type=int, nargs="+", default=[1])
    parser.add_argument("--folder", type=Path, help="where the files are made and removed; the system's by default")
    parser.add_argument("--limit", type=float, default=7200.0, help="seconds after which a run is given up")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        _child(options.child, options.engines[0], options.workers[0])
        return
    runs: list[Figures] = []
    for kind in options.engines:
        for workers in options.workers:
            for times in sorted(options.times):
                figures = measured(times, kind, workers, options.folder, options.limit)
                print(figures if isinstance(figures, str) else json.dumps(asdict(figures)), flush=True)
                runs += [] if isinstance(figures, str) else [figures]
    if runs:
        print(table(runs))
    for kind in options.engines:
        for workers in options.workers:
            several = [run for run in runs if (run.engine, run.workers) == (kind, workers)]
            if len(several) > 1:
                print(f"\n{kind}, {workers} workers\n\n{growth(several)}")


if __name__ == "__main__":
    main()
