"""A quiz item in, the words of its training example out.

Each prompt names the kind of answer that is wanted, since short fill-in answers otherwise teach a model to cut every
answer short.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from corpora.files import stable_id
from warehouse.rows.options import shuffled
from warehouse.rows.prompt import Prompt, Row, user

_ASKED = {
    "single_choice": "单项选择题，选出唯一正确的一项，写出字母和内容。",
    "multiple_choice": "多项选择题，选出全部正确的选项，写出字母和内容。",
    "true_false": "判断题，只回答“正确”或“错误”。",
    "fill_blank": "填空题，依次写出每个空的内容，用“；”隔开。",
    "short_answer": "简答题，用完整的句子回答。",
}
_CORRECTED = "判断题，先回答“正确”或“错误”；错误的，再写出正确的说法。"
_BRIEF = "简答题，直接写出答案，不必成句。"
_BRIEF_TO = (
    15  # characters; half the short answers found in banks are names of two or three, of which none is a sentence
)
_CLAUSES = re.compile(r"[，。；：！？,;:!?]")

_LABEL = re.compile(r"^【?(?:答案)?(?:解析|更正|改正|说明)(?:】[：:]?|[：:])\s*")
_PLACE = re.compile(
    r"^[（(]?(?:见|出自|参见)?第[零〇一二三四五六七八九十百\d、，\-—~～至到和]+[回章](?:[里中末]|写明)?[）)]?[：:，,。]?"
)
_VOTES = "票数"  # how often players of a quiz game picked each option; says nothing of why
_LONGEST = 120  # characters of a corrected statement; beyond it an explanation is an essay


@dataclass(frozen=True)
class QuizConfig:
    """How quiz items are asked."""

    shuffle: bool = True  # options, where none speaks of another
    corrections: bool = True  # false statements are answered with the correct one, where the source gives it
    seed: int = 20251121


def quiz_prompt(row: Row, config: QuizConfig, corrected: float = 0.0) -> Prompt:
    """The question with its options, one a line, under a sentence that says what kind of answer is wanted.

    The passage that a question shares with others (`material`, where the row has it) stands before it. `corrected`
    is the share of the source's false statements that come with the correct one: as many of its true statements are
    asked in the same words, so that the wording never gives the answer away.
    """
    kind, answer, stem = row["type"], row["answer"], row["stem"]
    options: dict[str, str] = row["options"] or {}
    if config.shuffle and isinstance(answer, str) and kind in ("single_choice", "multiple_choice"):
        options, answer = shuffled(stem, options, answer, config.seed)
    written = reference = words = str(answer)
    asked = _ASKED[kind]
    if kind in ("single_choice", "multiple_choice"):
        reference = "".join(sorted(str(answer)))
        chosen = {letter: options.get(letter, "") for letter in reference}
        written = "；".join(f"{letter}. {text}".rstrip() for letter, text in chosen.items())
        words = "\n".join(sorted(chosen.values()))
    elif kind == "true_false":
        written = words = "正确" if answer == "true" else "错误"
        correction = correct_statement(row) if config.corrections and answer != "true" else ""
        if correction or (config.corrections and answer == "true" and _drawn(stem, config.seed) < corrected):
            asked, written = _CORRECTED, f"{written}。{correction}"
    elif isinstance(answer, list):
        written = reference = words = "；".join(answer)
    elif kind == "short_answer" and len(written) <= _BRIEF_TO and not _CLAUSES.search(written[:-1]):
        asked = _BRIEF
    material = (row.get("material") or "").strip()
    novel = f"（{row['novel']}）" if row["novel"] and row["novel"] not in stem else ""
    listed = [f"{letter}. {text}" for letter, text in options.items()]
    lines = [f"{asked}{novel}", *([f"材料：{material}"] if material else []), stem, *listed]
    # Letters and the order of options are wording; which text is right is not: two banks that disagree stay two.
    core = "\n".join([*([material] if material else []), stem, *sorted(options.values()), words])
    return Prompt((user("\n".join(lines)),), written, reference, core)


def correct_statement(row: Row) -> str:
    """What the source says is true in the place of a false statement, as a sentence; empty where it says nothing.

    An explanation that names only the chapter is none.

        explanation 应为“白衣秀士”王伦 → 应为“白衣秀士”王伦。
        explanation 第九回：没有等着他。 → 没有等着他。
        explanation 第三回。 → nothing
    """
    told = _LABEL.sub("", (row.get("explanation") or "").strip())
    if told[:1] + told[-1:] in ("（）", "()"):
        told = told[1:-1]
    if row["answer"] != "false" or _VOTES in told or len(told) > _LONGEST or "\n" in told:
        return ""
    told = _PLACE.sub("", told)
    if len(_CLAUSES.sub("", told)) < 3:
        return ""
    return told if told.endswith(("。", "！", "？", "”", "…")) else f"{told}。"


def corrected_shares(rows: Iterable[Row]) -> dict[str, float]:
    """For each document, the share of its false statements whose correct statement is given."""
    false: Counter[str] = Counter()
    given: Counter[str] = Counter()
    for row in rows:
        if row["type"] == "true_false" and row["answer"] == "false":
            false[row["document_id"]] += 1
            given[row["document_id"]] += bool(correct_statement(row))
    return {document: given[document] / count for document, count in false.items()}


def _drawn(stem: str, seed: int) -> float:
    """A number from 0 up to 1 that depends on the question's words alone."""
    return int(stable_id(seed, "corrected", stem), 16) / 16**16
