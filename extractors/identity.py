"""Voices of a chapter in, the same voices out with unnamed figures (那汉, 一人) named where the text tells who they are."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from extractors.mentions import Mention
from extractors.speaker import Voice

_FAMILY = re.compile(
    r"(?:^[^，。；！？]{0,4}|(?:我|小人|小弟|小可|小子|俺|洒家|贫道|某|吾|在下|老汉|老身|自家)[^。；！？]{0,18})姓(?P<family>[一-鿿]{1,2})[，,]?(?:双名|单名|名唤|名叫|名做|名|讳个|讳|表名)(?:唤作|唤做|唤|叫做|叫|作|个)?"
    r"(?P<given>[一-鿿]{1,2}?)(?=[，。；！？,.、字人的是]|$)"
)
_CALLED = re.compile(r"(?:叫|唤|呼|称)(?:我|俺|小人|小弟|洒家)(?:做|作|为)(?P<who>[^，。；！？]{2,12})[，。；！？]")
_SELF = re.compile(
    r"(?:我|小人|小弟|小可|俺|洒家|老爷|贫道|某|吾|本将|在下)(?:乃是|便是|就是|乃|是)(?P<who>[^，。；！？]{2,18}?)(?:的便是|便是|是也|也)?[，。；！？]"
)
_SHOWN = re.compile(
    r"^[^。“]{0,24}?(?:视之|看时|看那人时|看去|观之|看见|问之|认得|不是别人)?，?(?:乃是|乃|却是|正是|原来是|认得是|便是|就是)"
)
_UNNAMED = re.compile(
    r"^(?:那|这|其|此|一)[个条员]?(?:人|汉|大汉|汉子|将|好汉|后生)$|^(?:大汉|汉子|后生|少年|好汉|壮士)$"
)
_REACH = 40  # utterances on either side in which 那汉 still means the same man


class Heard(NamedTuple):
    """One utterance as far as it can tell who spoke: its words, what follows it, and who is named there."""

    words: str
    after: str
    after_start: int
    named_after: tuple[Mention, ...]


def reveal(
    voices: Sequence[Voice], scenes: Sequence[int], hear: Callable[[int], Heard], name: Callable[[str], str]
) -> list[Voice]:
    """The voices with 那汉, 一人 and the like named where they name themselves (姓焦名挺) or are shown (乃于禁也).

    `scenes` are the voices' scenes, and `hear` gives the utterance of one of them. `name` gives the canonical name
    for one that the cast knows, and an empty text otherwise.
    """
    told = list(voices)
    for i, voice in enumerate(voices):
        if not _UNNAMED.match(voice.speaker):
            continue
        heard = hear(i)
        who = _introduces(heard.words, name) or _shown(heard, name)
        if not who:
            continue
        for step in (-1, 1):
            j = i
            while 0 <= j < len(voices) and abs(j - i) <= _REACH and scenes[j] == scenes[i]:
                if voices[j].speaker == voice.speaker and (voice.speaker[0] != "一" or j == i):
                    told[j] = voices[j]._replace(speaker=who)
                if voices[j].addressee == voice.speaker:
                    told[j] = told[j]._replace(addressee=who)
                j += step
    return told


def _introduces(words: str, name: Callable[[str], str]) -> str:
    family = _FAMILY.search(words)
    if family is not None:
        full = family.group("family") + family.group("given")
        return name(full) or full
    own = _SELF.search(words) or _CALLED.search(words)
    if own is None:
        return ""
    return next(filter(None, (name(own.group("who")[-n:]) for n in (4, 3, 2))), "")


def _shown(heard: Heard, name: Callable[[str], str]) -> str:
    shown = _SHOWN.match(heard.after)
    if shown is None:
        return ""
    at = heard.after_start + shown.end()
    for mention in heard.named_after:
        if mention.start >= at - 1:
            return name(mention.core) if mention.kind == "name" and mention.start <= at + 14 else ""
    return ""
