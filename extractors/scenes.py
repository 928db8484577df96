"""Utterances of one chapter in, conversations out: where one ends and the next begins, and who is spoken to."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_NEW_THREAD = (
    r"[\s\u3000]*(?:却说|且说|话说|再说|不说|单说|只说|次日|翌日|明日|一日|数日|"
    r"当夜|当晚|是夜|是日|过了|话分两头|那日|这日|第二天|晚上|后来)"
)
_OPENS = re.compile(_NEW_THREAD)
_TURNS = re.compile(rf"[。！？\n]{_NEW_THREAD}")
_LEAVES = re.compile("不题|不在话下|表过")
_REPLY = 16  # characters of narration before a reply at most; more tells of something new
_LONG_GAP = 260  # characters of narration between two utterances of one conversation at most


class Turn(NamedTuple):
    """Where an utterance stands: the scene within the chapter and its position within the scene, both from 1."""

    scene: int
    turn: int


def cut_scenes(spans: Sequence[tuple[int, int]], text: str, start: int) -> list[Turn]:
    """One Turn per span (char_start, char_end), the chapter's body beginning at `start`.

    A scene ends where the narration between two utterances is long, or opens a new time, place or thread
    (次日, 却说).
    """
    turns: list[Turn] = []
    scene, turn, before = 0, 0, start
    for at, end in spans:
        if (
            scene == 0
            or at - before > _LONG_GAP
            or _OPENS.match(text, before, at)
            or _TURNS.search(text, before, at)
            or _LEAVES.search(text, before, at)
        ):
            scene, turn = scene + 1, 0
        turn += 1
        turns.append(Turn(scene, turn))
        before = end
    return turns


class Exchange(NamedTuple):
    """What decides to whom an utterance is said."""

    speaker: str
    named: str  # whom the lead-in speaks of as spoken to
    reacts: str  # who acts first in the narration that follows
    scene: int
    gap: int  # characters of narration before it


def addressees(exchanges: Sequence[Exchange]) -> list[str]:
    """Who each utterance is said to: whom the lead-in names, else the other party of the exchange, else empty.

    The other party spoke just before, and speaks or acts next. Where these two differ, the one with little narration
    between is taken; where both or neither stand near, nobody is, as either is right only half the time.
    """
    found: list[str] = []
    for i, this in enumerate(exchanges):
        before = exchanges[i - 1] if i and exchanges[i - 1].scene == this.scene else None
        after = exchanges[i + 1] if i + 1 < len(exchanges) and exchanges[i + 1].scene == this.scene else None
        speaks_on = before is not None and before.speaker == this.speaker
        last = (found[i - 1] if speaks_on else before.speaker) if before else ""
        next_speaker = after.speaker if after and after.speaker != this.speaker and after.gap < _REPLY else ""
        reacts = this.reacts if this.reacts != this.speaker else ""
        if this.named and this.named != this.speaker:
            found.append(this.named)
        elif not this.speaker:
            found.append("")
        elif last and last in (next_speaker, reacts):
            found.append(last)
        elif last and this.gap < _REPLY and not speaks_on:
            found.append("" if next_speaker and reacts else last)
        elif next_speaker:
            found.append(next_speaker)
        else:
            found.append(last if this.gap < 2 * _REPLY and not reacts else "")
    return found
