"""eval/repetition.py: a model that goes round in circles is seen, and a song with a refrain is not taken for one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.repetition import longest_loop, repeated_4grams

# What models wrote, or write: over and over to the limit, in rounds of one line, in rounds of a whole passage, in lists.
PARROTS = {
    "a syllable": "你" * 60,
    "a clause": "你倒说，你不是你，" + "你还说，" * 20 + "你还",
    "a sentence": "玄德曰：吾三人结为兄弟，协力同心，然后可图大事。" * 8,
    "a passage, cut off": (
        "桃园之中，备下乌牛白马祭礼，三人焚香再拜而说誓曰：念刘备、关羽、张飞，虽然异姓，既结为兄弟，" * 3
    )[:110],
    "lines": "刘备说：“好。”\n关羽说：“好。”\n" * 12,
}
# Songs of the Book of Songs and a ballad, each with its refrain.
REFRAINS = {
    "式微": "式微，式微，胡不归？微君之故，胡为乎中露？式微，式微，胡不归？微君之躬，胡为乎泥中？",
    "蒹葭": "蒹葭苍苍，白露为霜。所谓伊人，在水一方。溯洄从之，道阻且长。溯游从之，宛在水中央。"
    "蒹葭萋萋，白露未晞。所谓伊人，在水之湄。溯洄从之，道阻且跻。溯游从之，宛在水中坻。"
    "蒹葭采采，白露未已。所谓伊人，在水之涘。溯洄从之，道阻且右。溯游从之，宛在水中沚。",
    "好了歌": "世人都晓神仙好，惟有功名忘不了！古今将相在何方？荒冢一堆草没了。世人都晓神仙好，只有金银忘不了！终朝只恨聚无多，及到多时眼闭了。"
    "世人都晓神仙好，只有娇妻忘不了！君生日日说恩情，君死又随人去了。世人都晓神仙好，只有儿孙忘不了！痴心父母古来多，孝顺儿孙谁见了？",
}  # fmt: skip
PLAIN = "吾有此志久矣，诸君所言，正合吾意。"


@pytest.mark.parametrize("text", PARROTS.values(), ids=PARROTS.keys())
def test_a_parrot_is_seen(text: str) -> None:
    share = repeated_4grams(text)
    assert share is not None
    assert share > 0.55
    assert longest_loop(text) > 0.85 * len("".join(text.split()))


@pytest.mark.parametrize("text", REFRAINS.values(), ids=REFRAINS.keys())
def test_a_refrain_is_no_parrot(text: str) -> None:
    share = repeated_4grams(text)
    assert share is not None
    assert 0.05 < share < 0.4
    assert longest_loop(text) <= 10


def test_the_two_never_reach_the_same_score() -> None:
    assert min(map(longest_loop, PARROTS.values())) > 4 * max(map(longest_loop, REFRAINS.values()))
    shares = [[repeated_4grams(text) or 0.0 for text in texts.values()] for texts in (PARROTS, REFRAINS)]
    assert min(shares[0]) > 1.5 * max(shares[1])


def test_by_hand() -> None:
    assert repeated_4grams(PLAIN) == 0.0
    assert longest_loop(PLAIN) == 0
    assert repeated_4grams("你还说") is None
    assert repeated_4grams(" 你\n还 说 ") is None
    assert repeated_4grams("好好好好好好") == pytest.approx(2 / 3)  # three 4-grams, one of them new
    assert repeated_4grams("甲乙丙丁甲乙丙丁") == pytest.approx(1 / 5)  # five 4-grams, the last as the first
    for text, characters in {
        "": 0, "你": 0, "你你": 2, "好好好": 3, "甲乙甲乙": 4, "甲乙甲乙甲": 5, "甲乙丙甲乙": 0, "行行重行行": 2,
        "你还说，你还说，你还": 10, "咄！哈哈哈！可笑，可笑，": 6, "一 二\n一 二": 4,
    }.items():  # fmt: skip
        assert longest_loop(text) == characters, text


def slow_loop(text: str) -> int:
    """The definition, tried on every stretch and every period."""
    return max(
        (
            end - start
            for start in range(len(text))
            for end in range(start + 2, len(text) + 1)
            for period in range(1, (end - start) // 2 + 1)
            if all(text[place] == text[place + period] for place in range(start, end - period))
        ),
        default=0,
    )


@settings(deadline=None)
@given(
    st.text("甲乙丙", max_size=14)
    | st.builds(
        lambda piece: "一二三四五六七八" + piece * 2 + "子丑寅卯辰巳", st.text("甲乙丙丁戊", min_size=4, max_size=6)
    )
    | st.text("甲乙", min_size=1, max_size=4).map(lambda piece: piece * 4)
)
def test_the_loop_is_as_defined(text: str) -> None:
    assert longest_loop(text) == slow_loop(text)


@given(st.text(max_size=60))
def test_bounds(text: str) -> None:
    share = repeated_4grams(text)
    assert share is None or 0 <= share < 1
    assert longest_loop(text) == 0 or 2 <= longest_loop(text) <= len(text)


def test_a_loop_is_found_between_other_words() -> None:
    assert longest_loop("却说" + PARROTS["a sentence"] + PLAIN) == len(PARROTS["a sentence"])
