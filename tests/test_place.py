"""Where a warehouse lies is said in one file or the environment, and passwords are not repeated."""

from pathlib import Path

import pytest

from corpora.errors import BadInput
from warehouse.place import Place, hide, place_of
from warehouse.storage import DataFolder


def test_by_default_all_is_in_the_home_folder(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    assert place == Place(tmp_path, "", "huaben", DataFolder(str(tmp_path / "data")), 60.0)
    assert (place.shared, place.shown) == (False, str(tmp_path / "catalog.sqlite"))


def test_the_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "huaben.toml").write_text(
        '[warehouse]\ncatalog = "postgres:host=db password=\'two words\' dbname=h"\ndata = "../shared"\nwait = 5\n'
    )
    place = place_of(tmp_path)
    data = DataFolder(str(tmp_path.parent / "shared"))
    assert place == Place(tmp_path, "host=db password='two words' dbname=h", "huaben", data, 5.0)
    assert (place.shared, place.shown) == (True, "postgres:host=db password=*** dbname=h")
    monkeypatch.setenv("HUABEN_CATALOG", "postgresql://me:secret@db/h")
    monkeypatch.setenv("HUABEN_DATA", "/srv/data")
    place = place_of(tmp_path)
    assert place == Place(tmp_path, "postgresql://me:secret@db/h", "huaben", DataFolder("/srv/data"), 5.0)
    assert place.shown == "postgres:postgresql://me:***@db/h"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('catalog = "mysql:x"\ndata = "d"', "catalog = 'mysql:x' is none that is known; begin it with postgres:"),
        ('catalog = "postgres:dbname=h"', "a catalog in PostgreSQL needs data"),
        ('schema = "a; DROP"', "is no plain name"),
        ("catalogue = 1", "unknown key 'catalogue'; did you mean 'catalog'?"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "huaben.toml").write_text(f"[warehouse]\n{text}\n")
    with pytest.raises(BadInput) as caught:
        place_of(tmp_path)
    assert said in str(caught.value) and str(tmp_path / "huaben.toml") in str(caught.value)


def test_a_wrong_environment_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUABEN_CATALOG", "postgres:dbname=h")
    with pytest.raises(BadInput, match=r"^\$HUABEN_CATALOG, \$HUABEN_DATA: a catalog in PostgreSQL needs data"):
        place_of(tmp_path)


def test_nothing_else_is_hidden() -> None:
    assert (
        hide("could not connect to host=a port=1: no such user") == "could not connect to host=a port=1: no such user"
    )
