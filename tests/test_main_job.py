"""The main job end to end: what it leaves behind, a second run, a stopped run; killed ones are in test_faults.py."""

import hashlib
import json
import signal
from pathlib import Path

import pytest
from main_job import CONFIG, Job, stopped_run

from warehouse.lake import reading
from warehouse.manifest import verify
from warehouse.schema import columns

pytestmark = pytest.mark.slow


def row_hashes(home: Path) -> dict[str, str]:
    """A hash over all rows of each table but `runs`, whose seconds differ from run to run."""
    with reading(home) as lake:
        return {
            name: hashlib.sha256(
                repr(sorted(map(repr, lake.connection.execute(f"SELECT * FROM {name}").fetchall()))).encode()
            ).hexdigest()
            for name in columns()
            if name != "runs"
        }


def test_it_prints_the_scores_and_where_everything_lies(job: Job) -> None:
    assert "Scores on held-out answers" in job.output
    for label in ("report", "training set", "adapter", "warehouse"):
        line = next(line.strip() for line in job.output.splitlines() if line.strip().startswith(f"{label}  "))
        assert Path(line.removeprefix(label).split("(")[0].strip()).exists()


def test_the_training_set_is_whole_and_split_without_a_leak(job: Job) -> None:
    folder = next((job.home / "sets").iterdir())
    manifest = verify(folder)
    assert set(manifest.rows) == {"seed", "train", "valid", "test"}
    assert manifest.rows["seed"] == 39  # of 40: one tells a held-out answer
    assert min(manifest.rows.values()) > 0
    asked = job.huaben(
        "sql",
        "SELECT count(*) FROM (SELECT cluster_id FROM samples WHERE fate = 'kept' GROUP BY 1 "
        "HAVING count(DISTINCT split) > 1 UNION ALL SELECT scene_id FROM samples WHERE fate = 'kept' "
        "AND scene_id <> '' GROUP BY 1 HAVING count(DISTINCT split) > 1)",
        "--format",
        "csv",
    )
    assert asked.stdout.splitlines()[1] == "0"


def test_every_record_has_one_fate(job: Job) -> None:
    with reading(job.home) as lake:
        counted = dict(lake.connection.execute("SELECT task, count(*) FROM samples GROUP BY 1").fetchall())
        records = {
            task: sum((lake.connection.execute(f"SELECT count(*) FROM {t}").fetchone() or (0,))[0] for t in tables)
            for task, tables in (
                ("roleplay", ("utterances", "conversations")),
                ("quiz", ("questions",)),
                ("instruct", ("instructions",)),
            )
        }
        reasons = lake.connection.execute("SELECT DISTINCT fate FROM samples WHERE (reason = '') <> (fate = 'kept')")
        assert reasons.fetchall() == []
        talks = lake.connection.execute(
            "SELECT split, count(*) FROM samples WHERE question_type = 'multi_turn' AND fate = 'kept' GROUP BY 1"
        ).fetchall()
    assert counted == records
    assert min(dict(talks)[split] for split in ("train", "valid", "test")) > 0


def test_every_utterance_is_verbatim(job: Job) -> None:
    with reading(job.home) as lake:
        wrong = lake.connection.execute(
            "SELECT count(*) FROM utterances u JOIN documents d USING (document_id) "
            "WHERE substr(d.text, u.char_start + 2, u.char_end - u.char_start - 2) <> u.text"
        ).fetchone()
        assert wrong == (0,)


def test_the_adapter_has_a_birth_certificate_without_paths(job: Job) -> None:
    folder = next((job.home / "adapters").iterdir())
    assert {
        "adapter_model.safetensors",
        "adapter_config.json",
        "birth.json",
        "metrics.jsonl",
        "lengths.json",
        "loss.html",
        "loss.png",
    } == {path.name for path in folder.iterdir()}
    born = (folder / "birth.json").read_text(encoding="utf-8")
    assert str(job.home) not in born
    assert json.loads(born)["training_set"]["snapshot"] > 0


def test_the_evaluation_answers_every_row_it_promised(job: Job) -> None:
    folder = next((job.home / "evaluations").iterdir())
    for name in ("base", "adapter"):
        answers = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        assert len(answers) == 12
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "得分" in page
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_a_second_run_does_nothing_twice(job: Job) -> None:
    with reading(job.home) as lake:
        before = lake.snapshot()
    files = {path: path.stat().st_mtime_ns for path in job.home.rglob("*") if "prefect" not in path.parts}
    again = job.huaben("run", "--config", str(job.config))
    assert again.returncode == 0, again.stderr
    assert "no work was done twice and no row was touched" in " ".join(again.stdout.split())
    assert "5 of 5 files are as they were" in again.stderr
    with reading(job.home) as lake:
        assert lake.snapshot() == before
    touched = {
        path.relative_to(job.home)
        for path in job.home.rglob("*")
        if "prefect" not in path.parts and files.get(path) != path.stat().st_mtime_ns
    }
    assert {path for path in touched if not path.parts[0].startswith("catalog.sqlite")} <= {Path("lock"), Path()}


def test_ctrl_c_in_the_training(job: Job, tmp_path: Path) -> None:
    home = tmp_path / "home"
    config = tmp_path / "long.toml"
    config.write_text(CONFIG.replace("max_steps = 4", "max_steps = 4000"), encoding="utf-8")
    training = home / "adapters"
    status, said = stopped_run(home, config, lambda: training.is_dir() and any(training.iterdir()), signal.SIGINT)
    assert status == 130, said
    assert "nothing was half-written" in said
    assert "Traceback" not in said
    assert list(training.iterdir()) == []
    assert row_hashes(home) == row_hashes(job.home)


@pytest.mark.long
def test_a_base_that_does_not_exist(job: Job) -> None:
    refused = job.huaben("train", "--config", str(job.config), "--base", "nobody/has-this-base")
    assert refused.returncode == 2
    assert "nobody/has-this-base" in refused.stderr
    assert "measure lengths failed: " in refused.stderr
    assert "; nothing was half-written" in refused.stderr
    assert "Traceback" not in refused.stderr
