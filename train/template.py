"""A conversation in, the exact tokens that a base is prompted with out: one way for training, evaluation and studio.

A base with a chat template is prompted through it, with thinking turned off where the template offers that
(Qwen3). A base without one gets the seed formats, the forms in which the first ChatGLM experiments were written:

    roleplay            曹操举杯，谓众人曰：            plain continuation; the user's turn already ends so
    quiz and instruct   问：桃园结义有几人？\n答：
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError

from train.rows import Turn
from warehouse.kit import BadInput, stable_id

if TYPE_CHECKING:  # seconds to import, which whoever reads a config need not wait for
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

SEED_FORMATS = {"roleplay": ("{user}", "{assistant}\n"), "other": ("问：{user}\n答：", "{assistant}\n")}
OPTIONS = {"add_generation_prompt": True, "enable_thinking": False}  # templates ignore options they do not know
PROBE = "甲乙丙"
BATCH = 5_000  # texts at a time: of each, the tokenizer also keeps every token's words and place until it is done


def render(tokenizer: "PreTrainedTokenizerBase", messages: Sequence[Turn], task: str = "") -> str:
    """The prompt as text, up to where the answer begins. `task` matters only to a base without a template.

    Raises BadInput when the base's template refuses the conversation.
    """
    if not tokenizer.chat_template:
        return _seed_format(messages, task)
    try:
        return _templated(tokenizer, messages)
    except TemplateError:  # some templates (Gemma's) refuse a system turn: it goes before the first user turn
        try:
            return _templated(tokenizer, _without_system(messages))
        except TemplateError as error:
            roles = ", ".join(turn["role"] for turn in messages)
            raise BadInput(
                f"{tokenizer.name_or_path}: its chat template refuses the turns {roles} ({error}); mend them or "
                "take another base"
            ) from error


def text_ids(tokenizer: "PreTrainedTokenizerBase", texts: list[str]) -> list[list[int]]:
    """The texts' token ids, with nothing put before or after."""
    found: list[list[int]] = []
    for first in range(0, len(texts), BATCH):
        batch = tokenizer(texts[first : first + BATCH], add_special_tokens=False, verbose=False)
        found += [list(ids) for ids in batch["input_ids"]]
    return found


def prompt_prefix(tokenizer: "PreTrainedTokenizerBase") -> list[int]:
    """The id that this tokenizer puts before a text, which a template writes itself and a seed format does not."""
    bos = tokenizer.bos_token_id
    starts = not tokenizer.chat_template and bos is not None and tokenizer(PROBE)["input_ids"][:1] == [bos]
    return [bos] if starts else []


def prompt_ids(tokenizer: "PreTrainedTokenizerBase", messages: Sequence[Turn], task: str = "") -> list[int]:
    """The token ids that the model is given before it writes. `messages` end with the user's turn."""
    return prompt_prefix(tokenizer) + text_ids(tokenizer, [render(tokenizer, messages, task)])[0]


def end_id(tokenizer: "PreTrainedTokenizerBase") -> int:
    """The id that ends the assistant's turn: what the template writes right after it, else the tokenizer's EOS."""
    if tokenizer.chat_template:
        turns = [{"role": "user", "content": PROBE}, {"role": "assistant", "content": PROBE}]
        text = str(tokenizer.apply_chat_template(turns, tokenize=False, enable_thinking=False))
        after = text_ids(tokenizer, [text.rpartition(PROBE)[2]])[0]
        if after and after[0] in control_tokens(tokenizer).values():
            return after[0]
    if tokenizer.eos_token_id is None:
        raise BadInput(f"{tokenizer.name_or_path}: the tokenizer has no end-of-sequence token; choose another base")
    return int(tokenizer.eos_token_id)


def control_tokens(tokenizer: "PreTrainedTokenizerBase") -> dict[str, int]:
    """The special tokens and their ids, also those that the tokenizer names no role for (Phi-3's <|end|>)."""
    found = {token.content: number for number, token in tokenizer.added_tokens_decoder.items() if token.special}
    return found | dict(zip(tokenizer.all_special_tokens, tokenizer.all_special_ids, strict=True))


def stop_ids(tokenizer: "PreTrainedTokenizerBase", model: "PreTrainedModel | None" = None) -> list[int]:
    """The ids at which generation stops: the turn's end first, then the tokenizer's EOS and the model's own list."""
    found = [end_id(tokenizer)]
    config = getattr(model, "generation_config", None)
    own = config.eos_token_id if config is not None else None
    for candidate in [tokenizer.eos_token_id, *(own if isinstance(own, list) else [own])]:
        if candidate is not None and candidate not in found:
            found.append(int(candidate))
    return found


def template_hash(tokenizer: "PreTrainedTokenizerBase") -> str:
    """16 hex digits that change when the way of prompting does: template or seed formats, options, turn's end."""
    return stable_id(tokenizer.chat_template or SEED_FORMATS, sorted(OPTIONS.items()), end_id(tokenizer))


def _templated(tokenizer: "PreTrainedTokenizerBase", messages: Sequence[Turn]) -> str:
    apply: Any = tokenizer.apply_chat_template  # its annotations know neither our turns nor a template's own options
    return str(apply(list(messages), tokenize=False, **OPTIONS))


def _seed_format(messages: Sequence[Turn], task: str) -> str:
    asked, answered = SEED_FORMATS.get(task, SEED_FORMATS["other"])
    forms = {"system": "{system}\n", "user": asked, "assistant": answered}
    return "".join(forms[turn["role"]].format(**{turn["role"]: turn["content"]}) for turn in messages)


def _without_system(messages: Sequence[Turn]) -> list[Turn]:
    system, rest = messages[0], list(messages[1:])
    if system["role"] != "system" or not rest:
        return list(messages)
    return [{"role": rest[0]["role"], "content": f"{system['content']}\n{rest[0]['content']}"}, *rest[1:]]
