"""A novel's utterances in, runs out: what one person says in one go, scene by scene.

“你且坐下，”他说，“我有话问你。”   two utterances, one run: 你且坐下，我有话问你。
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from warehouse.rows.prompt import Row

_QUOTED_TERMS = ("name", "quotation")  # what the narrator quotes is narration
_ONE_CLAUSE = re.compile(r"[^。！？!?\n]*[。！？!?]?\s*")
# Nobody else is named, and nothing happens: 又道, 因又笑道, 说着又问. A speaker who is named anew after words of
# his own is as often as not a speaker of the words before who was taken for another (三国演义: 权曰…权曰).
_GOES_ON_SPEAKING = re.compile(
    r"[，。]?(?:说[着罢毕完]，?)?[又因便遂复再还仍乃更且也就忙连声冷大微陪含笑叹哭泣骂喝叫嚷问接着只一面说道曰云]*[：:，,。]?\s*"
)
_BREAKS_OFF = ("，", ",", "、", "；", "—", "…")
_TELLS_OF_WORDS_BEFORE = re.compile(
    r"[说道问答叫喊][^：:]*[，,。]\s*$"
)  # “……”他说，“……”: what leads in ends with a colon


@dataclass(frozen=True, slots=True)
class Run:
    """Utterances of one speaker that are read as one. `speaker` is empty where it is not sure who speaks."""

    utterances: tuple[Row, ...]
    speaker: str

    @property
    def text(self) -> str:
        """The words of the utterances, one after another."""
        return "".join(row["text"] for row in self.utterances)


def scenes_of(
    utterances: Sequence[Row], kinds: Collection[str], min_confidence: float, join_within: int
) -> Iterator[tuple[Run, ...]]:
    """The runs of each scene, in order. `utterances` are one document's, by position; those of other kinds are left out.

    Two utterances of the same speaker are joined when one clause of narration, `join_within` characters at most, stands
    between them that only tells that he speaks on, or when the first breaks off, or when the clause tells of the words
    before it; and when they are not said to two different people. With 0 none are joined.
    """
    for _, scene in groupby(utterances, key=lambda row: (row["chapter"], row["scene"])):
        runs: list[Run] = []
        before: Row | None = None  # None where something that is neither speech nor narration stands between
        for row in scene:
            if row["kind"] not in kinds:
                before = before if row["kind"] in _QUOTED_TERMS else None
                continue
            speaker = row["speaker"] if row["confidence"] >= min_confidence else ""
            if speaker and before and runs and runs[-1].speaker == speaker and _goes_on(before, row, join_within):
                runs[-1] = Run((*runs[-1].utterances, row), speaker)
            else:
                runs.append(Run((row,), speaker))
            before = row
        if runs:
            yield tuple(runs)


def _goes_on(before: Row, row: Row, join_within: int) -> bool:
    between = row["char_start"] - before["char_end"]
    if not (before["text"].strip() and row["text"].strip() and between <= join_within):
        return False
    narration = row["context"][-between:] if between else ""
    # A lead-in never reaches over a line's end; where it is the shorter, a new paragraph stands between.
    if len(narration) < between or len({before["addressee"], row["addressee"]} - {""}) > 1:
        return False
    if _GOES_ON_SPEAKING.fullmatch(narration):
        return True
    tells = bool(_TELLS_OF_WORDS_BEFORE.search(narration))
    return bool(_ONE_CLAUSE.fullmatch(narration)) and (tells or before["text"].rstrip().endswith(_BREAKS_OFF))
