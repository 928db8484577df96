"""Files are written whole or not at all, and ids and hashes are the same everywhere."""

import hashlib
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.files import folder_beside, sha256_file, stable_id, write_folder, write_whole


def test_a_file_appears_only_when_its_block_has_ended(tmp_path: Path) -> None:
    target = tmp_path / "new" / "第一回.txt"
    with write_whole(target) as part:
        part.write_text("话说天下大势", encoding="utf-8")
        assert not target.exists()
        assert part.parent == target.parent  # a rename across file systems would not be one step
    assert target.read_text(encoding="utf-8") == "话说天下大势"
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    assert [path.name for path in target.parent.iterdir()] == ["第一回.txt"]


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path, fault: BaseException) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def fail() -> None:
        with write_whole(target) as part:
            part.write_text("half")
            raise fault

    with pytest.raises(type(fault)):
        fail()
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_sha256_of_more_than_one_block(tmp_path: Path) -> None:
    content = b"\xe5\xae\x98" * 700_000  # above 2 MiB
    (tmp_path / "big").write_bytes(content)
    assert sha256_file(tmp_path / "big") == hashlib.sha256(content).hexdigest()


def test_an_id_is_known_in_advance() -> None:
    assert stable_id("document", "novels/sanguo") == hashlib.sha256(b"document\x1fnovels/sanguo").hexdigest()[:16]
    assert stable_id("a", 1) == stable_id("a", "1")
    assert stable_id("\ud800") == stable_id("\ud800")  # a lone surrogate from a broken file is no reason to fall over


@given(st.lists(st.text(st.characters(blacklist_characters="\x1f")), min_size=1), st.data())
def test_ids_differ_when_parts_move(parts: list[str], data: st.DataObject) -> None:
    other = data.draw(st.lists(st.text(st.characters(blacklist_characters="\x1f")), min_size=1))
    assert (stable_id(*parts) == stable_id(*other)) == (parts == other)


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with write_whole(pipe) as part:
            part.write_text("话本", encoding="utf-8")
        assert os.read(reader, 100) == "话本".encode()
        assert pipe.is_fifo()
    finally:
        os.close(reader)


def test_what_a_killed_writer_left_goes_with_the_next_and_a_living_one_keeps_its_own(tmp_path: Path) -> None:
    killed = """
import os, signal, sys
from pathlib import Path
from corpora.files import write_folder
with write_folder(Path(sys.argv[1])) as beside:
    (beside / "half").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    target = tmp_path / "base"
    done = subprocess.run([sys.executable, "-c", killed, str(target)], check=False, cwd=Path(__file__).parent.parent)
    assert done.returncode == -signal.SIGKILL
    assert [path.name for path in tmp_path.glob(".base.*.part/*")] == ["half"]
    with write_folder(target) as living, write_folder(target) as other:
        assert sorted(tmp_path.iterdir()) == sorted([living, other])
        (living / "whole").write_text("1")
        (other / "whole").write_text("2")
    assert (target / "whole").read_text() == "1"  # the one that ended last
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_to_work_in_outlives_a_writer_of_the_same_target(tmp_path: Path) -> None:
    target = tmp_path / "adapter"
    with folder_beside(target) as working:
        (working / "run.toml").write_text("x")
        with write_folder(target) as beside:
            (beside / "weights").write_text("w")
        assert [path.name for path in working.iterdir()] == ["run.toml"]
    assert list(tmp_path.iterdir()) == [target]
