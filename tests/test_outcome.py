"""What the list of runs, a run's page and the messengers say of each job, word for word."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from corpora.crawl.run import Crawled
from eval.promotion import Check
from flows.notify.notice import Notice
from flows.serve.outcome import of_crawl, of_curate, of_retrain, of_tidy
from warehouse.backup import Backup
from warehouse.tidy import Tidied


def stored(source: str, records: int, rejected: int, new: int, gone: int = 0) -> Any:
    change = SimpleNamespace(inserted=new, deleted=gone)
    return SimpleNamespace(source_id=source, kind="quiz", records=records, rejected=rejected, change=change)


def test_curation() -> None:
    report: Any = SimpleNamespace(
        documents=5,
        stored=[stored("bank|a", 1200, 60, 1140), stored("bank/b", 40, 0, 3, 2)],
        left_out=[object(), object()],
        fates=[("quiz", "kept", "", 1100), ("quiz", "rejected", "no <answer>\nat all", 60)],
        splits=[("quiz", "single_choice", {"train": 1000, "test": 100})],
        set_folder=Path("/home/sets/all-1a2b"),
        snapshot=7,
    )
    made = of_curate("nightly", report)
    assert made.line == "1,240 records from 2 of 5 documents; 1,100 samples kept; all-1a2b"
    assert (
        made.page
        == """## What came in

1,240 records from 2 of 5 documents

| source | kind | records | rejected | new | gone |
| --- | --- | --- | --- | --- | --- |
| bank\\|a | quiz | 1,200 | 60 | 1,140 | 0 |
| bank/b | quiz | 40 | 0 | 3 | 2 |

2 pages gave no document.

## Fates

| task | fate | reason | samples |
| --- | --- | --- | --- |
| quiz | kept |  | 1,100 |
| quiz | rejected | no &lt;answer> at all | 60 |

## Splits

| task | type | samples |
| --- | --- | --- |
| quiz | single_choice | 1,000 train, 100 test |

Training set `all-1a2b` at snapshot 7."""
    )
    said = "60 of 1,240 records that came in were rejected (4.8 %): bank|a (60); why: huaben stats"
    assert made.notices == [Notice("rejected", "nightly", said, 60 / 1240)]


def test_a_night_on_which_nothing_came_in() -> None:
    report: Any = SimpleNamespace(
        documents=5, stored=[], left_out=[], fates=[], splits=[], set_folder=Path("all-1"), snapshot=7
    )
    made = of_curate("nightly", report)
    assert made.line == "nothing new in 5 documents; 0 samples kept; all-1"
    assert made.notices == []


def test_a_long_crawl_is_told_in_short() -> None:
    fates = [("page", "", 30), ("link page", "", 2), ("failed", "status 500", 1)]
    crawled = Crawled("tiku", fates, [("http://a.cn/9", "status 500")], 40, 9, 1.0, False)
    pages = [stored(f"tiku/{number}", 2, 1, 2) for number in range(23)]
    made = of_crawl("crawl-tiku", SimpleNamespace(crawled=crawled, stored=pages, documents=30))  # type: ignore[arg-type]
    assert made.line == "32 pages, 1 failed; 46 records from 23 of 30 documents"
    assert (
        made.page.startswith("# Crawl of tiku\n\n| fate | why | addresses |\n")
        and "| failed | status 500 | 1 |" in made.page
    )
    assert made.page.count("| tiku/") == 20 and made.page.endswith("\nand 3 more")
    assert [(one.event, one.share) for one in made.notices] == [("rejected", 0.5)]


def retrained(why_not: str, promoted: object) -> Any:
    checks = [
        Check("quiz/exact", "worse", 40, 60.0, 40.5),
        Check("rouge_1", "missing"),
        Check("bleu_4", "held", 9, 1.0, 1.0),
    ]
    decision = SimpleNamespace(
        checks=checks, why_not=why_not, promoted=promoted, against="adapters/old", page=Path("/home/c/report.html")
    )
    adapter = SimpleNamespace(folder=Path("/home/adapters/new"))
    return SimpleNamespace(adapter=adapter, decision=decision, set_folder=Path("/home/sets/all-1"), base="embedded")


def test_a_training_shows_each_score_with_its_change() -> None:
    made = of_retrain("weekly", retrained("quiz/exact fell", None))
    assert made.line == "new: not promoted: quiz/exact fell"
    assert (
        made.page
        == """# new

new: not promoted: quiz/exact fell.

## Scores, held against adapters/old

| guarded | rows | before | after | change |  |
| --- | --- | --- | --- | --- | --- |
| quiz/exact | 40 | 60.00 | 40.50 | -19.50 | worse |
| rouge_1 | 0 | – | – | – | missing |
| bleu_4 | 9 | 1.00 | 1.00 | +0.00 | held |

The comparison, whole on the page of the sub-run, is also `/home/c/report.html` on the machine that trained, for a \
browser there. Training set `all-1`, base `embedded`."""
    )
    assert made.notices == [Notice("worse", "weekly", "the new adapter was not promoted: quiz/exact fell")]


def test_an_adapter_that_is_promoted_or_current_already_alarms_nobody() -> None:
    promoted, current = of_retrain("w", retrained("", object())), of_retrain("w", retrained("", None))
    assert (promoted.line, current.line) == ("new: promoted", "new: is current already")
    assert promoted.notices == current.notices == []


def test_tidying_with_and_without_a_backup() -> None:
    made = Tidied({"one of the newest 20": 20}, [(3, datetime.now(UTC), "")], {"a": 1 << 20, "b": 0}, {}, {"t": (5, 2)})
    alone = of_tidy(made, None)
    assert alone.line == "1 snapshots and 2 files went"
    assert "| files joined to fewer | 3 | 0.0 |" in alone.page and "| files removed | 2 | 1.0 |" in alone.page
    copied = of_tidy(made, (Path("/mnt/huaben-1"), Backup(9, "sqlite", {}, {"x": ("0" * 64, 1)})))
    assert copied.line == "1 snapshots and 2 files went; backup of 1 files in huaben-1"
    assert copied.page.endswith("|\n\n/mnt/huaben-1")
    assert alone.notices == copied.notices == []
