"""A novel's text in, the cast that it shows by itself out: whoever speaks often enough, with fuller names linked."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from corpora.chapters import Chapter
from extractors.cast import Cast, Person
from extractors.lead_in import speaker_words
from extractors.lexicon import FAMILY_NAMES, KIN_NOUNS, PERSON_NOUNS, PRONOUNS
from extractors.quotes import Quotation, find_quotations

_CLAUSE = re.compile(r"[^，。；！？：\s…—“”‘’「」『』,;!?:\"]+")
_NOUNS = frozenset((*PERSON_NOUNS, *KIN_NOUNS, *PRONOUNS))
_FORMS_OF_ADDRESS = frozenset("姐哥儿爷公氏婆妈娘嫂官")  # 凤姐 is no given name of a 王凤姐
_SURNAMES = "".join(sorted(FAMILY_NAMES))
_OFTEN = 3  # times before a verb of speech; once or twice is as often a slip of the reading as a person


def find_cast(text: str, chapters: Sequence[Chapter], quoted: Sequence[Sequence[Quotation]] | None = None) -> Cast:
    """The people who are named right before a reporting verb at least three times.

    A name that also follows a surname (宝玉, 贾宝玉) goes by the full one, and the short one is kept beside it.
    `quoted` are the quotations of each chapter, where they have been found already.
    Method: counts over the narration before each quotation; no list of names is used.
    """
    tails: Counter[str] = Counter()  # the clauses right before a mark, many of them over and over
    for index, chapter in enumerate(chapters):
        before = chapter.body_start
        for quotation in quoted[index] if quoted else find_quotations(text, chapter.body_start, chapter.end):
            lead = text[max(before, quotation.start - 30) : quotation.start].removesuffix("\n").removesuffix("：")
            before = quotation.end
            if tail := _CLAUSE.match(lead[::-1]):
                tails[tail.group()[::-1]] += 1
    counts: Counter[str] = Counter()
    for words, n in tails.items():
        counts[speaker_words(words)] += n
    often = {name: n for name, n in counts.items() if n >= _OFTEN and name not in _NOUNS and len(name) > 1}
    short = {name for name, n in often.items() if any(often.get(name[:k], 0) > n for k in range(2, len(name)))}
    given = frozenset(name for name in often if len(name) == 2 and name[0] not in FAMILY_NAMES)
    fuller: dict[str, tuple[str, int]] = {}
    for full, n in Counter(_surnamed(text, given)).items():
        if n >= _OFTEN and n > fuller.get(full[1:], ("", 0))[1] and full[-1] not in _FORMS_OF_ADDRESS:
            fuller[full[1:]] = (full, n)
    return Cast(
        "",
        tuple(
            Person(fuller[name][0], short=(name,)) if name in fuller else Person(name)
            for name in often
            if name not in short
        ),
    )


def _surnamed(text: str, given: frozenset[str]) -> Iterator[str]:
    """The places of the text where a surname and one of the `given` names of two characters stand."""
    if not given:
        return
    first, second = ("".join(sorted({name[i] for name in given})) for i in (0, 1))
    for place in re.compile(f"[{_SURNAMES}](?=[{re.escape(first)}][{re.escape(second)}])").finditer(text):
        full = text[place.start() : place.start() + 3]
        if full[1:] in given:
            yield full
