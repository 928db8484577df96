"""Files that are not what their manifest says, or that a set holds out, are refused; what could not be checked is told."""

import json
from pathlib import Path

import pytest
from tiny_model import hand_rows, write_manifest, write_rows

from train.provenance import Provenance, check_files, places
from warehouse.kit import BadInput

SPLITS = {"seed": 0, "train": 4, "valid": 20, "test": 30}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "by-hand-00c0ffee"
    for split, start in SPLITS.items():
        write_rows(made / f"{split}.parquet", hand_rows(3, start))
    write_manifest(made)
    return made


def test_a_whole_set_holds_out_both_splits(folder: Path) -> None:
    data = [folder / "seed.parquet", folder / "train.parquet"]
    expected = Provenance((folder / "valid.parquet", folder / "test.parquet"), ())
    assert check_files(data, folder / "valid.parquet") == check_files(data, None) == expected
    assert places(data)[2:4] == ["seed.parquet row 3", "train.parquet row 1"]


def test_a_row_that_was_changed_by_hand_is_found_by_the_manifest(folder: Path) -> None:
    write_rows(folder / "train.parquet", hand_rows(3, 5))
    with pytest.raises(BadInput) as error:
        check_files([folder / "seed.parquet", folder / "train.parquet"], None)
    assert str(error.value).startswith(f"{folder / 'train.parquet'}: is not what manifest.json beside it says (sha256 ")
    assert str(error.value).endswith(f"remove {folder} and run: huaben build")


@pytest.mark.parametrize("spoilt", ["valid", "test"])
def test_held_out_splits_must_match_too(folder: Path, spoilt: str) -> None:
    write_rows(folder / f"{spoilt}.parquet", hand_rows(2, 90))
    with pytest.raises(BadInput, match=rf"{spoilt}\.parquet: is not what manifest\.json"):
        check_files([folder / "train.parquet"], None)


@pytest.mark.parametrize("split", ["valid", "test"])
def test_a_held_out_split_is_not_trained_on(folder: Path, split: str) -> None:
    with pytest.raises(BadInput, match=rf"{split}\.parquet: the set holds these rows out; train on its seed"):
        check_files([folder / "train.parquet", folder / f"{split}.parquet"], None)


def test_the_same_file_is_not_trained_and_measured_on(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "rows.parquet", hand_rows(3))
    with pytest.raises(BadInput, match="is both trained on and held out; give another split"):
        check_files([rows], tmp_path / "." / "rows.parquet")


def test_what_the_manifest_does_not_name_is_refused(folder: Path) -> None:
    more = write_rows(folder / "more.parquet", hand_rows(1, 60))
    with pytest.raises(BadInput, match=r"more\.parquet: manifest\.json beside it does not name this file"):
        check_files([more], None)


def test_what_cannot_be_checked_is_told(folder: Path, tmp_path: Path) -> None:
    (folder / "test.parquet").unlink()
    lone = write_rows(tmp_path / "lone.parquet", hand_rows(2, 70))
    assert check_files([folder / "train.parquet", lone], None) == Provenance(
        (folder / "valid.parquet",),
        (f"{lone} has no manifest.json beside it", f"{folder / 'test.parquet'} is not here"),
    )


def test_an_empty_split_holds_nothing_out(folder: Path) -> None:
    write_rows(folder / "valid.parquet", [])
    write_manifest(folder)
    assert check_files([folder / "train.parquet"], None) == Provenance((folder / "test.parquet",), ())


def test_a_missing_file_and_a_broken_manifest_are_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"absent\.parquet: no such file"):
        check_files([folder / "absent.parquet"], None)
    (folder / "manifest.json").write_text(json.dumps({"name": "x"}))
    with pytest.raises(BadInput, match=r"manifest\.json is broken"):
        check_files([folder / "train.parquet"], None)
