"""A novel's document in, the novel made ready to be searched out; a question's novel found among several."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from corpora.casts import cast_of
from corpora.document import Document
from extractors.cast import parse_cast
from warehouse.evidence.claims import Claim
from warehouse.evidence.field import Term, density
from warehouse.evidence.index import Index, build_index
from warehouse.evidence.letters import Array, bare
from warehouse.evidence.numbers import number_variants
from warehouse.evidence.passages import cut_passages
from warehouse.evidence.people import People, find_people
from warehouse.evidence.terms import terms_of

_QUOTED = re.compile('[“「『"‘]([^”」』"’“「『‘]{3,30})[”」』"’]')
_LOST = " \u3000□"  # what texts have where a rare letter was lost
_LEADING = 100  # mentions in the novel of somebody whose name alone tells which novel a question is on


@dataclass(frozen=True)
class Novel:
    """A novel with its index, its people and where its passages begin."""

    document_id: str
    titles: tuple[str, ...]
    index: Index
    people: People
    passages: Array

    def terms(self, wording: str, without: Collection[str] = ()) -> list[Term]:
        """The terms of a wording, see `terms_of`."""
        return terms_of(wording, self.index, self.people, without)

    def near(self, wording: str, without: Collection[str] = ()) -> Array:
        """For each block the bits of the wording near it."""
        return density(self.index, self.terms(wording, without))

    def positions(self, words: str, as_written: bool = False) -> Array:
        """Where the words stand, in letters: a person by every name, unless `as_written`, a number in every spelling,
        anything else letter for letter, but that a rare letter may be blank in the text."""
        letters = bare(words)
        name = self.people.named(letters)
        if name in self.people.mentions and not as_written:
            return self.people.mentions[name]
        ways = [self.index.find(way) for way in number_variants(letters)]
        found: Array = ways[0] if len(ways) == 1 else np.unique(np.concatenate(ways))
        return found if len(found) else self._with_blank(letters)

    def _with_blank(self, letters: str) -> Array:
        """Where the letters stand with a blank for the one of them that the whole text lacks: 青 for 青釭."""
        absent = [at for at, letter in enumerate(letters) if not len(self.index.find(letter))]
        if len(absent) != 1 or not absent[0]:  # a blank before a letter is behind many a heading
            return np.zeros(0, dtype=np.int64)
        before, after = letters[: absent[0]], letters[absent[0] + 1 :]
        found = self.index.find(before)
        blanks = self.index.offsets[found + len(before) - 1] + 1
        found = found[[self.index.text[at : at + 1] in _LOST for at in blanks]]
        return found[np.isin(found + len(before), self.index.find(after))] if after else found


def open_novel(document: Document) -> Novel:
    """The novel indexed, with the bundled cast that belongs to it: half a second a million characters."""
    index = build_index(document.text)
    cast = cast_of(document)
    people = find_people(index, parse_cast(cast) if cast else None)
    titles = tuple(dict.fromkeys(filter(None, (document.novel, document.title))))
    return Novel(document.document_id, titles, index, people, cut_passages(document.text))


def novel_of(claim: Claim, filed_under: str, novels: Sequence[Novel]) -> Novel | str:
    """The novel a question asks about: the one it is filed under, or names, or else the one whose people it names.

    A sentence that says why there is none, otherwise.
    """
    if filed_under:
        found = [novel for novel in novels if _key(filed_under) in map(_key, novel.titles)]
        return found[0] if found else f"《{filed_under.strip('《》')}》 is not in the warehouse"
    titles = {_key(title) for title in re.findall(r"《([^》]{2,12})》", claim.stem)}
    found = [novel for novel in novels if titles & set(map(_key, novel.titles))]
    if len(found) == 1:
        return found[0]
    if titles:
        return "it names several novels" if found else "it asks about a work that is not in the warehouse"
    found = [novel for novel in novels if _has_people_of(claim, novel)] or _quoted(claim.stem, novels)
    return found[0] if len(found) == 1 else "it names no novel in the warehouse, nor people of one alone"


def _quoted(stem: str, novels: Sequence[Novel]) -> list[Novel]:
    """The novels that have a phrase which the stem quotes, of three letters and more."""
    phrases = [letters for words in _QUOTED.findall(stem) if len(letters := bare(words)) > 2]
    return [novel for novel in novels if any(len(novel.index.find(phrase)) for phrase in phrases)]


def _has_people_of(claim: Claim, novel: Novel) -> bool:
    """Whether the question is about the novel's people: its stem names a leading one, or any with others in the
    options or the answer, or every option is one. Names in the options alone are often somebody else's."""
    people = novel.people
    stem = people.told_in(bare(claim.stem))
    for name, used in stem.items():  # two letters that are no full name (文台) may be part of other words
        if (used == bare(name) or len(used) > 2) and len(people.mentions.get(name, ())) >= _LEADING:
            return True
    others = [people.told_in(bare(text)) for text in claim.options.values() or claim.answer()]
    everybody = set(stem).union(*others)
    return len(everybody) > 1 and (bool(stem) or (len(others) > 1 and all(others)))


def _key(title: str) -> str:
    """水浒 for 水浒传 and 水浒全传: editions and questions shorten titles."""
    return re.sub(r"[《》全传演义记\s]", "", title)
