"""A record in, the words of its training example out: what the model reads and what it is to write.

Each quiz prompt names the kind of answer that is wanted, since short fill-in answers otherwise teach a model to
cut every answer short.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]

# The reporting clause that closes a lead-in, for utterances whose mention was inferred.
_CLOSING_CUE = re.compile(r"[^，。；！？、\s]{0,12}[曰道说云问]\s*[：:，,]?\s*$")

_ASKED = {
    "single_choice": "单项选择题，选出唯一正确的一项，写出字母和内容。",
    "multiple_choice": "多项选择题，选出全部正确的选项，写出字母和内容。",
    "true_false": "判断题，只回答“正确”或“错误”。",
    "fill_blank": "填空题，依次写出每个空的内容，用“；”隔开。",
    "short_answer": "简答题，用完整的句子回答。",
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads, what it is to write, what it is scored against, and the words that make it itself."""

    messages: tuple[dict[str, str], ...]
    answer: str
    reference: str
    core: str


def roleplay_prompt(row: Row, previous: Row | None) -> Prompt:
    """The seeds' form: `{context}{name}曰：` and then the words, names in the prompt canonical.

    `previous` is put before the context as `{name}曰：“…”`.

        context 操执酒问玄德曰： mention 操 → 曹操曰：
    """
    lead = _narration_before(row)
    before = f"{previous['speaker']}曰：“{previous['text']}”\n" if previous and previous["speaker"] else ""
    asked = f"{before}{lead}{row['speaker']}曰："
    core = f"{row['speaker']}\n{lead}\n{row['text']}"  # 是谁？ of two people is two examples
    return Prompt(({"role": "user", "content": asked},), row["text"], row["text"], core)


def quiz_prompt(row: Row) -> Prompt:
    """The question with its options, one a line, under a sentence that says what kind of answer is wanted."""
    kind, answer = row["type"], row["answer"]
    options: dict[str, str] = row["options"] or {}
    listed = [f"{letter}. {text}" for letter, text in options.items()]
    novel = f"（{row['novel']}）" if row["novel"] and row["novel"] not in row["stem"] else ""
    asked = "\n".join([f"{_ASKED[kind]}{novel}", row["stem"], *listed])
    written = reference = words = str(answer)
    if kind in ("single_choice", "multiple_choice"):
        reference = "".join(sorted(str(answer)))
        chosen = {letter: options.get(letter, "") for letter in reference}
        written = "；".join(f"{letter}. {text}".rstrip() for letter, text in chosen.items())
        words = "\n".join(sorted(chosen.values()))
    elif kind == "true_false":
        written = words = "正确" if answer == "true" else "错误"
    elif isinstance(answer, list):
        written = reference = words = "；".join(answer)
    # Letters and the order of options are wording; which text is right is not: two banks that disagree stay two.
    core = "\n".join([row["stem"], *sorted(options.values()), words])
    return Prompt(({"role": "user", "content": asked},), written, reference, core)


def instruct_prompt(row: Row) -> Prompt:
    """All turns but the last as they stand; the last is the answer."""
    turns = [{"role": turn["role"], "content": turn["content"]} for turn in row["messages"]]
    answer = turns[-1]["content"]
    return Prompt(tuple(turns[:-1]), answer, answer, "\n".join(turn["content"] for turn in turns))


def _narration_before(row: Row) -> str:
    """The lead-in up to the clause that names the speaker."""
    context: str = row["context"]
    start = row["mention_start"]
    if start is not None and start < row["char_start"] and row["speaker_mention"] in context:
        return context[: context.rindex(row["speaker_mention"])].lstrip()
    return _CLOSING_CUE.sub("", context).strip()
