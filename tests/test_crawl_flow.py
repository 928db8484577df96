"""Crawled pages in the warehouse: through the command, and through the flow `curate`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from site_on_loopback import Page, Site, html
from typer.testing import CliRunner

from corpora.crawl.spider import CrawlConfig
from flows.cli import app
from flows.config import read_config
from warehouse.lake import reading

runner = CliRunner()
ASKS = "<p>1. 单刀赴会的是（ ）。</p><p>A. 关羽</p><p>B. 张飞</p><p>答案：A</p><p>2. 献连环计的是____。</p><p>答案：王允</p>"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site().serving() as it:
        it.pages = {
            "/": Page(html("题库", "/p/1.html", "/p/2.html")),
            "/p/1.html": Page(html("甲卷", body=ASKS)),
            "/p/2.html": Page(html("通知", body="<p>本站今日停机。</p>")),
        }
        yield it


@pytest.fixture
def toml(site: Site, tmp_path: Path) -> Path:
    path = tmp_path / "tiku.toml"
    path.write_text(
        f'name = "tiku"\nkind = "quiz"\nstart = ["{site.url}/"]\npages = [\'/p/\\d+\']\ncontent = "div.main"\n'
        'novel = "三国演义"\nprivate_hosts = ["127.0.0.1"]\ndelay_s = 0\nlicence = "CC0"\n',
        encoding="utf-8",
    )
    return path


def query(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with reading(home) as lake:
        return lake.connection.execute(sql).fetchall()


def test_pages_land_in_documents_and_their_questions_in_questions(site: Site, toml: Path, own_home: Path) -> None:
    done = runner.invoke(app, ["crawl", str(toml)])
    assert done.exit_code == 0, done.output
    assert "link page" in done.stdout
    one, two = f"{site.url}/p/1.html", f"{site.url}/p/2.html"
    columns = "url, status, fetched_at IS NOT NULL, length(sha256), title, records, rejected"
    rows = query(own_home, f"SELECT {columns} FROM documents ORDER BY url")
    assert rows == [(one, 200, True, 64, "甲卷", 2, 0), (two, 200, True, 64, "通知", 1, 1)]
    assert query(own_home, "SELECT source_id, kind, origin, licence FROM sources ORDER BY 1") == [
        (f"tiku/{one}", "quiz", one, "CC0"), (f"tiku/{two}", "quiz", two, "CC0"),
    ]  # fmt: skip
    found = query(own_home, "SELECT stem, answer, novel, fate, raw, reason FROM questions ORDER BY fate, ordinal")
    assert [row[:4] for row in found] == [
        ("单刀赴会的是____。", '"A"', "三国演义", "kept"), ("献连环计的是____。", '["王允"]', "三国演义", "kept"),
        ("", "null", "", "rejected"),
    ]  # fmt: skip
    assert found[2][4] == "本站今日停机。\n"
    assert "no question layout begins here" in found[2][5]

    snapshots = query(own_home, "SELECT count(*) FROM huaben.snapshots()")
    asked = len(site.asked)
    done = runner.invoke(app, ["crawl", str(toml), "--offline"])
    assert "2 of 2 files are as they were" in done.stderr
    toml.write_text(toml.read_text(encoding="utf-8").replace("div.main", "div.links"), encoding="utf-8")
    done = runner.invoke(app, ["crawl", str(toml), "--offline"])
    assert done.exit_code == 0, done.output
    assert "Pages left out" in done.stdout
    assert len(site.asked) == asked
    assert query(own_home, "SELECT count(*) FROM huaben.snapshots()") == snapshots


def test_bad_spiders_are_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('name = "x"\nkind = "quiz"\nstart = ["http://a.cn/"]\npages = ["("]\n')
    run = tmp_path / "run.toml"
    run.write_text(f'registries = ["sample"]\n[crawl]\nspiders = ["{path}"]\n')
    for words in (["crawl", str(path)], ["run", "--config", str(run)]):
        done = runner.invoke(app, words)
        assert done.exit_code == 2
        assert [line for line in done.stderr.splitlines() if line] == [
            f"huaben: {path}: pages: '(' is no regular expression: missing ), unterminated subpattern at position 0; correct it"
        ]


def test_the_flow_crawls_first(
    site: Site, toml: Path, tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import flows.curate as curate

    config = tmp_path / "run.toml"
    config.write_text(f'registries = ["sample"]\n[crawl]\nspiders = ["{toml}"]\n')
    crawling = read_config(config).crawl
    steps: list[str] = []

    def step(function: Any, name: str, retries: int = 0) -> Any:
        steps.append(name)
        return function

    monkeypatch.setattr(curate, "step", step)
    monkeypatch.setattr(curate, "create_table_artifact", lambda **_: None)
    settings = read_config(config)
    report = curate.curate_flow.fn([], settings.curate, settings.build, own_home, crawling)
    assert steps[:3] == ["crawl tiku", "read the pages of tiku", "ingest"]
    assert (report.documents, [s.records for s in report.stored], report.crawled[0].count("page")) == (2, [2, 1], 2)
    assert sum(number for *_, number in report.fates) == 3
    asked = len(site.asked)
    offline = CrawlConfig(crawling.spiders, offline=True)
    again = curate.curate_flow.fn([], settings.curate, settings.build, own_home, offline)
    assert (again.stored, again.crawled, again.set_folder) == ([], [], report.set_folder)
    assert len(site.asked) == asked
