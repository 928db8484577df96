"""A folder is whole or absent, whatever stops the work in it, and an older one stays until the new one is whole."""

import errno
import os
import stat
from pathlib import Path

import pytest
from safetensors import SafetensorError

from train.folders import whole_folder
from warehouse.kit import BadInput


def fill(folder: Path, text: str) -> None:
    (folder / "deep").mkdir()
    (folder / "weights").write_text(text)
    (folder / "deep" / "more").write_text(text)


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_it_appears_whole_and_others_can_read_it(tmp_path: Path) -> None:
    target = tmp_path / "new" / "adapter"
    with whole_folder(target) as beside:
        assert beside.parent == target.parent
        assert list(beside.iterdir()) == []
        fill(beside, "first")
        os.chmod(beside / "weights", 0o600)  # as safetensors writes
        assert not target.exists()
    assert names(tmp_path) == ["new", "new/adapter", "new/adapter/deep", "new/adapter/deep/more", "new/adapter/weights"]
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in (target, *target.rglob("*"))} == {
        "adapter": 0o755, "deep": 0o755, "more": 0o644, "weights": 0o644,
    }  # fmt: skip


def test_an_older_folder_is_replaced_not_mixed(tmp_path: Path) -> None:
    target = tmp_path / "adapter"
    with whole_folder(target) as beside:
        fill(beside, "first")
    with whole_folder(target) as beside:
        (beside / "weights").write_text("second")
    assert names(tmp_path) == ["adapter", "adapter/weights"]
    assert (target / "weights").read_text() == "second"


@pytest.mark.parametrize(
    "error", [ValueError("no"), KeyboardInterrupt(), SystemExit(1), OSError(errno.EIO, "bad disk")]
)
@pytest.mark.parametrize("older", [True, False])
def test_nothing_is_left_of_a_stopped_one(tmp_path: Path, error: BaseException, older: bool) -> None:
    target = tmp_path / "adapter"
    if older:
        with whole_folder(target) as beside:
            fill(beside, "first")
    before = names(tmp_path)
    with pytest.raises(type(error)) as caught, whole_folder(target) as beside:
        fill(beside, "second")
        raise error
    assert caught.value is error
    assert names(tmp_path) == before
    assert not older or (target / "weights").read_text() == "first"


def test_stopped_between_the_two_renames_the_older_one_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "adapter"
    with whole_folder(target) as beside:
        fill(beside, "first")
    before, real, calls = names(tmp_path), os.replace, []

    def replace(source: Path, to: Path) -> None:
        calls.append(to)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(source, to)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt), whole_folder(target) as beside:
        fill(beside, "second")
    assert len(calls) == 3
    assert names(tmp_path) == before
    assert (target / "weights").read_text() == "first"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied"),
        (SafetensorError("I/O error: No space left on device (os error 28)"), "os error 28"),
    ],
)
def test_a_full_disk_is_said_in_one_sentence(tmp_path: Path, error: Exception, reason: str) -> None:
    with pytest.raises(BadInput) as caught, whole_folder(tmp_path / "adapter") as beside:
        fill(beside, "x")
        raise error
    assert str(caught.value).startswith(f"{tmp_path / 'adapter'}: cannot be written (")
    assert reason in str(caught.value)
    assert str(caught.value).endswith("free some space or name another place; nothing was left behind")
    assert list(tmp_path.iterdir()) == []


def test_a_place_below_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="cannot be written"), whole_folder(tmp_path / "file" / "adapter"):
        pass


def test_another_error_of_safetensors_is_not_taken_for_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(SafetensorError, match="header"), whole_folder(tmp_path / "adapter"):
        raise SafetensorError("Error while deserializing header")
    assert list(tmp_path.iterdir()) == []
