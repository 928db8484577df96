"""Whatever goes, every snapshot that stays reads as before, and every training set can be made again to the byte."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from tiny import asked, document, new_lake, put

from corpora.errors import BadInput
from warehouse.curate import CurateConfig, curate
from warehouse.lake import Lake, writing
from warehouse.retention import RetentionConfig, Snapshot, kept
from warehouse.rowhash import row_hashes
from warehouse.tidy import forget, tidy
from warehouse.training_set import BuildConfig, build

WHO = "刘备 关羽 张飞 赵云 曹操 孙权 周瑜 吕布 袁绍 董卓".split()
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
FEW = RetentionConfig(keep_last=1, keep_days=0.0)


def made(number: int, days: float, *touched: str) -> Snapshot:
    return Snapshot(number, NOW - timedelta(days=days), "", frozenset(touched))


def test_what_stays_and_why() -> None:
    night = [
        made(1, 60, "lake.samples"),
        made(2, 50, "a"),
        made(3, 40, "b"),
        made(4, 35, "a"),
        made(5, 33, "a"),
        made(6, 9, "b"),
    ]
    policy = RetentionConfig(keep_last=1, keep_days=10)
    tail = "last change of a table before a kept one"
    assert kept([*night, made(7, 1, "b")], {}, policy, NOW) == {
        1: tail, 5: tail, 6: "younger than 10 days", 7: "one of the newest 1",
    }  # fmt: skip
    assert kept([*night, made(7, 1, "b")], {4: "all-1"}, policy, NOW) == {
        1: tail, 3: tail, 4: "training set all-1", 5: tail, 6: "younger than 10 days", 7: "one of the newest 1",
    }  # fmt: skip
    assert set(kept(night, {}, RetentionConfig(keep_last=2, keep_days=0), NOW)) == {1, 3, 5, 6}
    assert set(kept(night, {}, RetentionConfig(), NOW)) == {1, 2, 3, 4, 5, 6}
    with pytest.raises(ValueError, match="keep_last is 0"):
        RetentionConfig(keep_last=0)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home after five nights of ingests, with a training set of the first and of the fourth."""
    home = new_lake(tmp_path_factory.mktemp("nights") / "lake")
    with writing(home) as lake:
        for night in range(5):
            quiz = [asked(k, f"第{k}回中谁说了第{k + night}句话？", {}, WHO[k % 10]) for k in range(1, 20 + night)]
            put(lake, (document("quiz/bank", "quiz"), quiz), (document(f"quiz/{night}", "quiz"), quiz[:12]))
            if night in (0, 3):
                curate(lake, CurateConfig())
                build(lake, BuildConfig(f"night{night}"))
    yield home


@pytest.fixture
def lake(nights: Path, tmp_path: Path) -> Iterator[Lake]:
    shutil.copytree(nights, tmp_path / "lake")
    with writing(tmp_path / "lake") as opened:
        yield opened


def numbers(lake: Lake) -> list[int]:
    return [n for (n,) in lake.connection.execute("SELECT snapshot_id FROM huaben.snapshots() ORDER BY 1").fetchall()]


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def files(lake: Lake) -> set[str]:
    return set(lake.place.data.files())


def test_sets_are_made_again_to_the_byte_on_one_and_on_two_threads(lake: Lake) -> None:
    sets = {
        path.name: (content(path), int(at))
        for path in (lake.home / "sets").iterdir()
        for at in [_snapshot(lake, path.name)]
    }
    assert len(sets) == 2
    hashes, before, old = _hashes(lake, sets), files(lake), numbers(lake)
    told = tidy(lake, FEW, at_once=True)
    stay = numbers(lake)
    assert {at for _, at in sets.values()} <= set(stay) and told.expired
    assert [number for number, _, _ in told.expired] == [n for n in old if n not in stay]
    assert _hashes(lake, sets) == hashes
    assert told.removed.keys() == before - files(lake) and told.removed and not told.waiting
    assert sum(after for _, after in told.files.values()) < sum(n for n, _ in told.files.values())
    with pytest.raises(BadInput, match=f"snapshot {told.expired[0][0]} does not exist"):
        build(lake, BuildConfig("night1"), told.expired[0][0])
    threads = pa.cpu_count()
    try:
        for count in (1, 2):
            pa.set_cpu_count(count)
            lake.connection.execute(f"SET threads = {count}")
            for name, (first, at) in sets.items():
                shutil.rmtree(lake.home / "sets" / name)
                assert content(build(lake, BuildConfig(name.rpartition("-")[0]), at)) == first
    finally:
        pa.set_cpu_count(threads)
    newest = lake.snapshot()
    again = tidy(lake, FEW, at_once=True)  # there is nothing left to join
    assert lake.snapshot() == newest and not again.removed and not again.waiting


def _hashes(lake: Lake, sets: dict[str, tuple[dict[str, bytes], int]]) -> list[dict[str, str]]:
    return [row_hashes(lake), *(row_hashes(lake, at) for _, at in sets.values())]


def _snapshot(lake: Lake, name: str) -> int:
    row = lake.connection.execute("SELECT snapshot FROM training_sets WHERE name = ?", [name]).fetchone()
    assert row
    return int(row[0])


def test_a_dry_run_tells_what_goes_and_changes_nothing(lake: Lake) -> None:
    lake.connection.execute(
        "CALL huaben.merge_adjacent_files()"
    )  # so that there is nothing to join, which it cannot foresee
    lake.connection.execute("CALL ducklake_cleanup_old_files('huaben', cleanup_all => true)")
    before, there = numbers(lake), files(lake)
    foreseen = tidy(lake, FEW, dry_run=True, at_once=True)
    assert (numbers(lake), files(lake)) == (before, there)
    done = tidy(lake, FEW, at_once=True)
    assert foreseen.expired == done.expired and foreseen.expired
    assert foreseen.kept == done.kept
    assert foreseen.removed.items() <= done.removed.items()


def test_files_wait_until_nobody_reads_them(lake: Lake) -> None:
    there = files(lake)
    told = tidy(lake, FEW)
    assert there <= files(lake) and not told.removed and told.waiting
    assert tidy(lake, FEW).waiting == told.waiting
    assert tidy(lake, FEW, dry_run=True, at_once=True).removed == told.waiting
    later = tidy(lake, FEW, now=datetime.now(UTC) + timedelta(days=3))
    assert later.removed == told.waiting and not later.waiting
    assert files(lake) & there == there - told.waiting.keys()


def test_a_set_that_is_let_go_frees_its_snapshot(lake: Lake) -> None:
    name = min(path.name for path in (lake.home / "sets").iterdir())
    at = _snapshot(lake, name)
    foreseen = tidy(lake, FEW, dry_run=True, without=[name])
    assert at in {number for number, _, _ in foreseen.expired}
    with pytest.raises(BadInput, match="there is no training set 'x'"):
        tidy(lake, FEW, dry_run=True, without=["x"])
    assert at not in {number for number, _, _ in tidy(lake, FEW, dry_run=True).expired}
    forget(lake, name)
    assert not (lake.home / "sets" / name).exists()
    assert at in {number for number, _, _ in tidy(lake, FEW).expired}
    with pytest.raises(BadInput, match="there is no training set 'x'"):
        forget(lake, "x")
    with pytest.raises(BadInput, match="there is no training set ''"):
        forget(lake, "")
    assert len([*(lake.home / "sets").iterdir()]) == 1
