"""Utterances of one chapter in, conversations out: where one ends and the next begins."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_NEW_THREAD = (
    r"[\s\u3000]*(?:却说|且说|话说|再说(?=[^，。]{3})|不说|单说|只说(?![了得是这那出着过一])|次[日早晨]|翌日|明日|一日|数日|"
    r"当夜|当晚|是[夜晚日]|至晚|至次|至夜|不[一数]日|过了|话分两头|那日|这日|第二天|晚上|后来)"
)
_OPENS = re.compile(_NEW_THREAD)
_TURNS = re.compile(rf"[。！？\n]{_NEW_THREAD}|不题|不在话下|表过")
_POEM = re.compile(r"[：:][ \t\r\u3000]*\n")  # or a letter, set into the narration
_LONG_GAP = 260  # characters of narration between two utterances of one conversation at most
_LONGEST_GAP = 520  # where the same people go on and a poem stands between
_OTHERS_GAP = 110  # where nobody of those before speaks after a new paragraph
_COMPANY = 6  # utterances whose speakers are the company


class Turn(NamedTuple):
    """Where an utterance stands: the scene within the chapter and its position within the scene, both from 1."""

    scene: int
    turn: int


def cut_scenes(
    spans: Sequence[tuple[int, int]], text: str, start: int, speakers: Sequence[str] | None = None
) -> list[Turn]:
    """One Turn per span (char_start, char_end), the chapter's body beginning at `start`.

    A scene ends where the narration between two utterances opens a new time, place or thread (次日, 却说), or is long.
    How long that is depends on the company, where `speakers` tells it: where the same people go on, a poem or
    letter may stand between; where others speak, after a new paragraph, less makes an end.
    """
    turns: list[Turn] = []
    scene, turn, before = 0, 0, start
    for i, (at, end) in enumerate(spans):
        gap = at - before
        if (
            scene == 0
            or (gap > _OTHERS_GAP and gap > _bridged(speakers, i, turn, text[before:at]))
            or _OPENS.match(text, before, at)
            or _TURNS.search(text, before, at)
        ):
            scene, turn = scene + 1, 0
        turn += 1
        turns.append(Turn(scene, turn))
        before = end
    return turns


def _bridged(speakers: Sequence[str] | None, i: int, turn: int, narration: str) -> int:
    """Characters of narration that may stand between utterance `i` and the one before it in the same conversation."""
    if speakers is None or not speakers[i]:
        return _LONG_GAP
    company = set(speakers[i - min(turn, _COMPANY) : i])
    other = next((name for name in speakers[i + 1 : i + 4] if name and name != speakers[i]), "")
    if speakers[i] in company and other in company and _POEM.search(narration):
        return _LONGEST_GAP
    met = {speakers[i], other} & company
    return _LONG_GAP if met or "\n" not in narration or not other else _OTHERS_GAP
