"""The numbers that the main job is held to: files to training set, `huaben --help`, one SQL count.

    HUABEN_CORPORA=../shared/corpora .venv/bin/python benchmarks/corpus_to_set.py [REGISTRY]

Runs in a folder of its own that is removed afterwards. Wall-clock seconds; memory is the peak resident size of the
process. Prefect is not started: its server takes some ten seconds of its own. In the end the set is removed, half of the samples
with it, and built again at its snapshot: `rebuild s`, and how many files have other bytes than before.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGETS = {"seconds": 90.0, "MiB": 2048.0, "utterances": 40_000.0, "help s": 0.5, "sql s": 2.0}


def corpus_to_set(home: Path, registry: str) -> dict[str, float]:
    """Ingest, curate and build in this process: seconds by step, peak MiB, and what the lake holds."""
    from corpora.load import load_document
    from corpora.registry import load_registry
    from warehouse.curate import CurateConfig, curate
    from warehouse.evidence.store import weigh_answers
    from warehouse.evidence.support import EvidenceConfig
    from warehouse.ingest import ingest
    from warehouse.lake import writing
    from warehouse.summary import table_counts
    from warehouse.training_set import BuildConfig, build

    figures: dict[str, float] = {}
    began = last = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal last
        figures[f"{name} s"], last = time.perf_counter() - last, time.perf_counter()

    documents = [load_document(source) for source in load_registry(registry)]
    lap("load")
    with writing(home) as lake:
        ingest(lake, documents)
        lap("ingest")
        weigh_answers(lake, EvidenceConfig())
        lap("evidence")
        curate(lake, CurateConfig())
        lap("curate")
        made = build(lake, BuildConfig())
        lap("build")
        figures["seconds"] = time.perf_counter() - began
        figures["MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        counts = table_counts(lake)
        figures |= {"utterances": counts["utterances"], "samples": counts["samples"]}
        wrong = lake.connection.execute(
            "SELECT count(*) FROM utterances u JOIN documents d USING (document_id) "
            "WHERE position(u.text IN substr(d.text, u.char_start + 1, u.char_end - u.char_start)) = 0"
        ).fetchone()
        figures["not verbatim"] = float(wrong[0]) if wrong else -1
        first, snapshot = content(made), lake.snapshot()
        shutil.rmtree(made)
        with lake.transaction("what comes later"):
            lake.connection.execute("DELETE FROM samples WHERE hash(sample_id) % 2 = 0")
        last = time.perf_counter()
        again = build(lake, BuildConfig(), at=snapshot)
        lap("rebuild")
        figures["other bytes"] = float(sum(first.get(name) != sha256 for name, sha256 in content(again).items()))
    return figures


def content(folder: Path) -> dict[str, str]:
    """The sha256 of each file of a training set."""
    from corpora.files import sha256_file

    return {path.name: sha256_file(path) for path in sorted(folder.iterdir())}


def command_seconds(*words: str, home: Path) -> float:
    """The quickest of three runs of a huaben command, as a person would wait for it."""
    huaben = Path(sys.executable).parent / "huaben"
    times = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run(
            [str(huaben), *words], check=True, capture_output=True, env={**os.environ, "HUABEN_HOME": str(home)}
        )
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    """Print a figure a line, with its target where there is one."""
    registry = sys.argv[1] if len(sys.argv) > 1 else "classics"
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        figures = corpus_to_set(home, registry)
        figures["help s"] = command_seconds("--help", home=home)
        figures["sql s"] = command_seconds("sql", "select count(*) from utterances", home=home)
    for name, value in figures.items():
        target = f"   target {TARGETS[name]:,.1f}" if name in TARGETS else ""
        print(f"{name:>14}  {value:>12,.2f}{target}")


if __name__ == "__main__":
    main()
