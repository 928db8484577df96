"""A novel finds its cast by its title or by the people it names, and no other novel's."""

import tomllib

import pytest

from corpora.casts import cast_of
from corpora.document import Document

PEOPLE = "刘备与关羽、张飞入帐，诸葛亮请曹操、孙权、周瑜、鲁肃、赵云、黄忠、吕布、董卓、袁绍、司马懿、马超共饮。"


def novel(text: str, title: str = "无题", of: str = "") -> Document:
    return Document("d", "s", "novel", title, text, "x.txt", "utf-8", "0", novel=of)


def title_of(document: Document) -> str:
    toml = cast_of(document)
    return str(tomllib.loads(toml)["novel"]) if toml else ""


def test_by_title() -> None:
    assert title_of(novel("", title="三国演义")) == "三国演义"
    assert title_of(novel("", title="我的文件", of="三国演义")) == "三国演义"


@pytest.mark.parametrize("text", ["", "从前有座山，山里有座庙。", "说曹操，曹操到。孙行者道：“师父！”"])
def test_no_cast_for_a_story_nobody_knows(text: str) -> None:
    assert cast_of(novel(text)) == ""


def test_a_novel_that_is_known_gets_no_other_novels_cast() -> None:
    assert cast_of(novel(PEOPLE * 3, of="儒林外史")) == ""


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["sanguo", "honglou"])
def test_the_real_novels_find_their_own(corpora_dir, name: str) -> None:
    titles = {"sanguo": "三国演义", "honglou": "红楼梦"}
    path = corpora_dir / "novels" / f"{name}.txt"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    text = path.read_bytes().decode("utf-8", "ignore")
    by_title = title_of(novel("", title=titles[name]))
    assert by_title in ("", titles[name])  # empty as long as the novel has no cast
    assert title_of(novel(text)) == by_title
