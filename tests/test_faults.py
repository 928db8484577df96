"""What goes wrong outside: a killed run, a server that dies, a disk that is full or shut, a file that changes, a clock set back."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from main_job import Job
from tiny import new_lake

from benchmarks.fault_runs import Ended, Run, alive, huaben, state
from benchmarks.faults import Rig, behind, judged, mounted, points
from corpora import load
from corpora.errors import BadInput
from corpora.files import make_newest
from corpora.load import load_document, source_for_path
from flows.doctor import home as doctor
from flows.serve.due import AHEAD, decide
from warehouse.lake import reading, writing
from warehouse.manifest import newest_set
from warehouse.retention import RetentionConfig, Snapshot, kept
from warehouse.rowhash import row_hashes
from warehouse.runs import record_run

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own, of 100 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        with mounted(folder, "size=100m"):
            yield folder
    except PermissionError as error:
        pytest.skip(f"{error}; only root may")


@pytest.mark.long
def test_huaben_alone_is_killed_and_the_next_run_is_as_if_undisturbed(job: Job, tmp_path: Path) -> None:
    rig, home = Rig(tmp_path, job.config, state(job.home), 0.0), tmp_path / "home"
    with Run(home, ("run", "--config", str(job.config))) as run:
        assert run.until(lambda: any((home / "data").rglob("*.parquet")))
        assert run.children()  # its server
        run.kill(children=False)
        first = run.ended()
    assert first.status == -signal.SIGKILL
    assert alive(home) == []
    assert judged("alone", "ingest", first, rig, home).sound


@pytest.mark.long
def test_a_home_folder_that_cannot_be_written(job: Job, disk: Path) -> None:
    home = disk / "home"
    subprocess.run(["cp", "-a", str(job.home), str(home)], check=True)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    asked = huaben(home, "sql", "SELECT count(*) FROM documents", "--format", "csv")
    assert (asked.status, asked.out.split()) == (0, ["count_star()", "5"]), asked.said
    with reading(home) as there, reading(job.home) as here:
        assert row_hashes(there) == row_hashes(here)
    compared = huaben(home, "compare")
    assert (compared.status, compared.plain) == (2, True)
    assert f"{home}/comparisons cannot be written or read (Read-only file system)" in compared.sentence


SERVED = """
import os, signal, sys, time
from pathlib import Path
home = Path(sys.argv[1])
os.environ["PREFECT_HOME"] = str(home / "prefect")
from prefect import flow
from prefect.settings import PREFECT_API_URL
from flows.console import Commands
from flows.serve.own import own_server
from flows.steps import step

@flow
def work() -> int:
    step(strike, "strike")()
    return step(lambda: 7, "go on")()

def strike() -> None:
    for path in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        for child in path.read_text().split():
            os.kill(int(child), signal.SIGKILL)

with own_server(home):
    print(work(), flush=True)
"""


@pytest.mark.long
def test_a_server_that_dies_is_started_again_and_the_flow_goes_on(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environment = {**os.environ, "HUABEN_HOME": str(home), "PYTHONPATH": str(Path(__file__).parent.parent)}
    environment.pop("PREFECT_API_URL", None)
    done = subprocess.run(
        [sys.executable, "-P", "-c", SERVED, str(home)], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "7\n"), done.stderr
    assert "Traceback" not in done.stderr
    assert alive(home) == []


@pytest.mark.slow
def test_no_server_can_be_started_on_a_full_disk(disk: Path) -> None:
    from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

    from flows.serve.own import own_server

    (disk / "prefect").mkdir()
    (disk / "filled").write_bytes(b"x" * (100 << 20 >> 1))
    with pytest.raises(OSError, match="No space left"), open(disk / "rest", "wb") as rest:
        while True:
            rest.write(b"x" * 65536)
            rest.flush()
    with (
        temporary_settings({PREFECT_HOME: disk / "prefect"}, restore_defaults={PREFECT_API_URL}),
        pytest.raises(OSError, match="No space left") as full,
        own_server(disk),
    ):
        raise AssertionError("there is no room for its database")
    assert full.value.filename == str(disk / "prefect")
    assert alive(disk) == []


def changing(path: Path, contents: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on somebody writes the next of the contents whenever the file has been read."""
    real, asked = os.fstat, iter(range(99))

    def fstat(descriptor: int) -> os.stat_result:
        if next(asked) % 2 and contents:  # before the second look
            path.write_bytes(contents.pop(0))
        return real(descriptor)

    monkeypatch.setattr(load.os, "fstat", fstat)
    monkeypatch.setattr(load, "PAUSES_S", (0.0,) * len(load.PAUSES_S))


@pytest.mark.parametrize("then", [b"", "曹操".encode(), "曹操说：“来。”\n".encode() * 9, "刘备说：“去。”\n".encode()])
def test_a_file_that_changes_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: bytes
) -> None:
    path = tmp_path / "novel.txt"
    path.write_bytes("曹操说：“来。”\n".encode())
    source = source_for_path(path, "novel")
    last = "关羽说：“好。”\n".encode()
    changing(path, [then, last], monkeypatch)
    document = load_document(source)
    assert (document.text, document.sha256) == (last.decode(), hashlib.sha256(last).hexdigest())


def test_a_file_that_never_stops_changing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "novel.txt"
    path.write_bytes(b"0")
    source = source_for_path(path, "novel")
    changing(path, [b"x" * n for n in range(2, 30)], monkeypatch)
    with pytest.raises(BadInput, match=r"novel.txt: somebody writes to it while it is read; wait until it is whole"):
        load_document(source)


def test_what_is_stored_is_one_state_of_a_file_that_is_written_all_the_time(tmp_path: Path) -> None:
    path, ended = tmp_path / "novel.txt", threading.Event()
    states = [f"曹操说：“{word * 40_000}。”\n".encode() for word in "一二三四"]
    path.write_bytes(states[0])

    def write() -> None:
        for number in range(10_000):
            if ended.wait(0.002):
                return
            beside = tmp_path / "beside"
            beside.write_bytes(states[number % 4])
            os.replace(beside, path)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(30):
            found = load_document(source_for_path(path, "novel"))
            assert found.text.encode() in states
            assert found.sha256 == hashlib.sha256(found.text.encode()).hexdigest()
    finally:
        ended.set()
        writer.join()


def test_a_pipe_is_read_as_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    text = "曹操说：“来。”\n"
    writer = threading.Thread(target=lambda: path.write_text(text, encoding="utf-8"))
    writer.start()
    assert load_document(source_for_path(path, "novel", source_id="pipe")).text == text
    writer.join()


@given(st.lists(st.floats(-400, 400), min_size=1, max_size=40), st.integers(1, 5), st.floats(0, 60))
def test_a_snapshot_is_never_older_than_one_before_it(moves: list[float], last: int, days: float) -> None:
    """The clock is moved by so many days between snapshots; what is expired was old by every clock since."""
    snapshots = [Snapshot(n, NOW + timedelta(days=d), "", frozenset()) for n, d in enumerate(moves)]
    stay = kept(snapshots, {}, RetentionConfig(keep_last=last, keep_days=days), NOW)
    gone = [s.number for s in snapshots if s.number not in stay]
    assert gone == list(range(len(gone)))  # the oldest by number, whatever their times
    assert all(NOW - snapshots[n].made >= timedelta(days=days) for n in gone)
    assert len(gone) <= max(0, len(moves) - last)


def test_a_day_without_a_battery_expires_nothing() -> None:
    """A machine that came up in 1970 makes a snapshot between two of this month."""
    times = [NOW - timedelta(days=3), datetime(1970, 1, 1, tzinfo=UTC), NOW - timedelta(days=1)]
    snapshots = [Snapshot(n, made, "", frozenset()) for n, made in enumerate(times)]
    assert list(kept(snapshots, {}, RetentionConfig(keep_last=1, keep_days=30), NOW)) == [0, 1, 2]


@pytest.mark.parametrize(("ahead", "runs"), [(timedelta(hours=1), False), (AHEAD, False), (timedelta(days=3650), True)])
def test_a_run_that_a_wrong_clock_began_does_not_stop_the_nights_to_come(ahead: timedelta, runs: bool) -> None:
    assert decide(NOW, NOW, [], NOW + ahead, timedelta(hours=12)).runs == runs


def test_the_newest_is_what_was_made_last_whatever_the_clock_says(tmp_path: Path) -> None:
    made = []
    for name, hours in (("a", 0), ("b", -24), ("c", -24), ("d", 0)):
        manifest = tmp_path / "sets" / name / "manifest.json"
        manifest.parent.mkdir(parents=True)
        manifest.write_text("{}")
        at = (NOW + timedelta(hours=hours)).timestamp()
        os.utime(manifest, (at, at))
        make_newest(manifest, (tmp_path / "sets").glob("*/manifest.json"))
        made.append(newest_set(tmp_path).name)
    assert made == ["a", "b", "c", "d"]


BEHIND = """
import sys, time
from pathlib import Path
from warehouse.lake import writing
from warehouse.recent import recent
from warehouse.retention import RetentionConfig
from warehouse.runs import record_run
from warehouse.tidy import tidy
with writing(Path(sys.argv[1])) as lake:
    record_run(lake, "second", "train", {}, {}, 1.0)
    newest = recent(lake, 2)
    assert [one.label for one in newest] == ["train second", "train first"], newest
    assert newest[1].at.timestamp() > time.time() > newest[0].at.timestamp() - 60  # that one was made tomorrow
    gone = tidy(lake, RetentionConfig(keep_last=1, keep_days=0.5)).expired
    assert gone == [], gone
"""


def test_a_lake_by_a_clock_that_was_set_back(tmp_path: Path) -> None:
    home = new_lake(tmp_path / "home")
    try:
        env = {**os.environ, **behind(tmp_path), "PYTHONPATH": str(Path(__file__).parent.parent)}
    except PermissionError as error:
        pytest.skip(str(error))
    with writing(home) as lake:
        record_run(lake, "first", "train", {}, {}, 1.0)
        before = lake.snapshot()
    done = subprocess.run([sys.executable, "-P", "-c", BEHIND, str(home)], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with reading(home) as lake, reading(home, before) as earlier:
        runs = [shown.connection.execute("SELECT run_id FROM runs ORDER BY 1").fetchall() for shown in (lake, earlier)]
    assert runs == [[("first",), ("second",)], [("first",)]]
    assert [finding.found for finding in doctor.warehouse(home) if finding.level == "fault"] == []


def test_points_are_spread_and_the_same_for_a_seed() -> None:
    drawn = points(20, 5)
    assert [int(20 * share) for share in drawn] == list(range(20))
    assert drawn == points(20, 5) != points(20, 6)


def test_what_a_person_read_is_told_from_bars() -> None:
    ended = Ended(2, "", "extract:   0%|   | 0/5 [00:00]\rtraining:  50%|##  | 2/4\rhuaben: the disk is full\n", 1.0)
    assert (ended.place, ended.sentence, ended.plain) == ("training", "huaben: the disk is full", True)
    assert not Ended(1, "", "Traceback (most recent call last):\n", 1.0).plain
