"""eval/forgetting.py: general questions of our own, measured as the model would be asked, before and after."""

from pathlib import Path

import pytest
import torch
from tiny_model import tiny_base, tiny_model, tiny_tokenizer

import eval.forgetting
from eval.forgetting import forgetting, probe
from eval.models import load_model
from eval.probed import ProbeAnswer, probe_questions, probe_table, read_probe
from train.adapters import AdapterConfig, attach, save
from train.template import end_id, prompt_ids, text_ids


def test_the_questions_are_whole_and_in_both_languages() -> None:
    questions = probe_questions()
    assert len({one.id for one in questions}) == len(questions) == 52
    assert len({one.prompt for one in questions}) == 52
    assert {one.language: sum(two.language == one.language for two in questions) for one in questions} == {
        "zh": 26, "en": 26,
    }  # fmt: skip
    for one in questions:
        assert len({one.answer, *one.others}) == 4, one.id
        assert all(text.strip() == text and text for text in (one.prompt, one.answer, *one.others)), one.id
        assert one.id.startswith(one.language)


@torch.no_grad()
def test_a_loss_is_that_of_the_answer_after_its_prompt_and_of_nothing_else(tmp_path: Path) -> None:
    model, tokenizer = load_model(tiny_base(tmp_path / "base"))
    questions = probe_questions()[:3]
    found = probe(model, tokenizer, questions)
    for one, told in zip(questions, found, strict=True):
        prompt = prompt_ids(tokenizer, [{"role": "user", "content": one.prompt}], "instruct")
        losses = []
        for text in (one.answer, *one.others):  # each alone: no padding, no batch
            ids = [*prompt, *text_ids(tokenizer, [text])[0], end_id(tokenizer)]
            labels = [-100] * len(prompt) + ids[len(prompt) :]
            mean = float(model(input_ids=torch.tensor([ids]), labels=torch.tensor([labels])).loss)
            losses.append(mean * (len(ids) - len(prompt)) / (len(text) + 1))  # a character, the end as one
        assert told.loss == pytest.approx(losses[0], abs=1e-4)
        assert told.right == (losses[0] == min(losses))


@pytest.mark.parametrize("method", ["lora", "prefix", "ptuning", "full"])
def test_the_base_is_measured_without_the_adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    few = probe_questions()[:2]
    monkeypatch.setattr(eval.forgetting, "probe_questions", lambda: few)
    base, adapter, out = tiny_base(tmp_path / "base"), tmp_path / "adapter", tmp_path / "e" / "probe.json"
    torch.manual_seed(1)
    model = attach(tiny_model(len(tiny_tokenizer())), AdapterConfig(method=method, r=2))  # type: ignore[arg-type]
    with torch.no_grad():
        for weight in model.parameters():
            if weight.requires_grad:
                weight.add_(0.3)
    save(model, tiny_tokenizer(), adapter)
    found = forgetting(str(base), adapter, out)
    assert found["base"] == probe(*load_model(base), few)
    assert found["adapter"] == probe(*load_model(base, adapter), few)
    assert [one.loss for one in found["base"]] != [one.loss for one in found["adapter"]]
    monkeypatch.setattr(eval.forgetting, "load_model", lambda *given: pytest.fail("measured twice"))
    assert forgetting(str(base), adapter, out) == read_probe(out) == found


def test_what_was_forgotten_is_told_by_language() -> None:
    questions = probe_questions()
    before = [ProbeAnswer(one.id, 2.0, True) for one in questions]
    after = [ProbeAnswer(one.id, 3.0 if one.language == "zh" else 2.0, one.language == "en") for one in questions]
    lines = {(line.language, line.measure): line.change for line in probe_table(before, after)}
    assert list(lines) == [(at, of) for at in ("all", "zh", "en") for of in ("loss", "right")]
    assert (lines["zh", "loss"].change, lines["zh", "loss"].verdict) == (1.0, "worse")
    assert (lines["zh", "right"].after, lines["en", "right"].verdict) == (0.0, "same")
    assert (lines["all", "loss"].change, lines["all", "loss"].n) == (0.5, 52)
    assert probe_table([], after) == []
