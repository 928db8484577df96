"""Registries say where every file is, and a mistake in one is named."""

from pathlib import Path

import pytest

from corpora.errors import BadInput
from corpora.registry import Source, load_registry

ENTRY = '[[sources]]\nid = "a"\nkind = "quiz"\ntitle = "A"\npath = "a.csv"\n'


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "registry.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_paths_are_below_the_root(tmp_path: Path) -> None:
    path = written(tmp_path, 'root = "files"\n' + ENTRY)
    assert load_registry(path) == [Source("a", "quiz", "A", str(tmp_path / "files" / "a.csv"))]


def test_root_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, 'root = "$HUABEN_CORPORA/quiz"\n' + ENTRY)
    monkeypatch.setenv("HUABEN_CORPORA", str(tmp_path))
    assert load_registry(str(path))[0].path == str(tmp_path / "quiz" / "a.csv")
    monkeypatch.delenv("HUABEN_CORPORA")
    with pytest.raises(BadInput, match="HUABEN_CORPORA is not set; set it to the folder with the files"):
        load_registry(path)
    monkeypatch.setenv("HUABEN_CORPORA", str(tmp_path / "gone"))
    with pytest.raises(BadInput, match="which is no folder"):
        load_registry(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY + ENTRY, "id 'a' is given twice"),
        (ENTRY + 'licnce = "MIT"\n', "unknown key 'licnce'; did you mean 'licence'"),
        (ENTRY.replace("quiz", "poem"), "kind is 'poem'; choose one of novel, quiz, instruct"),
        (ENTRY.replace('title = "A"\n', ""), "key 'title' is missing"),
        (ENTRY + 'sha256 = "abc"\n', "not 64 hex digits"),
        (ENTRY + 'url = "ftp://host/a"\n', "only http and https"),
        (ENTRY.replace('"a.csv"', '""'), "id and path must not be empty"),
        ('root = "."\nsources = []\n', "lists no sources"),
        ("root = \n", "not valid TOML"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(BadInput) as caught:
        load_registry(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(BadInput, match="choose one of classics, gutenberg, sample"):
        load_registry("clasics")
    with pytest.raises(BadInput, match="no such file"):
        load_registry("gone/registry.toml")


def test_the_bundled_registries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HUABEN_CORPORA", str(tmp_path))
    monkeypatch.setenv("HUABEN_HOME", str(tmp_path / "home"))
    sample, classics, gutenberg = (load_registry(name) for name in ("sample", "classics", "gutenberg"))
    assert [(source.kind, source.seed) for source in sample] == [
        ("novel", False),
        ("quiz", True),
        ("quiz", False),
        ("quiz", False),
        ("instruct", False),
    ]
    kinds = [source.kind for source in classics]
    assert (kinds.count("novel"), kinds.count("quiz"), kinds.count("instruct")) == (4, 11, 8)
    assert all(source.sha256 and source.licence for source in classics)
    assert [source.id for source in classics if source.seed] == ["instruct/belle_zh_seed_tasks"]
    ebooks = {source.novel: source.url.rsplit("/", 1)[-1] for source in gutenberg}
    assert ebooks == {
        "三国演义": "pg23950.txt",
        "水浒传": "pg23863.txt",
        "西游记": "pg23962.txt",
        "红楼梦": "pg24264.txt",
    }
    assert gutenberg[0].path == str(tmp_path / "home" / "downloads" / "pg23950.txt")


def test_a_root_named_from_the_users_own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HUABEN_HOME", "~/warehouse")
    path = tmp_path / "r.toml"
    path.write_text(
        'root = "$HUABEN_HOME"\n[[sources]]\nid = "x"\npath = "x.txt"\nkind = "novel"\ntitle = "x"\nlicence = "x"\n',
        encoding="utf-8",
    )
    assert [source.path for source in load_registry(str(path))] == [f"{tmp_path}/warehouse/x.txt"]
