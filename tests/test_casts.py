"""A novel finds its cast by its title or by the people it names, and no other novel's."""

import tomllib

import pytest

from corpora.casts import cast_of
from corpora.document import Document
from extractors.cast import parse_cast

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


@pytest.mark.parametrize(
    ("title", "alias", "chapter", "who"),
    [
        ("西游记", "菩萨", 39, "文殊菩萨"),
        ("西游记", "菩萨", 42, "观音菩萨"),
        ("西游记", "老母", 13, "刘伯钦之母"),
        ("西游记", "老母", 84, "观音菩萨"),
        ("西游记", "天王", 51, "李天王"),
        ("西游记", "天王", 87, "护国天王"),
        ("西游记", "国王", 46, "车迟国国王"),
        ("西游记", "国王", 69, "朱紫国国王"),
        ("西游记", "樵子", 32, "日值功曹"),
        ("西游记", "三个妖王", 92, "辟寒大王、辟暑大王、辟尘大王"),
        ("水浒传", "和尚", 6, "崔道成"),
        ("水浒传", "和尚", 17, "鲁智深"),
        ("水浒传", "大王", 5, "周通"),
        ("水浒传", "大王", 84, "耶律得重"),
        ("水浒传", "小二", 46, "店小二"),
        ("水浒传", "节级", 38, "戴宗"),
        ("水浒传", "节级", 62, "蔡福"),
        ("三国演义", "太后", 3, "何太后"),
        ("三国演义", "太后", 109, "郭太后"),
        ("三国演义", "县令", 4, "陈宫"),
        ("红楼梦", "他嫂子", 46, "鸳鸯嫂子"),
        ("红楼梦", "他嫂子", 77, "晴雯嫂子"),
    ],
)
def test_a_title_means_whoever_bears_it_in_the_chapter(title: str, alias: str, chapter: int, who: str) -> None:
    cast = parse_cast(cast_of(novel("", title=title)))
    assert [person.name for person in cast.candidates(alias, chapter)] == [who]


@pytest.mark.parametrize(
    ("title", "alias", "chapter"),
    [
        ("西游记", "国王", 20),
        ("西游记", "老者", 59),
        ("水浒传", "虞候", 81),
        ("水浒传", "都管", 7),
        ("三国演义", "县令", 5),
    ],
)
def test_a_title_means_nobody_where_its_bearer_is_not_told(title: str, alias: str, chapter: int) -> None:
    assert parse_cast(cast_of(novel("", title=title))).candidates(alias, chapter) == ()


@pytest.mark.parametrize("title", ["三国演义", "水浒传", "西游记", "红楼梦"])
def test_spans_lie_within_the_novel(title: str) -> None:
    for person in parse_cast(cast_of(novel("", title=title))).persons:
        if person.chapters is not None:
            first, last = person.chapters
            assert 1 <= first <= last <= (100 if title == "西游记" else 120), person
