"""A cast file read, and whom a name means in a chapter."""

import tomllib
from pathlib import Path

import pytest

from corpora.errors import BadInput
from extractors.cast import Cast, Person, given_names, parse_cast

TOML = """
novel = "三国演义"
[[person]]
name = "曹操"
courtesy = ["孟德"]
nicknames = ["阿瞒"]
gender = "male"
[[person]]
name = "曹操"
titles = ["丞相"]
chapters = [18, 78]
[[person]]
name = "诸葛亮"
courtesy = ["孔明"]
titles = ["丞相"]
chapters = [81, 104]
[[person]]
name = "贾宝玉"
short = ["宝玉"]
[[person]]
name = "甄宝玉"
"""


def test_parse_cast() -> None:
    cast = parse_cast(TOML)
    assert cast.novel == "三国演义"
    assert cast.persons[0] == Person("曹操", courtesy=("孟德",), nicknames=("阿瞒",), gender="male")
    assert cast.persons[1] == Person("曹操", titles=("丞相",), chapters=(18, 78))


def test_a_title_means_its_holder_in_that_chapter() -> None:
    cast = parse_cast(TOML)

    def names(alias: str, chapter: int) -> list[str]:
        return [person.name for person in cast.candidates(alias, chapter)]

    assert names("丞相", 50) == ["曹操"]
    assert names("丞相", 95) == ["诸葛亮"]
    assert names("丞相", 5) == []
    assert names("孔明", 5) == ["诸葛亮"]  # names are not bound to chapters
    assert names("宝玉", 3) == ["贾宝玉"]  # stated before derived
    assert names("操", 1) == ["曹操"]
    assert names("刘备", 1) == []
    assert cast.short_aliases({"曹操"}) == {"操"}


def test_given_names() -> None:
    assert [given_names(n) for n in ("曹操", "诸葛亮", "司马师", "王夫人", "鲁智深", "宋太公", "袭人", "王大夫")] == [
        ("操",),
        ("亮",),
        ("师",),
        (),
        ("智深",),
        (),
        (),
        (),
    ]


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[[person]\n", "not valid TOML"),
        ('novel = "x"\n[[person]]\ncourtesy = ["y"]\n', "person 1: it has no name"),
        ('[[person]]\nname = "甲"\nalias = ["乙"]\n', "unknown key 'alias'"),
        ('[[person]]\nname = "甲"\nshort = [1]\n', "short is [1]"),
        ('[[person]]\nname = "甲"\ngender = "m"\n', "gender is 'm'"),
        ('[[person]]\nname = "甲"\nchapters = [1]\n', "chapters is [1]"),
        ("novel = 1\n", "it must hold novel"),
    ],
)
def test_bad_casts_are_said_in_one_sentence(toml: str, words: str) -> None:
    with pytest.raises(BadInput, match=r"^cast\.toml: ") as error:
        parse_cast(toml, "cast.toml")
    assert words in str(error.value)


@pytest.mark.parametrize(("novel", "least"), [("sanguo", 150), ("shuihu", 150), ("xiyou", 80), ("honglou", 150)])
def test_the_casts_that_ship(novel: str, least: int) -> None:
    text = (Path(__file__).parent.parent / "corpora" / "casts" / f"{novel}.toml").read_text(encoding="utf-8")
    cast = parse_cast(text, novel)
    assert len({person.name for person in cast.persons}) >= least
    assert isinstance(cast, Cast) and cast.novel == tomllib.loads(text)["novel"] != ""
