"""A talk in the terminal: turn by turn, with what was said before, and Ctrl-C ends one answer only."""

from collections.abc import Callable, Iterator

import pytest
from endpoint_elsewhere import breaks, drops, elsewhere, says
from tiny_model import CHATML, tiny_model, tiny_tokenizer

from eval.studio.elsewhere import Elsewhere
from eval.studio.scene import as_character
from eval.studio.talker import Talker, decoding
from eval.terminal import TalkConfig, talk
from warehouse.endpoints.client import Unanswered
from warehouse.endpoints.config import of_url

CONFIG = TalkConfig("曹操", "你是曹操。", "刘备", draw=decoding(max_new_tokens=6), seed=3)


@pytest.fixture(scope="module")
def talker() -> Talker:
    tokenizer = tiny_tokenizer(CHATML)
    return Talker("tiny", tiny_model(len(tokenizer), 512).eval(), tokenizer, False)


def typed(*lines: str | type[BaseException]) -> Callable[[], str]:
    """What a person types; a kind of exception stands for the key that raises it. Ctrl-D at the end."""
    told: Iterator[str | type[BaseException]] = iter([*lines, EOFError])

    def ask() -> str:
        line = next(told)
        if isinstance(line, str):
            return line
        raise line

    return ask


def never() -> None:
    raise AssertionError("nobody pressed Ctrl-C")


def test_a_talk_remembers_what_was_said(talker: Talker) -> None:
    written: list[str] = []
    said = talk(talker, CONFIG, typed("备乃中山靖王之后。", "  ", "使君何往？"), written.append, never)
    assert [(turn.speaker, turn.by_model) for turn in said] == [("刘备", False), ("曹操", True)] * 2
    assert said[3].prompt == as_character("曹操", "你是曹操。", said[:3], 5)
    assert "".join(written) == f"{said[1].text}\n{said[3].text}\n"
    again = talk(talker, CONFIG, typed("备乃中山靖王之后。", "使君何往？"), lambda text: None, never)
    assert again == said


def test_without_a_character_it_answers_plainly(talker: Talker) -> None:
    said = talk(
        talker, TalkConfig(draw=decoding(max_new_tokens=4)), typed("桃园结义有几人？"), lambda text: None, never
    )
    assert said[1].prompt == [{"role": "user", "content": "桃园结义有几人？"}]


def test_ctrl_c_ends_an_answer_or_clears_a_line_and_no_more(talker: Talker) -> None:
    written: list[str] = []
    stopped: list[int] = []

    def write(text: str) -> None:
        written.append(text)
        if text.strip() and not stopped:
            raise KeyboardInterrupt

    config = TalkConfig("曹操", draw=decoding(max_new_tokens=200))
    said = talk(talker, config, typed("来者何人？", KeyboardInterrupt, "快说！"), write, lambda: stopped.append(1))
    assert len(stopped) == 2
    assert not talker.lock.locked()
    assert said[1].text and said[1].text == written[0]  # what was seen of it counts as said
    assert len(said) == 4 and said[3].text


def test_a_model_elsewhere_is_talked_to_alike() -> None:
    written: list[str] = []
    with elsewhere(says("正是", "在下。")) as server:
        far = Elsewhere(of_url(server.url), "big")
        said = talk(far, CONFIG, typed("来者何人？", "往何处去？"), written.append, never)
    assert "".join(written) == "正是在下。\n正是在下。\n"
    assert server.asked[1]["messages"] == as_character("曹操", "你是曹操。", said[:3], 5)
    assert [asked["seed"] for asked in server.asked] == [4, 6]


def test_an_endpoint_that_fails_ends_an_answer_and_no_more_where_somebody_listens() -> None:
    failed: list[Unanswered] = []
    with elsewhere(drops) as server:
        far = Elsewhere(of_url(server.url), "big")
        said = talk(far, CONFIG, typed("来者何人？", "再说！"), lambda text: None, never, failed.append)
    assert [turn.text for turn in said] == ["来者何人？", "未知", "再说！", "未知"]
    assert len(failed) == 2
    with elsewhere(breaks) as server, pytest.raises(Unanswered, match="answers 500"):
        talk(Elsewhere(of_url(server.url), "big"), CONFIG, typed("来者何人？"), lambda text: None, never)
