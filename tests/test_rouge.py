"""eval/rouge.py and eval/words.py: the library's own numbers, and what it refuses to score."""

import os
import random
import subprocess
import sys
from pathlib import Path

import jieba
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_chinese import Rouge

from eval.rouge import RougeScores, rouge
from eval.words import words

SAID = "话说天下大势，分久必合，合久必分。周末七国分争，并入于秦！及秦灭之后，楚、汉分争，又并入于汉……“何也？”玄德曰：“备一身如此。”"
LIBRARY = Rouge()
CUTTER = jieba.Tokenizer()


@pytest.fixture(autouse=True, scope="module")
def cutter(tmp_path_factory: pytest.TempPathFactory) -> None:
    CUTTER.tmp_dir = str(tmp_path_factory.mktemp("jieba"))


def by_library(prediction: str, reference: str) -> tuple[float, float, float]:
    try:
        scores = LIBRARY.get_scores(" ".join(CUTTER.cut(prediction)), " ".join(CUTTER.cut(reference)))[0]
    except ValueError:  # "Hypothesis is empty."
        return (0.0, 0.0, 0.0)
    return (100 * scores["rouge-1"]["f"], 100 * scores["rouge-2"]["f"], 100 * scores["rouge-l"]["f"])


def random_pairs(count: int) -> list[tuple[str, str]]:
    """Pieces of one text, shuffled a little, so that pairs share much, some or nothing."""
    chance = random.Random(20230401)
    pairs = []
    for _ in range(count):
        start, length = chance.randrange(len(SAID) - 1), chance.randrange(1, 60)
        reference = SAID[start : start + length]
        moved = max(0, start + chance.randrange(-10, 10))
        prediction = list(SAID[moved : moved + chance.randrange(0, 60)])
        for _ in range(chance.randrange(0, 6)):
            prediction.insert(chance.randrange(len(prediction) + 1), chance.choice("曹操刘备之也。\n A1"))
        pairs.append(("".join(prediction), reference))
    return pairs


def test_equals_the_library_on_random_pairs() -> None:
    pairs = random_pairs(500)
    assert max(map(sum, (by_library(*pair) for pair in pairs))) > 100  # some pairs do share words
    for prediction, reference in pairs:
        assert rouge(prediction, reference) == pytest.approx(by_library(prediction, reference), abs=1e-9)


@settings(max_examples=150, deadline=None)
@given(
    st.text("曹操刘备，。！？…“”’.\n \u3000\t\x1eAb1-", max_size=25),
    st.text("曹操刘备，。！？…“”’.\n \u3000\t\x1eAb1-", max_size=25),
)
def test_equals_the_library_round_sentence_ends(prediction: str, reference: str) -> None:
    assert rouge(prediction, reference) == pytest.approx(by_library(prediction, reference), abs=1e-9)


def test_by_hand() -> None:
    # 曹操 | 大喜 against 曹操 | 大怒: one word of two either way, no pair, a common subsequence of one.
    assert words("曹操大喜") == ("曹操", "大喜")
    assert words("曹操大怒") == ("曹操", "大怒")
    assert rouge("曹操大喜", "曹操大怒") == pytest.approx((50.0, 0.0, 50.0), abs=1e-5)
    assert rouge("曹操大喜", "曹操大喜") == pytest.approx((100.0, 100.0, 100.0), abs=1e-5)


@pytest.mark.parametrize(("prediction", "reference"), [("", "曹操"), ("曹操", ""), ("", ""), ("  \n", "曹操")])
def test_a_text_without_words_scores_nothing(prediction: str, reference: str) -> None:
    assert rouge(prediction, reference) == RougeScores(0.0, 0.0, 0.0)


def test_cutting_is_silent_and_leaves_no_file(tmp_path: Path) -> None:
    code = "from eval.words import words; print(words('桃园三结义'))"
    environment = {**os.environ, "TMPDIR": str(tmp_path), "HUABEN_HOME": str(tmp_path / "home")}
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_words_that_other_code_teaches_jieba_do_not_change_scores() -> None:
    before = words.__wrapped__("卧龙凤雏得一可安天下")
    jieba.dt.tmp_dir = CUTTER.tmp_dir
    jieba.add_word("卧龙凤雏得一")
    try:
        assert words.__wrapped__("卧龙凤雏得一可安天下") == before
    finally:
        jieba.del_word("卧龙凤雏得一")


@settings(max_examples=400, deadline=None)
@given(st.text("曹操刘备玄德大喜之时不可东西南北京大学生。，A1b.%- \n\r\u3000\x85", max_size=30) | st.text(max_size=30))
def test_words_are_those_of_jieba(text: str) -> None:
    assert words.__wrapped__(text) == tuple(CUTTER.cut(text))


def test_words_of_the_sample_are_those_of_jieba() -> None:
    novel = (Path(__file__).parent.parent / "corpora" / "sample" / "qinghe.txt").read_text(encoding="utf-8")
    assert words.__wrapped__(novel) == tuple(CUTTER.cut(novel))
