"""A number as a question writes it in, the ways in which an old novel may write it out."""

import re

_NUMBER = re.compile(r"([零一二三四五六七八九十百千万两半]+)(天|日|次|回|位|名|个|人|只|岁)?")
_COUNTERS = {
    "天": ("天", "日"), "日": ("日", "天"), "次": ("次", "番", "遭", "回"), "回": ("回", "次", "番"),
    "位": ("位", "人", "个", "员"), "名": ("名", "人", "个", "员"), "个": ("个", "人"), "人": ("人", "个"),
}  # fmt: skip


def number_variants(letters: str) -> list[str]:
    """The letters first, and where they are a number, with or without what it counts, its other spellings.

    >>> number_variants("三天"), number_variants("一百零八")
    (['三天', '三日'], ['一百零八', '一百八', '一百单八'])
    """
    found = _NUMBER.fullmatch(letters)
    if not found:
        return [letters]
    number, counter = found[1], found[2] or ""
    numbers = [number, number.replace("零", ""), number.replace("零", "单")]
    numbers += [number.replace("二", "两") if number[0] == "二" and len(number) < 3 else number.replace("两", "二")]
    ways = [n + c for n in numbers for c in _COUNTERS.get(counter, (counter,))]
    if counter in ("位", "名", "个", "人") and len(number) > 1:
        ways += numbers  # 三十六位 is 三十六员 or 三十六
    return list(dict.fromkeys([letters, *filter(None, ways)]))
