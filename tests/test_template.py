"""One way of prompting for every kind of base: ChatML, Qwen3's, one that knows no system turn, and none at all."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from tiny_model import CHATML, NO_SYSTEM, QWEN3, tiny_base, tiny_model, tiny_tokenizer, turns
from tokenizers import processors
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from train.pretrain import TEMPLATE as EMBEDDED
from train.rows import Turn
from train.template import (
    end_id,
    prompt_ids,
    prompt_prefix,
    render,
    stop_ids,
    template_hash,
    text_ids,
)
from warehouse.kit import BadInput


def with_bos(template: str | None = None) -> PreTrainedTokenizerFast:
    """A tokenizer that puts <|endoftext|> before every text, as Llama's puts <s>."""
    tokenizer = tiny_tokenizer(template)
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<|endoftext|> $A", special_tokens=[("<|endoftext|>", 0)]
    )
    tokenizer.bos_token = "<|endoftext|>"
    return tokenizer


@pytest.mark.parametrize(
    ("task", "messages", "text"),
    [
        ("roleplay", turns("曹操举杯，谓众人曰："), "曹操举杯，谓众人曰："),
        ("roleplay", turns("玄德曰：", "何故？", "飞曰："), "玄德曰：何故？\n飞曰："),
        ("roleplay", turns("操曰：", system="你是曹操。"), "你是曹操。\n操曰："),
        ("quiz", turns("桃园结义有几人？"), "问：桃园结义有几人？\n答："),
        ("quiz", turns("桃园结义有几人？", system="只答数字。"), "只答数字。\n问：桃园结义有几人？\n答："),
        ("instruct", turns("谁？", "云长。", "何处人？"), "问：谁？\n答：云长。\n问：何处人？\n答："),
        ("instruct", turns("{user}与{0}何异？"), "问：{user}与{0}何异？\n答："),
        ("", turns("谁？"), "问：谁？\n答："),
    ],
)
def test_a_base_without_a_template_gets_the_seed_formats(task: str, messages: tuple[Turn, ...], text: str) -> None:
    tokenizer = tiny_tokenizer(None)
    assert render(tokenizer, messages, task) == text
    assert prompt_ids(tokenizer, messages, task) == tokenizer(text, add_special_tokens=False)["input_ids"]


def test_a_template_writes_the_whole_prompt() -> None:
    expected = (
        "<|im_start|>system\n你是曹操。<|im_end|>\n<|im_start|>user\n谁？<|im_end|>\n<|im_start|>assistant\n操。<|im_end|>\n"
        "<|im_start|>user\n何处人？<|im_end|>\n<|im_start|>assistant\n"
    )
    messages = turns("谁？", "操。", "何处人？", system="你是曹操。")
    assert {render(tiny_tokenizer(), messages, task) for task in ("", "quiz", "roleplay")} == {expected}
    ids = prompt_ids(tiny_tokenizer(), messages)
    assert (ids[0], ids.count(1), ids.count(2)) == (1, 5, 4)  # control tokens are one id each


def test_thinking_is_turned_off() -> None:
    expected = "<|im_start|>user\n谁？<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
    assert render(tiny_tokenizer(QWEN3), turns("谁？"), "quiz") == expected


SCENE = (
    "<|im_start|>system\n你是刘备。<|im_end|>\n<|im_start|>user\n张飞曰：“何故叹息？”<|im_end|>\n"
    "<|im_start|>assistant\n备乃汉室宗亲。<|im_end|>\n<|im_start|>user\n关羽曰：“愿从兄长。”<|im_end|>\n"
    "<|im_start|>assistant\n"
)


@pytest.mark.parametrize(
    ("template", "thought"), [(EMBEDDED, ""), (QWEN3, "<think>\n\n</think>\n\n"), ("qwen3", "<think>\n\n</think>\n\n")]
)
def test_a_scene_with_a_role_card_is_written_turn_by_turn(template: str, thought: str) -> None:
    if template == "qwen3":  # Qwen3's own, which takes thoughts out of earlier turns, as trl carries it
        trl = find_spec("trl")
        if trl is None or trl.origin is None:
            pytest.skip("trl, which carries Qwen3's own template, is not installed")
        template = (Path(trl.origin).parent / "chat_templates" / "qwen3.jinja").read_text(encoding="utf-8")
    tokenizer = tiny_tokenizer(template)
    messages = turns("张飞曰：“何故叹息？”", "备乃汉室宗亲。", "关羽曰：“愿从兄长。”", system="你是刘备。")
    assert render(tokenizer, messages, "roleplay") == SCENE + thought
    assert end_id(tokenizer) == 2


def test_a_conversation_that_a_template_refuses_is_one_sentence() -> None:
    refusing = tiny_tokenizer("{{ raise_exception('roles must alternate') }}")
    with pytest.raises(BadInput, match=r"refuses the turns user, assistant, user \(roles must alternate\); mend them"):
        render(refusing, turns("谁？", "操。", "何处人？"), "roleplay")


def test_a_template_that_refuses_a_system_turn_gets_it_before_the_users() -> None:
    tokenizer = tiny_tokenizer(NO_SYSTEM)
    both = "<|im_start|>user\n你是曹操。\n谁？<|im_end|>\n<|im_start|>assistant\n"
    assert render(tokenizer, turns("谁？", system="你是曹操。"), "roleplay") == both
    assert render(tokenizer, turns("谁？"), "roleplay") == both.replace("你是曹操。\n", "")


def test_the_turns_end_is_what_the_template_writes_after_an_answer() -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.eos_token = "<|endoftext|>"  # as Qwen's base models have it, whose template ends turns with <|im_end|>
    assert (tokenizer.eos_token_id, end_id(tokenizer)) == (0, 2)
    assert stop_ids(tokenizer) == [2, 0]
    tokenizer.chat_template = None
    assert end_id(tokenizer) == 0
    tokenizer.chat_template = "{% for message in messages %}{{ message.content }}\n{% endfor %}"  # no end of its own
    assert end_id(tokenizer) == 0


def test_generation_also_stops_at_the_models_own_ids() -> None:
    tokenizer = tiny_tokenizer()
    model = tiny_model(len(tokenizer))
    model.generation_config.eos_token_id = [2, 7, 9]
    assert stop_ids(tokenizer, model) == [2, 7, 9]
    model.generation_config.eos_token_id = 8
    assert stop_ids(tokenizer, model) == [2, 8]
    model.generation_config.eos_token_id = None
    assert stop_ids(tokenizer, model) == [2]


def test_a_tokenizer_without_an_end_is_refused() -> None:
    tokenizer = tiny_tokenizer(None)
    tokenizer.eos_token = None
    with pytest.raises(BadInput, match="no end-of-sequence token; choose another base"):
        end_id(tokenizer)


def test_a_seed_format_starts_with_what_the_tokenizer_puts_before_a_text() -> None:
    plain, starting = tiny_tokenizer(None), with_bos()
    assert (prompt_prefix(plain), prompt_prefix(starting)) == ([], [0])
    assert prompt_prefix(with_bos(CHATML)) == []  # a template writes it itself
    assert prompt_ids(starting, turns("谁？"), "quiz") == starting("问：谁？\n答：")["input_ids"]
    assert text_ids(starting, ["谁？", ""]) == [plain("谁？")["input_ids"], []]
    assert text_ids(starting, []) == []


def test_the_hash_changes_with_the_way_of_prompting(tmp_path: Path) -> None:
    other_end = tiny_tokenizer(None)
    other_end.eos_token = "<|endoftext|>"
    tokenizers = [*map(tiny_tokenizer, (CHATML, QWEN3, NO_SYSTEM, None)), other_end]
    hashes = [template_hash(tokenizer) for tokenizer in tokenizers]
    assert len(set(hashes)) == 5
    again = AutoTokenizer.from_pretrained(tiny_base(tmp_path / "base"))
    assert template_hash(again) == hashes[0]
