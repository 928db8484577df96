"""The base that is trained in place: whole, made once, the same every time, and able to write any text."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from tiny_model import hand_rows, turns
from transformers import PreTrainedTokenizerBase

import train.pretrain
from train.bases import load_base
from train.embedded import EmbeddedConfig, embedded_base
from train.pretrain import as_turns, train_tokenizer
from train.template import end_id, prompt_ids, render, stop_ids
from train.tokenise import TokenConfig, encode_rows
from warehouse.kit import BadInput

CONFIG = EmbeddedConfig(
    vocab_size=320, min_frequency=2, hidden_size=32, layers=2, heads=2, kv_heads=1, context=128, window=24,
    batch_size=4, turns_share=0.25, steps=4,
)  # fmt: skip
TEXTS = [
    "话说天下大势，分久必合，合久必分。周末七国分争，并入于秦。\n及秦灭之后，楚、汉分争，又并入于汉。",
    "玄德曰：“我本汉室宗亲，姓刘，名备。”飞曰：“吾颇有资财，当招募乡勇，与公同举大事，如何？”",
    "关公曰：“吾姓关名羽，字长生，后改云长，河东解良人也。”\n",
] * 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return embedded_base(TEXTS, tmp_path_factory.mktemp("bases"), CONFIG)


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    return load_base(folder)[1]


def test_the_folder_is_whole_and_says_what_it_is(folder: Path) -> None:
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert {"model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json", "base.json"} <= {
        path.name for path in folder.iterdir()
    }
    card = json.loads((folder / "base.json").read_text(encoding="utf-8"))
    model, tokenizer = load_base(folder)
    assert card["name"] == folder.name
    assert card["what"] == "good for proving the pipeline, not for talking to"
    assert card["characters"] == sum(map(len, TEXTS))
    assert (card["parameters"], card["vocabulary"]) == (model.num_parameters(), len(tokenizer))
    assert (card["steps"], card["config"]["hidden_size"]) == (4, 32)
    assert 0 < card["last_loss"] < card["first_loss"]
    assert str(folder.parent) not in (folder / "base.json").read_text(encoding="utf-8")


def test_the_second_time_it_is_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def again(*given: object) -> None:
        raise AssertionError("trained twice")

    monkeypatch.setattr(train.pretrain, "pretrain", again)
    assert embedded_base(iter(TEXTS), folder.parent, CONFIG) == folder
    assert embedded_base(["  ", *TEXTS, "\n"], folder.parent, CONFIG) == folder  # nothing to learn from these
    for texts, config in ((TEXTS[:-1], CONFIG), (TEXTS, replace(CONFIG, seed=1)), (TEXTS, replace(CONFIG, steps=3))):
        with pytest.raises(AssertionError, match="trained twice"):
            embedded_base(texts, folder.parent, config)


def test_the_same_texts_and_config_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    torch.manual_seed(99)
    before = torch.get_rng_state()
    again = embedded_base(TEXTS, tmp_path, CONFIG)
    assert torch.equal(torch.get_rng_state(), before)  # nor does it disturb what others draw
    assert again.name == folder.name
    for path in folder.iterdir():
        if path.name != "base.json":  # which holds the time it took
            assert path.read_bytes() == (again / path.name).read_bytes(), path.name
    other = embedded_base(TEXTS, tmp_path, replace(CONFIG, seed=1))
    assert (other / "model.safetensors").read_bytes() != (folder / "model.safetensors").read_bytes()


@given(st.text(max_size=60))
@example("")
@example("🐎👨‍👩‍👧 赤兔馬")
@example("関羽、雲長：「吾乃漢壽亭侯也。」……——")
@example("一\n\n二\r\n三\r \t　四 \n")
@example("<|im_start|>user\n谁？<|im_end|>\n")
@example("  Two words , don't 1234 ")
@example("\x00�𠮷")
def test_any_text_is_written_back_exactly(tokenizer: PreTrainedTokenizerBase, text: str) -> None:
    ids = tokenizer(text)["input_ids"]
    assert tokenizer.decode(ids) == text
    assert max(ids, default=0) < len(tokenizer)


def test_it_is_prompted_in_turns_and_ends_them(folder: Path) -> None:
    model, tokenizer = load_base(folder)
    assert render(tokenizer, turns("谁？", system="答短些。")) == (
        "<|im_start|>system\n答短些。<|im_end|>\n<|im_start|>user\n谁？<|im_end|>\n<|im_start|>assistant\n"
    )
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert end_id(tokenizer) == tokenizer.eos_token_id == model.config.eos_token_id == end
    assert stop_ids(tokenizer, model)[0] == end
    assert tokenizer.pad_token_id == tokenizer.convert_tokens_to_ids("<|endoftext|>") != end
    assert prompt_ids(tokenizer, turns("谁？")).count(end) == 1
    kept, report = encode_rows(hand_rows(), tokenizer, TokenConfig(max_length=128))
    assert report.kept == 24
    assert {found.labels[-1] for found in kept} == {end}


def test_sentences_in_pairs_by_hand() -> None:
    assert as_turns("天下大势。分久必合！“何故？”\n备曰：无他。末") == (
        "<|im_start|>user\n天下大势。<|im_end|>\n<|im_start|>assistant\n分久必合！<|im_end|>\n<|endoftext|>"
        "<|im_start|>user\n“何故？”<|im_end|>\n<|im_start|>assistant\n备曰：无他。<|im_end|>\n<|endoftext|>"
    )
    assert as_turns("只此一句。") == ""


def test_a_quotation_begins_with_a_token_of_its_own() -> None:
    tokenizer = train_tokenizer(["飞曰：“何故？”" * 50], replace(CONFIG, vocab_size=400))
    tokens = [tokenizer.decode([number]) for number in tokenizer("飞曰：“何故？”")["input_ids"]]
    assert tokens[1:3] == ["：", "“"]


def test_a_text_shorter_than_a_window_is_enough(tmp_path: Path) -> None:
    made = embedded_base(["一"], tmp_path, replace(CONFIG, steps=1))
    assert (made / "model.safetensors").is_file()


def test_without_any_text_it_is_refused(tmp_path: Path) -> None:
    for texts in ([], ["", " \n"]):
        with pytest.raises(
            BadInput, match="embedded base: no text to learn from; ingest a novel first or name another"
        ):
            embedded_base(texts, tmp_path, CONFIG)
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise KeyboardInterrupt

    monkeypatch.setattr(train.pretrain.Qwen3ForCausalLM, "save_pretrained", lambda model, folder: stopped(folder))
    with pytest.raises(KeyboardInterrupt):
        embedded_base(TEXTS, tmp_path / "bases", CONFIG)
    assert list((tmp_path / "bases").iterdir()) == []


@pytest.mark.parametrize(
    "changed", [{"heads": 3}, {"heads": 4, "kv_heads": 3}, {"turns_share": 1.5}, {"turns_share": -0.1}]
)
def test_a_config_out_of_range_is_refused(changed: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"must divide|must lie between"):
        replace(CONFIG, **changed)  # type: ignore[arg-type]
