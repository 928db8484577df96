"""What the novel has near a question's words in, whether that supports the answer out. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from warehouse.evidence.statements import Statement
from warehouse.evidence.weigh import Weighed

Support = Literal["contradicted", "unsupported", "unknown", "supported"]  # the worst first
MinSupport = Literal["", "unsupported", "unknown", "supported"]


@dataclass(frozen=True)
class EvidenceConfig:
    """How sure the evidence must be; strengths in nats (`Weighed.strength`), set on the banks of short answers."""

    words: float = 3.5  # mean strength of the words of an answer; 8 of 100 swapped answers reach it
    each: float = 0.0  # strength that each of several blanks needs
    text: float = 1.0  # lift of an answer of some sentences
    margin: float = 0.0  # by which the options chosen must be above the others
    contradicted: float = 1.5  # by which another option must be above them
    statement: float = 0.5  # log odds by which a statement must be borne out, or ruled out
    passages: int = 3  # kept for a question


@dataclass(frozen=True)
class Finding:
    """The verdict with its reason in words."""

    support: Support
    reason: str


def too_weak(support: str, least: MinSupport) -> str:
    """Why a question with that support is left out where `least` is asked for; empty when it is not.

    What no novel could tell (unknown) is better than what a novel does not bear out (unsupported).
    """
    order: tuple[str, ...] = get_args(Support)
    if not least or order.index(support) >= order.index(least):
        return ""
    return f"its answer is {support} by the novel, and {least} is asked for"


def judge_options(
    strengths: Mapping[str, float],
    texts: Mapping[str, str],
    chosen: Sequence[str],
    negated: bool,
    config: EvidenceConfig,
) -> Finding:
    """The verdict on a choice: how strong the evidence for each option is, by letter, and the letters chosen, not all.

    The chosen must all be above the others, or below them where the question asks for what is not so.
    """
    sign = -1.0 if negated else 1.0
    weakest = min(chosen, key=lambda letter: sign * strengths[letter])
    others = [letter for letter in strengths if letter not in chosen]
    told = "、".join(f"{texts[letter]} {strengths[letter]:+.1f}" for letter in strengths)
    rival = max(others, key=lambda letter: sign * strengths[letter])
    gap = sign * (strengths[weakest] - strengths[rival])
    if gap > config.margin:
        return Finding("supported", f"{'farthest from' if negated else 'nearest to'} the question's words: {told}")
    if gap <= -config.contradicted and len(chosen) == 1:
        return Finding("contradicted", f"{texts[rival]} is {'farther' if negated else 'nearer'}: {told}")
    return Finding("unsupported", f"the novel does not set them apart: {told}")


def judge_words(weighed: Sequence[Weighed], config: EvidenceConfig) -> Finding:
    """The verdict on the words of an answer, one for each blank, or on options that are all chosen."""
    told = "、".join(f"{w.text} {w.strength:+.1f}" for w in weighed)
    for w in weighed:
        if w.position < 0:
            return Finding("unsupported", f"{w.text} does not stand in the novel")
    mean = sum(w.strength for w in weighed) / len(weighed)
    if mean >= config.words and min(w.strength for w in weighed) >= config.each:
        return Finding("supported", f"near the question's words: {told}")
    return Finding("unsupported", f"not nearer to the question's words than chance would have it: {told}")


def judge_text(weighed: Weighed, config: EvidenceConfig) -> Finding:
    """The verdict on an answer of some sentences: whether the novel tells of it where it tells of the question. That
    each detail is so is more than this can say."""
    told = f"lift {weighed.lift:+.1f}, {weighed.coverage:.0%} of its words"
    if weighed.lift >= config.text:
        return Finding("supported", f"the novel tells of it where it tells of the question: {told}")
    return Finding("unsupported", f"the novel tells of it elsewhere than of the question: {told}")


def judge_statement(statement: Statement, answer: str, negated: bool, config: EvidenceConfig) -> Finding:
    """The verdict on `answer` (true or false) to a statement; `negated` when the statement denies something."""
    if negated:
        return Finding("unknown", "a denial: what a novel does not say is not found in it")
    told = "、".join(f"{name} {gap:+.1f} against others" for name, gap in statement.gaps.items())
    told = f"{told}, {statement.together:.0%} of its words together".removeprefix(", ")
    if abs(statement.strength) < config.statement:
        return Finding("unknown", f"neither borne out nor ruled out: {told}")
    verdict, said = (
        ("true", "the novel has it so") if statement.strength > 0 else ("false", "the novel has it otherwise")
    )
    if statement.instead:
        told = f"{statement.instead[1]}, not {statement.instead[0]}"
    return Finding("supported" if verdict == answer else "contradicted", f"{said}: {told}")


def judge_naming(same: bool, answer: str) -> Finding:
    """The verdict on `answer` (true or false) to a statement that two names are one person's."""
    said = "both names are of one person" if same else "the names are of two people"
    return Finding("supported" if (answer == "true") == same else "contradicted", f"{said}, as the cast has it")
