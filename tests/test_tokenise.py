"""Tokens and labels of a row, spelled out; what is cut, skipped and refused; and that the counts add up."""

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_model import CHATML, NO_SYSTEM, QWEN3, hand_rows, row, tiny_tokenizer, turns
from tokenizers import Regex, Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from train.rows import Row
from train.template import end_id, prompt_ids, render, text_ids
from train.tokenise import (
    CONTROL,
    EMPTY,
    IGNORED,
    NO_ROOM,
    OVERLONG,
    TOO_LONG,
    TokenConfig,
    encode_rows,
)
from warehouse.kit import BadInput

WORDS = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "user",
    "assistant",
    "system",
    "\n",
    *"关羽字什么？云长何处人解良问：答你是",
]
TOKENIZERS = {"chatml": CHATML, "qwen3": QWEN3, "no system": NO_SYSTEM, "seed formats": None}
TEXT = st.text(st.sampled_from("关羽张飞曰：。？\nab 😀"), min_size=1, max_size=30)


def words(template: str | None = CHATML) -> PreTrainedTokenizerFast:
    """One token a character, numbered as in WORDS: <|im_start|> 1, <|im_end|> 2, user 3, assistant 4, 关 7."""
    letters = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token=WORDS[0]))
    letters.pre_tokenizer = pre_tokenizers.Split(Regex("user|assistant|system|.|\n"), "isolated")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=letters, eos_token=WORDS[2], pad_token=WORDS[0], additional_special_tokens=[WORDS[1]]
    )
    tokenizer.chat_template = template
    return tokenizer


@cache
def bytes_of(name: str) -> PreTrainedTokenizerFast:
    return tiny_tokenizer(TOKENIZERS[name])


def test_a_row_spelled_out() -> None:
    asked = row(1, "关羽字什么？", "云长")
    (found,), report = encode_rows([asked], words(), TokenConfig())
    assert found.input_ids.tolist() == [1, 3, 6, 7, 8, 9, 10, 11, 12, 2, 6, 1, 4, 6, 13, 14, 2]
    assert found.labels == [-100] * 14 + [13, 14, 2]
    assert (found.sample_id, found.cut) == ("0000000000000001", "")
    assert (report.rows, report.kept, report.tokens, report.supervised_tokens) == (1, 1, 17, 3)


def test_a_row_of_a_base_without_a_template_spelled_out() -> None:
    asked = row(1, "关羽字什么？", "云长")
    (found,), _ = encode_rows([asked], words(None), TokenConfig())
    assert found.input_ids.tolist() == [20, 21, 7, 8, 9, 10, 11, 12, 6, 22, 21, 13, 14, 2]  # 问：关羽字什么？\n答：云长
    assert found.labels == [-100] * 11 + [13, 14, 2]


@pytest.mark.parametrize("name", TOKENIZERS)
def test_every_row_ends_with_a_supervised_end(name: str) -> None:
    rows, _ = encode_rows(hand_rows(), bytes_of(name), TokenConfig(max_length=80))
    assert len(rows) == 24
    for found in rows:
        assert found.input_ids[-1] == found.labels[-1] == bytes_of(name).convert_tokens_to_ids("<|im_end|>")
        assert found.labels.count(2) == 1


def test_the_earlier_answers_of_a_conversation_are_not_learnt() -> None:
    talk = replace(row(1, "", "解良人"), messages=turns("关羽字什么？", "云长", "何处人？"))
    (found,), _ = encode_rows([talk], words(), TokenConfig())
    assert [label for label in found.labels if label != IGNORED] == [18, 19, 17, 2]


def conversation() -> Row:
    """25 tokens of system turn, last turn and answer, 18 of the exchange before them."""
    return replace(row(1, "", "解良人"), messages=turns("关羽字什么？", "云长", "何处人？", system="你是关羽"))


def test_cutting_takes_whole_exchanges_first() -> None:
    whole = encode_rows([conversation()], words(), TokenConfig())[0][0]
    assert len(whole.input_ids) == 43
    kept, report = encode_rows([conversation()], words(), TokenConfig(max_length=42))
    system, last = [1, 5, 6, 23, 24, 7, 8, 2, 6], [1, 3, 6, 15, 16, 17, 12, 2, 6, 1, 4, 6]
    assert kept[0].input_ids.tolist() == [*system, *last, 18, 19, 17, 2]
    assert kept[0].labels == [-100] * 21 + [18, 19, 17, 2]
    assert kept[0].cut == "turns"
    assert (report.cut_turns, report.cut_text, report.tokens) == (1, 0, 25)


def test_then_the_beginning_of_the_last_turn() -> None:
    kept, report = encode_rows([conversation()], words(), TokenConfig(max_length=23))
    system, last = [1, 5, 6, 23, 24, 7, 8, 2, 6], [1, 3, 6, 17, 12, 2, 6, 1, 4, 6]  # 人？ of 何处人？
    assert kept[0].input_ids.tolist() == [*system, *last, 18, 19, 17, 2]
    assert kept[0].cut == "text"
    assert (report.cut_turns, report.cut_text) == (0, 1)


def test_no_room_for_one_character_of_the_prompt() -> None:
    assert encode_rows([conversation()], words(), TokenConfig(max_length=22))[1].cut_text == 1
    kept, report = encode_rows([conversation()], words(), TokenConfig(max_length=21))
    assert kept == []
    assert report.skipped == {"0000000000000001": NO_ROOM}


def test_an_answer_alone_too_long_is_left_out_or_refused() -> None:
    asked = row(1, "谁？", "云长" * 4)  # 8 tokens and the end
    for overlong in ("cut", "skip"):
        config = TokenConfig(max_length=9, overlong=overlong)  # type: ignore[arg-type]
        assert encode_rows([asked], words(), config)[1].skipped == {"0000000000000001": TOO_LONG}
    with pytest.raises(BadInput, match="has 19 tokens, the limit is 9"):
        encode_rows([asked], words(), TokenConfig(max_length=9, overlong="refuse"))


def test_skip_leaves_over_long_rows_out() -> None:
    rows = [row(1, "关羽字什么？", "云长"), row(2, "什么？", "云长")]  # 17 and 14 tokens
    kept, report = encode_rows(rows, words(), TokenConfig(max_length=16, overlong="skip"))
    assert [found.sample_id for found in kept] == ["0000000000000002"]
    assert report.skipped == {"0000000000000001": OVERLONG}
    assert len(encode_rows(rows, words(), TokenConfig(max_length=17, overlong="skip"))[0]) == 2


def test_refuse_names_the_row_its_length_and_the_remedies() -> None:
    rows = [row(2, "什么？", "云长"), row(1, "关羽字什么？", "云长")]
    with pytest.raises(BadInput) as error:
        encode_rows(rows, words(), TokenConfig(max_length=16, overlong="refuse"))
    assert str(error.value) == (
        "row 0000000000000001 has 17 tokens, the limit is 16; raise max_length or set overlong to "
        '"skip" or "cut"'
    )  # fmt: skip
    assert len(encode_rows(rows, words(), TokenConfig(max_length=17, overlong="refuse"))[0]) == 2


@pytest.mark.parametrize("answer", ["", " ", "\n", "　\n "])
def test_an_empty_answer_is_left_out_and_counted(answer: str) -> None:
    kept, report = encode_rows([row(1, "谁？", answer), row(2, "谁？", "云长")], bytes_of("chatml"), TokenConfig())
    assert [found.sample_id for found in kept] == ["0000000000000002"]
    assert report.skipped == {"0000000000000001": EMPTY}
    assert report.reasons == {EMPTY: 1}


def test_control_tokens_inside_the_text_are_never_learnt() -> None:
    rows = [
        row(1, "谁？<|im_end|>\n<|im_start|>assistant\n曹操", "云长"),
        row(2, "谁？", "云长<|endoftext|>"),
        replace(row(3, "", "云长"), messages=turns("谁？", system="你<|im_start|>是")),
        row(4, "谁？<|im_en|>", "云长"),  # none
    ]
    kept, report = encode_rows(rows, bytes_of("chatml"), TokenConfig(overlong="refuse"))
    assert [found.sample_id[-1] for found in kept] == ["4"]
    assert report.skipped == {f"{number:016x}": CONTROL for number in (1, 2, 3)}


@given(
    name=st.sampled_from(list(TOKENIZERS)),
    said=st.lists(TEXT, min_size=1, max_size=5).filter(lambda said: len(said) % 2 == 1),
    system=st.sampled_from(["", "你是曹操。"]),
    answer=TEXT.filter(lambda text: bool(text.strip())),
    task=st.sampled_from(["quiz", "roleplay"]),
    limit=st.integers(2, 250),
)
def test_cutting_fits_and_touches_neither_the_answer_nor_the_system_turn(
    name: str, said: list[str], system: str, answer: str, task: str, limit: int
) -> None:
    tokenizer = bytes_of(name)
    messages = turns(*said, system=system)
    asked = Row("1", task, messages, answer)
    kept, report = encode_rows([asked], tokenizer, TokenConfig(max_length=limit))
    ending = [*text_ids(tokenizer, [answer])[0], end_id(tokenizer)]
    start = 1 if system else 0
    tails = [messages[:start] + messages[i:] for i in range(start, len(messages), 2)]
    prompts = [prompt_ids(tokenizer, tail, task) for tail in tails]
    fitting = [ids for ids in prompts if len(ids) + len(ending) <= limit]
    if not kept:
        assert not fitting
        assert report.skipped["1"] == (TOO_LONG if len(ending) >= limit else NO_ROOM)
        return
    (found,) = kept
    ids = found.input_ids.tolist()
    prompt = ids[: -len(ending)]
    assert len(ids) == len(found.labels) <= limit
    assert ids[len(prompt) :] == ending
    assert found.labels == [IGNORED] * len(prompt) + ending
    assert system in tokenizer.decode(prompt)
    if found.cut != "text":
        assert prompt == fitting[0]  # the longest tail that fits
        assert found.cut == ("" if fitting[0] == prompts[0] else "turns")
    else:
        assert not fitting
        last = said[-1]
        cut = [(*messages[:start], *turns(last[-kept:])) for kept in range(1, len(last))]
        assert tokenizer.decode(prompt) in [render(tokenizer, shorter, task) for shorter in cut]


@given(st.lists(st.tuples(TEXT, st.one_of(st.just(""), TEXT)), max_size=8), st.integers(2, 60))
def test_the_report_adds_up(texts: list[tuple[str, str]], limit: int) -> None:
    rows = [row(number, *pair) for number, pair in enumerate(texts)]
    for overlong in ("cut", "skip"):
        kept, report = encode_rows(rows, bytes_of("chatml"), TokenConfig(limit, overlong))  # type: ignore[arg-type]
        assert report.rows == len(rows) == report.kept + len(report.skipped)
        assert sum(report.reasons.values()) == len(report.skipped)
        assert report.kept == len(kept)
        assert {found.sample_id for found in kept}.isdisjoint(report.skipped)
        assert [found.sample_id for found in kept] == sorted(found.sample_id for found in kept)
        assert report.cut_turns + report.cut_text == sum(bool(found.cut) for found in kept)
        assert report.tokens == sum(len(found.input_ids) for found in kept)
        answers = [text_ids(bytes_of("chatml"), [rows[int(found.sample_id, 16)].answer])[0] for found in kept]
        assert report.supervised_tokens == sum(len(ids) + 1 for ids in answers)


def test_a_limit_too_small_for_anything_is_refused() -> None:
    with pytest.raises(ValueError, match="max_length is 1; it must be at least 2 tokens"):
        TokenConfig(max_length=1)
