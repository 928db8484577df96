"""Machines that put documents into one warehouse at the same time, some of them killed, in; rows lost, halved or doubled out.

    .venv/bin/python benchmarks/machines.py --postgres "$(.ci/postgres start)" [--machines 4] [--kills 6] [--documents 40]
    .venv/bin/python benchmarks/machines.py --postgres "..." --s3       # the Parquet files in a bucket of moto's server

Each machine is a process with a home folder of its own; the catalog is in PostgreSQL, the data folder one that all share. Every
document is given to two machines, each of which puts its own in one by one, in an order of its own. A machine that is killed is
started again. In the end every table must hold the rows, by their hashes, of a warehouse of one process with a SQLite catalog.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from corpora.document import Document  # noqa: E402
from corpora.files import stable_id  # noqa: E402
from corpora.load import load_document  # noqa: E402
from corpora.registry import load_registry  # noqa: E402
from warehouse.curate import CurateConfig, curate  # noqa: E402
from warehouse.ingest import ingest  # noqa: E402
from warehouse.lake import reading, writing  # noqa: E402
from warehouse.rowhash import row_hashes  # noqa: E402
from warehouse.turns import retried  # noqa: E402

_WORKED_OUT = ("runs",)  # holds how long things took


@dataclass
class Outcome:
    """What it came to. `wrong`: tables whose rows are not those of one process alone."""

    machines: int = 0
    documents: int = 0
    rows: int = 0
    kills: int = 0
    faults: int = 0  # machines that ended with an error
    wrong: tuple[str, ...] = ()
    files_missing: int = 0  # that the catalog names
    seconds: float = 0.0


def documents(number: int) -> list[Document]:
    """So many short documents: stretches of the bundled story, each with a line of its own, and question files."""
    texts = {source.id: load_document(source) for source in load_registry("sample")}
    story = next(document for document in texts.values() if document.kind == "novel")
    asked = next(document for document in texts.values() if document.kind == "quiz")
    made = []
    for k in range(number):
        of = asked if k % 4 == 3 else story
        size = max(400, len(of.text) // 8)
        first = 0 if of is asked else (k * 397) % max(1, len(of.text) - size)
        text = of.text if of is asked else f"第{k + 1}回\n\n{of.text[first : first + size]}\n"
        source = f"machines/{k}"
        made.append(
            Document(stable_id("document", source), source, of.kind, f"{of.title}{k}", text, source, of.encoding, stable_id(text))
        )  # fmt: skip
    return made


def put_in(home: Path, number: int, own: Sequence[int], seed: int) -> None:
    """One machine: its documents one by one, each a transaction that is tried again when another was first."""
    given = documents(number)
    order = random.Random(seed).sample(own, len(own))
    for k in order:
        with writing(home, wait=120) as lake:
            retried(ingest, lake, [given[k]])


def alone(home: Path, number: int, curated: bool = True) -> dict[str, str]:
    """The hashes of the rows that one process makes of the documents."""
    with writing(home) as lake:
        for document in documents(number):
            ingest(lake, [document])
        if curated:
            curate(lake, CurateConfig())
        return row_hashes(lake)


def at_once(
    folder: Path, postgres: str, schema: str, data: str, s3: str, machines: int, number: int, kills: int, seed: int = 20261121,
    expected: dict[str, str] | None = None,
) -> Outcome:  # fmt: skip
    """What becomes of the documents when so many machines put them in at once and so many kills happen meanwhile.

    Where it is not told what rows are `expected`, one machine curates in the end, and one process alone says it.
    """
    began, draw = time.perf_counter(), random.Random(seed)
    homes = [folder / f"machine{k}" for k in range(machines)]
    told = {"catalog": f"postgres:{postgres}", "schema": schema, "data": data}
    for home in homes:
        home.mkdir(parents=True)
        lines = [f"{key} = {json.dumps(value)}" for key, value in told.items()]
        (home / "huaben.toml").write_text("\n".join(["[warehouse]", "wait = 60", *lines, "", s3]), encoding="utf-8")
    shares = [[d for d in range(number) if k in (d % machines, (d + 1) % machines)] for k in range(machines)]

    def started(k: int, turn: int) -> "subprocess.Popen[bytes]":
        code = f"import sys; sys.path[:0] = {sys.path!r}\nfrom pathlib import Path\nfrom benchmarks.machines import put_in\n"
        code += f"put_in(Path({str(homes[k])!r}), {number}, {shares[k]!r}, {seed + k + turn})"
        return subprocess.Popen([sys.executable, "-c", code])

    outcome = Outcome(machines, number)
    at_work = [started(k, 0) for k in range(machines)]
    for turn in range(kills):
        time.sleep(draw.uniform(1.0, 4.0))
        victim = draw.randrange(machines)
        if at_work[victim].poll() is None:
            at_work[victim].send_signal(signal.SIGKILL)
            outcome.kills += at_work[victim].wait() == -signal.SIGKILL
            at_work[victim] = started(victim, turn + 1)
    for process in at_work:
        outcome.faults += process.wait() != 0
    if expected is None:
        with writing(homes[0], wait=120) as lake:
            retried(curate, lake, CurateConfig())
        expected = alone(folder / "alone", number)
    with reading(homes[-1]) as lake:
        found = row_hashes(lake)
        there = {name.rpartition("/")[2] for name in lake.place.data.files()}
        named = lake.connection.execute(
            f"SELECT path FROM {lake.metadata}ducklake_data_file UNION SELECT path FROM {lake.metadata}ducklake_delete_file"
        ).fetchall()
    outcome.files_missing = sum(name not in there for (name,) in named)
    outcome.wrong = tuple(
        table for table in expected if table not in _WORKED_OUT and found.get(table) != expected[table]
    )
    outcome.rows = sum(int(told.partition(":")[0]) for told in found.values())
    outcome.seconds = round(time.perf_counter() - began, 1)
    return outcome


def main() -> None:
    """Print what it came to; exit status 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", required=True, help="connection string of libpq; a new schema is made in it")
    parser.add_argument("--s3", action="store_true", help="the data folder in a bucket, of moto's server on loopback")
    parser.add_argument("--machines", type=int, default=4)
    parser.add_argument("--documents", type=int, default=40)
    parser.add_argument("--kills", type=int, default=6)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as named, ExitStack() as stack:
        s3, data = "", str(Path(named) / "data")
        if chosen.s3:
            from s3_on_loopback import bucket

            s3, data = stack.enter_context(bucket()), "s3://lake/huaben"
        outcome = at_once(
            Path(named), chosen.postgres, f"machines_{os.getpid()}", data, s3, chosen.machines, chosen.documents, chosen.kills
        )  # fmt: skip
    for name, value in asdict(outcome).items():
        print(f"{name.replace('_', ' '):16}{value!s:>12}")
    raise SystemExit(1 if outcome.faults or outcome.wrong or outcome.files_missing else 0)


if __name__ == "__main__":
    main()
