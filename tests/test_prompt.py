"""`huaben sql` without a query: a prompt that goes on after mistakes, remembers, and completes; results as people and programs want them."""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny import document, new_lake, put, said
from typer.testing import CliRunner

from flows import prompt, rows
from flows.cli import app
from flows.prompt import answer_queries, complete, names
from warehouse.lake import writing
from warehouse.query import query


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = new_lake(tmp_path_factory.mktemp("lakes") / "lake")
    with writing(folder) as lake:
        put(lake, (document("novels/sanguo"), [said(10, "曹操", "是。"), said(20, "刘备", "然。")]))
    yield folder


def typed(*lines: str | type[BaseException]) -> tuple[list[str], object]:
    """What is typed, as `input` gives it, and the prompts at which it was asked for; then Ctrl-D."""
    waiting, prompts = iter(lines), []

    def ask(shown: str) -> str:
        prompts.append(shown)
        line = next(waiting, EOFError)
        if isinstance(line, str):
            prompt.readline.add_history(line)  # as input does on a terminal
            return line
        raise line

    return prompts, ask


def test_queries_of_several_lines_and_mistakes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prompts, ask = typed(
        "SELECT speaker", "FROM speakers;", "SELEC 1;", "DELETE FROM samples;", "SELECT", KeyboardInterrupt
    )
    answer_queries(home, None, ask)  # type: ignore[arg-type]
    shown = capsys.readouterr()
    assert prompts == ["huaben> ", "   ...> ", *["huaben> "] * 3, "   ...> ", "huaben> "]
    assert "刘备" in shown.out
    assert "2 rows" in shown.out
    assert "Parser Error" in shown.err
    assert "DELETE is refused" in shown.err
    history = (home / "sql_history").read_text(encoding="utf-8").splitlines()
    assert history[-5:] == ["SELECT speaker", "FROM speakers;", "SELEC 1;", "DELETE FROM samples;", "SELECT"]


def test_it_remembers_and_leaves(home: Path) -> None:
    (home / "sql_history").write_text("FROM talks;\n", encoding="utf-8")
    for word in ("exit", "quit;", "\\q"):
        prompts, ask = typed(word, "never")
        answer_queries(home, 1, ask)  # type: ignore[arg-type]
        assert prompts == ["huaben> "]
    assert prompt.readline.get_history_item(1) == "FROM talks;"


def test_tab_completes_tables_views_macros_columns_and_words() -> None:
    assert {"samples", "speakers", "search(", "sample_id", "SELECT", "transcript"} <= set(names())
    assert [complete("utteranc", n) for n in range(4)] == ["utterance_id", "utterance_ids", "utterances", None]
    assert complete("sele", 0) == "SELECT"


def test_a_query_may_come_from_a_pipe(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUABEN_HOME", str(home))
    ran = CliRunner().invoke(app, ["sql", "--format", "csv"], input="SELECT sum(lines) AS n FROM speakers;\n")
    assert (ran.exit_code, ran.output.splitlines()) == (0, ["n", "2"])


def test_sums_are_numbers_in_json_lines(home: Path, tmp_path: Path) -> None:
    found = query(home, "SELECT sum(lines) AS n, sum(0.25::DECIMAL(4, 2)) AS d, DATE '2026-01-02' AS day FROM speakers")
    rows.write_rows(found, "jsonl", tmp_path / "f.jsonl")
    assert json.loads((tmp_path / "f.jsonl").read_text()) == {"n": 2, "d": 0.5, "day": "2026-01-02"}


@pytest.mark.parametrize("lines, paged", [(3, 0), (200, 1)])
def test_only_what_is_higher_than_the_terminal_is_paged(
    home: Path, monkeypatch: pytest.MonkeyPatch, lines: int, paged: int
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    seen: list[str] = []
    monkeypatch.setattr("rich.pager.SystemPager.show", lambda _, content: seen.append(content))
    monkeypatch.setenv("LINES", "40")
    monkeypatch.setattr(sys, "stdout", Terminal())
    rows.write_rows(query(home, f"SELECT range AS n FROM range({lines})"), "table", None)
    assert len(seen) == paged
    assert all("199" in content for content in seen)
