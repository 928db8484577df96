"""TOML becomes dataclasses, and whatever is wrong with it is said in one sentence."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from corpora.errors import BadInput
from corpora.settings import read_toml, settings


@dataclass(frozen=True)
class Near:
    threshold: float = 0.7

    def __post_init__(self) -> None:
        if self.threshold > 1:
            raise ValueError(f"threshold is {self.threshold}; it must be at most 1")


@dataclass(frozen=True)
class Config:
    name: str
    rows: int = 1
    quick: bool = False
    novels: tuple[str, ...] = ()
    nears: tuple[Near, ...] = ()
    shares: dict[str, float] = field(default_factory=dict)
    kind: Literal["novel", "quiz"] = "novel"
    near: Near = field(default_factory=Near)
    base: Path | None = None


def test_every_kind_of_value_is_taken() -> None:
    table = {
        "name": "四大名著", "rows": 3, "quick": True, "novels": ["三国演义"], "nears": [{"threshold": 1}],
        "shares": {"test": 1}, "kind": "quiz", "near": {"threshold": 0.5}, "base": "a/b",
    }  # fmt: skip
    assert settings(Config, table, "x.toml") == Config(
        "四大名著", 3, True, ("三国演义",), (Near(1.0),), {"test": 1.0}, "quiz", Near(0.5), Path("a/b")
    )
    assert settings(Config, {"name": "a"}, "x.toml") == Config("a")


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"name": "a", "row": 1}, "x.toml: unknown key 'row'; did you mean 'rows'?"),
        ({"name": "a", "zzzz": 1}, "x.toml: unknown key 'zzzz'; known keys: name, rows, quick, novels, nears, shares, "
                                   "kind, near, base"),
        ({}, "x.toml: key 'name' is missing; add it"),
        ({"name": 1}, "x.toml: name is 1; it must be of type str"),
        ({"name": "a", "rows": 1.5}, "x.toml: rows is 1.5; it must be of type int"),
        ({"name": "a", "rows": True}, "x.toml: rows is True; it must be of type int"),
        ({"name": "a", "quick": 1}, "x.toml: quick is 1; it must be of type bool"),
        ({"name": "a", "novels": "三国"}, "x.toml: novels is '三国'; it must be of type tuple"),
        ({"name": "a", "novels": ["a", 2]}, "x.toml: novels[1] is 2; it must be of type str"),
        ({"name": "a", "shares": {"test": "x"}}, "x.toml: shares.test is 'x'; it must be of type float"),
        ({"name": "a", "nears": {"threshold": 1}}, "x.toml: nears is one table, and must be a list of them; write [[nears]] "
                                                   "with two brackets"),
        ({"name": "a", "near": 5}, "x.toml: near is 5; it must be a table, with keys of its own"),
        ({"name": "a", "nears": [5]}, "x.toml: nears[0] is 5; it must be a table, with keys of its own"),
        ({"name": "a", "kind": "poem"}, "x.toml: kind is 'poem'; choose one of novel, quiz"),
        ({"name": "a", "near": {"threshold": 2}}, "x.toml: near: threshold is 2.0; it must be at most 1"),
        ({"name": "a", "near": {"treshold": 2}}, "x.toml: near: unknown key 'treshold'; did you mean 'threshold'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(table: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        settings(Config, table, "x.toml")
    assert str(caught.value) == sentence


def test_a_table_that_is_none_is_said() -> None:
    nothing: Any = 5  # of read_toml(path)["keep"]
    with pytest.raises(BadInput, match=r"^x.toml: \[near\] is 5; it must be a table, with keys of its own$"):
        settings(Near, nothing, "x.toml: [near]")


def test_read_toml(tmp_path: Path) -> None:
    good = tmp_path / "good.toml"
    good.write_bytes(b"\xef\xbb\xbf" + 'novel = "红楼梦"'.encode())
    assert read_toml(good) == {"novel": "红楼梦"}
    (tmp_path / "gbk.toml").write_bytes('novel = "红楼梦"'.encode("gbk"))
    (tmp_path / "broken.toml").write_text("novel = \n")
    for name, words in [
        ("none.toml", "no such file"),
        ("", "is a folder"),
        ("gbk.toml", "byte 9 is not UTF-8"),
        ("broken.toml", "not valid TOML"),
    ]:
        with pytest.raises(BadInput) as caught:
            read_toml(tmp_path / name)
        assert words in str(caught.value) and str(tmp_path) in str(caught.value)
