"""A model answers as it writes, stops when told, weighs beams, and refuses a template that its adapter never saw."""

from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
import torch
from peft import LoraConfig, get_peft_model
from tiny_model import CHATML, QWEN3, tiny_model, tiny_tokenizer

from eval.decoding import answer_batch
from eval.studio.choices import Model
from eval.studio.talker import Talker, answer, check_template, decoding, raw_prompt
from train.rows import Turn
from train.template import prompt_ids, render, template_hash
from warehouse.kit import BadInput

ASKED: list[Turn] = [{"role": "user", "content": "曹操举杯，谓众人曰："}]


@pytest.fixture(scope="module")
def talker() -> Talker:
    tokenizer = tiny_tokenizer(CHATML)
    return Talker("tiny", tiny_model(len(tokenizer)).eval(), tokenizer, False)


def last(talker: Talker, bare: bool = False, **values: float) -> str:
    config = decoding(**{"max_new_tokens": 12, **values})  # type: ignore[arg-type]
    return list(answer(talker, ASKED, "roleplay", config, Event(), bare))[-1].text


def test_the_prompt_and_the_answer_are_those_of_evaluation(talker: Talker) -> None:
    assert raw_prompt(talker, ASKED, "roleplay") == render(talker.tokenizer, ASKED, "roleplay")
    ids = prompt_ids(talker.tokenizer, ASKED, "roleplay")
    for values in ({}, {"beams": 3}, {"temperature": 0.9, "top_k": 20, "seed": 5}, {"repetition_penalty": 1.5}):
        config = decoding(max_new_tokens=12, **values)  # type: ignore[arg-type]
        (batched,) = answer_batch(talker.model, talker.tokenizer, [ids], config, config.seed)
        assert last(talker, **values) == batched.text


def test_an_answer_comes_piece_by_piece(talker: Talker) -> None:
    pieces = list(answer(talker, ASKED, "roleplay", decoding(max_new_tokens=60), Event()))
    assert pieces[-1].finished is not None
    assert all(piece.finished is None for piece in pieces[:-1])
    assert all(pieces[-1].text.startswith(piece.text.strip()) for piece in pieces)
    assert len(list(answer(talker, ASKED, "roleplay", decoding(max_new_tokens=12, beams=2), Event()))) == 1


def test_beams_and_sampling_change_what_is_written(talker: Talker) -> None:
    assert last(talker, temperature=1.5, seed=1) == last(talker, temperature=1.5, seed=1)
    assert len({last(talker, temperature=1.5, seed=seed) for seed in range(4)}) > 1
    assert last(talker, beams=4) != last(talker)


def test_it_stops_when_told_and_when_the_reader_leaves(talker: Talker) -> None:
    stop = Event()
    stop.set()
    (piece,) = answer(talker, ASKED, "roleplay", decoding(max_new_tokens=150, beams=2), stop)
    assert piece.finished is False
    left = Event()
    with closing(answer(talker, ASKED, "roleplay", decoding(max_new_tokens=200), left)) as pieces:
        next(pieces)
    assert left.is_set()
    assert not talker.lock.locked()


def test_a_prompt_too_long_loses_its_far_end(talker: Talker) -> None:
    long: list[Turn] = [*ASKED, {"role": "assistant", "content": "是。" * 40}] * 3 + ASKED
    assert list(answer(talker, long, "roleplay", decoding(max_new_tokens=8), Event()))[-1].finished is not None


def test_the_base_answers_beside_its_adapter() -> None:
    tokenizer = tiny_tokenizer(CHATML)
    plain = Talker("base", tiny_model(len(tokenizer)).eval(), tokenizer, False)
    torch.manual_seed(1)
    config = LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM")
    adapted = Talker("adapter", get_peft_model(tiny_model(len(tokenizer)), config).eval(), tokenizer, True)  # type: ignore[arg-type]
    assert last(adapted, bare=True) == last(plain)
    assert last(adapted) != last(plain)


def test_another_template_is_refused(tmp_path: Path) -> None:
    trained = Model("base + mine", "base", str(tmp_path), template_hash(tiny_tokenizer(CHATML)))
    check_template(trained, tiny_tokenizer(CHATML))
    check_template(Model("base", "base"), tiny_tokenizer(QWEN3))
    with pytest.raises(BadInput, match="not the one this adapter was trained with"):
        check_template(trained, tiny_tokenizer(QWEN3))
