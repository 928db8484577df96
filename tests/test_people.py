"""People found from the text itself, by name and by short form."""

from corpora.chapters import split_chapters
from extractors.cast import Person
from extractors.names import learn_names, learn_short_names
from extractors.people import find_cast


def test_find_cast_links_a_name_to_the_fuller_one() -> None:
    text = "贾宝玉、贾宝玉、贾宝玉。" + "宝玉笑道：“坐。”袭人忙道：“是。”丫头道：“来了。”" * 3 + "薛蟠道：“走！”"
    assert find_cast(text, split_chapters(text)).persons == (Person("贾宝玉", short=("宝玉",)), Person("袭人"))


def test_learn_short_names() -> None:
    text = "却说孙翊出，孙翊怒。翊曰：“去！”翊大怒曰：“去！”操曰：“好。”又曰：“去。”"
    assert learn_short_names(text, 0, len(text), {"操"}) == {"翊": "孙翊"}
    assert learn_short_names("无人", 0, 2, ()) == {}


def test_learn_names() -> None:
    counted = {"沈砚秋": 3, "周彦": 2}
    learnt = learn_names(
        ["冯紫英", "樵叟"], ["酒家", "酒家", "善财", "沈砚秋", "周彦"], lambda name: counted.get(name, 0)
    )
    assert learnt == {"冯紫英", "酒家", "沈砚秋"}  # a surname, or twice in the speaker's place, or three times in all
