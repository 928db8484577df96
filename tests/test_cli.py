"""The command line on bad input: one clear sentence, exit status 2, no traceback, and the warehouse as it was."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from warehouse.lake import reading, writing
from warehouse.summary import table_counts

SAMPLE = Path(__file__).parent.parent / "corpora" / "sample"
runner = CliRunner()


def refused(*words: str) -> str:
    """The one sentence with which a command was refused."""
    result = runner.invoke(app, list(words))
    assert result.exit_code == 2, result.output + repr(result.exception)
    said = [line for line in result.stderr.splitlines() if line.startswith("huaben: ")]
    assert len(said) == 1, result.stderr
    assert "Traceback" not in result.output
    return said[0]


def written(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return str(path)


BROKEN_LINE_17 = "\n".join(['{"instruction": "问", "output": "答"}'] * 16 + ['{"instruction": "问", "output": '])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("nowhere.txt", None, "no such file"),
        ("empty.txt", b"", "empty"),
        ("picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "png|PNG|binary"),
        ("broken.jsonl", BROKEN_LINE_17, "line 17"),
    ],
)
def test_ingest_refuses(tmp_path: Path, own_home: Path, name: str, content: str | bytes | None, words: str) -> None:
    path = str(tmp_path / name) if content is None else written(tmp_path, name, content)
    said = refused("ingest", path, "--kind", "instruct")
    assert name in said
    assert re.search(words, said)
    assert not (own_home / "data").exists() or not any((own_home / "data").rglob("*.parquet"))


def test_ingest_in_the_wrong_encoding(tmp_path: Path) -> None:
    path = written(tmp_path, "big5.txt", "第一回　風雪山神廟\n林沖道：「好大雪！」\n".encode("big5"))
    said = refused("ingest", path, "--kind", "novel", "--encoding", "utf-8")
    assert "big5.txt" in said
    assert "utf-8" in said.lower()


def test_ingest_of_several_files_is_all_or_nothing(tmp_path: Path, own_home: Path) -> None:
    first = runner.invoke(app, ["ingest", str(SAMPLE / "questions_core.csv")])
    assert first.exit_code == 0, first.output
    with reading(own_home) as lake:
        before = (table_counts(lake), lake.snapshot())
    said = refused("ingest", str(SAMPLE / "questions_class.json"), written(tmp_path, "broken.jsonl", BROKEN_LINE_17))
    assert "line 17" in said
    with reading(own_home) as lake:
        assert (table_counts(lake), lake.snapshot()) == before


def test_ingest_twice_changes_nothing(own_home: Path) -> None:
    words = ["ingest", str(SAMPLE / "questions_core.csv")]
    runner.invoke(app, words)
    with reading(own_home) as lake:
        before = lake.snapshot()
    again = runner.invoke(app, words)
    assert "1 of 1 files are as they were" in again.output
    with reading(own_home) as lake:
        assert lake.snapshot() == before


def test_second_writer(own_home: Path) -> None:
    own_home.mkdir()
    (own_home / "huaben.toml").write_text("[warehouse]\nwait = 0.1\n", encoding="utf-8")
    with writing(own_home):
        said = refused("ingest", str(SAMPLE / "questions_core.csv"))
    assert "another huaben" in said
    assert str(os.getpid()) in said


def test_run_refuses_an_unknown_key(tmp_path: Path) -> None:
    path = written(tmp_path, "my.toml", 'registries = ["sample"]\n[curate.split]\ntset = 0.2\n')
    said = refused("run", "--config", path)
    assert "my.toml" in said
    assert "'tset'" in said
    assert "'test'" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('registries = ["nowhere"]', "nowhere: no registry of this name"),
        ("registries = [", "not valid TOML"),
        ('registries = ["sample"]\n[generate]\nbatch_size = "many"', "batch_size is 'many'"),
        ('registries = ["sample"]\n[curate.split]\ntest = 0.9\nvalid = 0.4', "must be shares"),
    ],
)
def test_run_refuses_a_bad_config(tmp_path: Path, content: str, words: str) -> None:
    assert words in refused("run", "--config", written(tmp_path, "my.toml", content))


def test_run_without_the_corpora(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUABEN_CORPORA", raising=False)
    assert "HUABEN_CORPORA" in refused("run", "--config", "configs/four_novels.toml")


def test_home_that_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUABEN_HOME", written(tmp_path, "file", "in the way") + "/home")
    assert "set HUABEN_HOME" in refused("ingest", str(SAMPLE / "questions_core.csv"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sql", "SELECT 1"), "holds no warehouse yet"),
        (("why", "0123456789abcdef"), "holds no warehouse yet"),
        (("lengths",), "holds no training set yet"),
        (("score", "nowhere.jsonl"), "no such file"),
        (("dedup", "nowhere.jsonl", "--text", "text", "-o", "out.parquet"), "cannot be read"),
        (("extract", "novel", "nowhere.txt"), "no such file"),
        (("fetch", "nobody"), "no source of this name"),
    ],
)
def test_commands_without_what_they_need(words: tuple[str, ...], said: str) -> None:
    assert said in refused(*words)


def test_sql_reads_and_never_writes(own_home: Path) -> None:
    runner.invoke(app, ["ingest", str(SAMPLE / "questions_core.csv")])
    asked = runner.invoke(
        app, ["sql", "SELECT type, count(*) AS n FROM questions GROUP BY ALL ORDER BY 1", "--format", "csv"]
    )
    assert asked.output.splitlines() == [
        "type,n", "fill_blank,8", "multiple_choice,8", "short_answer,8", "single_choice,8", "true_false,8",
    ]  # fmt: skip
    assert "only reads" in refused("sql", "DELETE FROM questions")
    assert "did you mean" in refused("sql", "SELECT * FROM qestions").lower()


def test_extract_writes_the_contracts_keys(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert runner.invoke(app, ["extract", "novel", str(SAMPLE / "qinghe.txt"), "-o", str(out)]).exit_code == 0
    first = json.loads(out.read_text(encoding="utf-8").splitlines()[1])
    assert list(first) == [
        "char_start", "char_end", "chapter", "chapter_title", "kind", "text", "speaker", "speaker_mention",
        "mention_start", "rule", "confidence", "addressee", "cue", "context", "scene", "turn",
    ]  # fmt: skip
    assert (first["speaker"], first["text"], first["cue"]) == ("老者", "艄公，过河几文？", "问道")
    assert runner.invoke(app, ["extract", "quiz", str(SAMPLE / "questions_core.csv"), "-o", str(out)]).exit_code == 0
    first = json.loads(out.read_text(encoding="utf-8").splitlines()[0])
    assert list(first) == [
        "number", "section", "type", "stem", "options", "answer", "explanation", "novel", "locator", "material",
    ]  # fmt: skip


def test_full_disk(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(small)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small tmpfs cannot be mounted here; run as root to test a full disk")
    try:
        story = (SAMPLE / "qinghe.txt").read_text(encoding="utf-8")
        head, _, body = story.partition("\n")
        lines = [f"{line}{n}" for n in range(12) for line in body.splitlines()]  # no two alike, so nothing packs away
        noise = "".join(f"“{os.urandom(40).hex()}{n}。”" for n in range(40_000))
        long = written(tmp_path, "long.txt", "\n".join([head, *lines, f"沈渡道：{noise}"]))
        environment = {**os.environ, "HUABEN_HOME": str(small / "home")}
        words = [sys.executable, "-c", "from flows.cli import app; app()", "ingest", long, "--kind", "novel"]
        result = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        assert result.returncode == 2, result.stderr
        assert "is full" in result.stderr
        assert "Traceback" not in result.stderr
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_help_lists_every_command_with_a_sentence() -> None:
    listed = runner.invoke(app, ["--help"]).output
    for command in ("run", "ingest", "fetch", "build", "sql", "why", "lengths", "train", "evaluate", "score", "dedup"):
        assert re.search(rf"│ {command} +\S", listed), command
