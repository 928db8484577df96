"""Questions and novels in; for each question its passages, whether they support its answer, and why, out."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corpora.progress import track
from warehouse.evidence.claims import Claim, claim_of, readings, split_pair
from warehouse.evidence.field import Term, density
from warehouse.evidence.letters import bare
from warehouse.evidence.naming import another_name, around_blank, one_person, says_same
from warehouse.evidence.novel import Novel, novel_of
from warehouse.evidence.order import chapter_strengths, order_strengths
from warehouse.evidence.outside import asks_order, enumerated
from warehouse.evidence.passages import Passage, best_passages
from warehouse.evidence.statements import read_statement
from warehouse.evidence.support import (
    EvidenceConfig,
    Finding,
    Support,
    judge_naming,
    judge_options,
    judge_statement,
    judge_text,
    judge_words,
)
from warehouse.evidence.weigh import Weighed, weigh

_TEXT = 16  # letters; an answer of more is a text, not a name or a phrase
_QUOTED = 4  # letters that a question and a novel must share for the question to quote it
_DENIAL = re.compile("不是|没有|并非|从未|未曾|不曾|并未|并不|从不")


@dataclass(frozen=True)
class Checked:
    """What a novel has to say to one question. `document_id` is empty where no novel was searched."""

    support: Support
    reason: str
    document_id: str = ""
    passages: tuple[Passage, ...] = ()


def check(
    questions: Iterable[Mapping[str, Any]], novels: Sequence[Novel], config: EvidenceConfig | None = None
) -> list[Checked]:
    """For each question (`type`, `stem`, `options`, `answer`, `novel`), in order, what its novel has to say."""
    settings = config or EvidenceConfig()
    return [check_one(question, novels, settings) for question in track(list(questions), "evidence", unit="questions")]


def check_one(question: Mapping[str, Any], novels: Sequence[Novel], config: EvidenceConfig) -> Checked:
    """The same for one question."""
    claim = claim_of(question)
    novel = novel_of(claim, str(question.get("novel") or ""), novels)
    if isinstance(novel, str):
        return Checked("unknown", claim.outside.reason if claim.outside else novel)
    near = density(novel.index, claim_terms(claim, novel))
    passages = best_passages(novel.index, novel.passages, near, config.passages)
    found = _judge(claim, novel, config)
    return Checked(found.support, found.reason, novel.document_id, tuple(passages))


def claim_terms(claim: Claim, novel: Novel) -> list[Term]:
    """The terms of the whole claim: the stem's and, but for statements, the answer's."""
    answer = () if claim.way == "statement" else claim.answer()
    return novel.terms(" ".join([claim.stem, *answer]))


def _judge(claim: Claim, novel: Novel, config: EvidenceConfig) -> Finding:
    if claim.outside:
        because = claim.outside.because
        if len(because) < _QUOTED or not len(novel.index.find(because)):
            return Finding("unknown", claim.outside.reason)
    if claim.way == "statement":
        return _judge_statement(claim, novel, config)
    if claim.way == "words":
        return _judge_words(claim, novel, config)
    ranked = chapter_strengths(claim.stem, claim.options, novel)
    if ranked is None and asks_order(claim.stem):
        ranked = order_strengths(claim.stem, claim.options, novel)
        if ranked is None and all(map(enumerated, claim.options.values())):
            return Finding("unknown", "its options are numbers of what the stem lists, which are not judged")
    if ranked is not None and len(claim.chosen) < len(claim.options):
        return judge_options(ranked, claim.options, claim.chosen, claim.negated, config)
    weighed = _options(claim, novel)
    if len(claim.chosen) == len(claim.options):
        return judge_words(list(weighed.values()), config)
    if claim.way == "options" and novel.near(claim.stem).any():
        strengths = {letter: found.lift for letter, found in weighed.items()}
    elif claim.way == "pairs":
        strengths = {letter: found.strength for letter, found in weighed.items()}
    else:
        strengths = {letter: read_statement(text, novel).strength for letter, text in claim.options.items()}
    return judge_options(strengths, claim.options, claim.chosen, claim.negated, config)


def _judge_statement(claim: Claim, novel: Novel, config: EvidenceConfig) -> Finding:
    same = says_same(claim.stem, novel)
    if same is not None:
        return judge_naming(same, claim.chosen[0])
    return judge_statement(
        read_statement(claim.stem, novel), claim.chosen[0], bool(_DENIAL.search(claim.stem)), config
    )  # fmt: skip


def _judge_words(claim: Claim, novel: Novel, config: EvidenceConfig) -> Finding:
    blanks = len(re.findall("_{2,}", claim.stem))
    if blanks and blanks != len(claim.chosen):
        return Finding("unsupported", f"it has {blanks} blanks, and words for {len(claim.chosen)}")
    if len(claim.chosen) == 1 and len(bare(claim.chosen[0])) > _TEXT:
        return judge_text(weigh(claim.chosen[0], novel.near(claim.stem), novel), config)
    return judge_words([_blank(claim, at, novel) for at in range(len(claim.chosen))], config)


def _blank(claim: Claim, at: int, novel: Novel) -> Weighed:
    """The words of one blank against the stem with the others filled in."""
    part = claim.chosen[at]
    others = " ".join(claim.chosen[:at] + claim.chosen[at + 1 :])
    known = another_name(part, claim.stem, at, novel)
    if known:
        return known
    asked = around_blank(claim.stem, at) if others else claim.stem
    ranked = chapter_strengths(asked, {part: part}, novel)
    if ranked:
        return Weighed(part, ranked[part], coverage=1.0, position=0)
    tried = [
        weigh(words, novel.near(f"{claim.stem} {others}", _labels(words, novel)), novel, claim.stem)
        for words in readings(part)
    ]
    return max(tried, key=lambda weighed: weighed.strength)


def _options(claim: Claim, novel: Novel) -> dict[str, Weighed]:
    """Each option against the stem, or the right side of each pair against the left, by letter."""
    if claim.way == "pairs":
        return {letter: _pair(*split_pair(text), novel) for letter, text in claim.options.items()}
    near = novel.near(claim.stem)
    owners = Counter(filter(None, (novel.people.named(bare(text)) for text in claim.options.values())))
    as_written = any(count > 1 for count in owners.values())  # two titles of one person: 弼马温, 齐天大圣
    return {letter: weigh(text, near, novel, claim.stem, as_written) for letter, text in claim.options.items()}


def _pair(left: str, right: str, novel: Novel) -> Weighed:
    name = novel.people.named(bare(left))
    if name in novel.people.mentions and name == novel.people.named(bare(right)):
        return one_person(right, name, novel)
    return weigh(right, novel.near(left, _labels(right, novel)), novel)


def _labels(words: str, novel: Novel) -> set[str]:
    """The labels of the words' own terms, which must not speak for themselves."""
    letters = bare(words)
    pairs = {letters[at : at + 2] for at in range(len(letters) - 1)}
    return {novel.people.named(letters), *letters, *pairs}
