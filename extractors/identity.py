"""Voices of a chapter in, the same voices out with unnamed figures (那汉, 一人) named where the text tells who they are."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from extractors.mentions import Mention
from extractors.speaker import CONFIDENCE, HEARD, Voice

_FAMILY = re.compile(
    r"(?:^(?:(?!有|那|他|其|此|这)[^，。；！？]){0,4}|(?:我|小人|小弟|小可|小子|俺|洒家|贫道|某|吾|在下|老汉|老身|自家)(?:(?!有[个一]|那|他|兄弟|哥哥|主人|师父|父亲)[^。；！？]){0,18})姓(?P<family>(?![甚什谁])[一-鿿]{1,2})[，,]?(?:双名|单名|名唤|名叫|名做|名|讳个|讳|表名)(?:唤作|唤做|唤|叫做|叫|作|个)?"
    r"(?P<given>(?![甚什谁])[一-鿿]{1,2}?)(?=[，。；！？,.、字人的是]|$)"
)
_CALLED = re.compile(r"(?:叫|唤|呼|称)(?:我|俺|小人|小弟|洒家)(?:做|作|为)(?P<who>[^，。；！？]{2,12})[，。；！？]")
_SELF = re.compile(
    r"(?:我|小人|小弟|小可|俺|洒家|老爷|贫道|某|吾|本将|在下)(?:乃是|便是|就是|乃|是)(?P<who>[^，。；！？]{2,18}?)(?:的便是|便是|是也|也)?[，。；！？]"
)
_PRESENT = re.compile(r"(?:^|[，。！？])(?P<who>[^，。；！？]{2,10})在此[，。；！？也]")
_SHOWN = re.compile(
    r"^[^。“]{0,24}?(?:视之|看时|看那人时|看去|观之|看见|问之|认得|不是别人)?，?(?:乃是|乃|却是|正是|原来是|认得是|便是|就是)"
)
# 只听得外面叫道：“…”回头看时，却是甲
_LOOKED_AT = re.compile(
    r"^[^“]{0,30}?(?:[看视瞧望]|回头|认得|不是别人)[^“。！？]{0,14}?(?:却是|乃是|乃|原来是|正是|便是|就是|是)[那这]?"
)
_UNNAMED = re.compile(
    r"^(?:那|这|其|此|一)[个条员]?(?:人|汉|大汉|汉子|将|好汉|后生)$|^(?:大汉|汉子|后生|少年|好汉|壮士|大将|上将|小将|猛将|女将|一人|一军)$"
)
_REACH = 40  # utterances on either side in which 那汉 still means the same man
_SOON = 3  # utterances from 一人厉声言曰 to 其人曰：某姓张，名飞


class Heard(NamedTuple):
    """One utterance as far as it can tell who spoke: its words, what follows it, and who is named there."""

    words: str
    after: str
    after_start: int
    named_after: tuple[Mention, ...]


def reveal(
    voices: Sequence[Voice], scenes: Sequence[int], hear: Callable[[int], Heard], name: Callable[[str], str]
) -> list[Voice]:
    """The voices with 那汉, 一人 and the like named where they name themselves (姓焦名挺) or are shown (乃于禁也), and those named
    who were heard before they were seen.

    `scenes` are the voices' scenes, and `hear` gives the utterance of one of them. `name` gives the canonical name
    for one that the cast knows, and an empty text otherwise.
    """
    unnamed = [i for i, voice in enumerate(voices) if _UNNAMED.match(voice.speaker)]
    revealed = {i: who for i in unnamed if (who := _revealed(hear(i), name))}
    told = list(voices)
    for i, voice in enumerate(voices):
        if voice.rule == HEARD and (who := _shown(hear(i), name, _LOOKED_AT)):
            told[i] = voice._replace(speaker=who, rule="shown afterwards", confidence=CONFIDENCE["shown afterwards"])
    if not revealed:
        return told
    for i, voice in enumerate(voices):
        speaker = revealed.get(i) or (_other_times(voice.speaker, i, voices, scenes, revealed) if i in unnamed else "")
        hearer = _other_times(voice.addressee, i, voices, scenes, revealed) if _UNNAMED.match(voice.addressee) else ""
        if speaker or hearer:
            told[i] = told[i]._replace(speaker=speaker or told[i].speaker, addressee=hearer or voice.addressee)
    return told


def _other_times(noun: str, i: int, voices: Sequence[Voice], scenes: Sequence[int], revealed: dict[int, str]) -> str:
    """Who 那人 is at `i`: whoever it was shown to be before in the scene, else whoever it is shown to be next.

    一人 brings in somebody new, whom the next 其人 or 那人 of the scene may go on to name.
    """
    near = [k for k in revealed if k != i and scenes[k] == scenes[i] and abs(k - i) <= _REACH]
    if noun.startswith("一"):
        near = [k for k in near if i < k <= i + _SOON and voices[k].speaker[0] in "其那这"]
        return revealed[min(near)] if near and voices[min(near)].rule.startswith("subject") else ""
    near = [k for k in near if voices[k].speaker == noun]
    if not near:
        return ""
    before = [k for k in near if k < i]
    return revealed[max(before) if before else min(near)]


def _revealed(heard: Heard, name: Callable[[str], str]) -> str:
    return _introduces(heard.words, name) or _shown(heard, name)


def _introduces(words: str, name: Callable[[str], str]) -> str:
    family = _FAMILY.search(words)
    if family is not None:
        full = family.group("family") + family.group("given")
        return name(full) or full
    own = _SELF.search(words) or _CALLED.search(words) or _PRESENT.search(words)
    if own is None:
        return ""
    return next(filter(None, (name(own.group("who")[-n:]) for n in (4, 3, 2))), "")


def _shown(heard: Heard, name: Callable[[str], str], pattern: re.Pattern[str] = _SHOWN) -> str:
    shown = pattern.match(heard.after)
    if shown is None:
        return ""
    at = heard.after_start + shown.end()
    for mention in heard.named_after:
        if mention.start >= at - 1:
            return name(mention.core) if mention.kind == "name" and mention.start <= at + 14 else ""
    return ""
