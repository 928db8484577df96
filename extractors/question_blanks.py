"""The printed answer of a fill-in question in, the words for each of its blanks out.

山上；水中        ①山上②水中        第一空：山上 第二空：水中        “山上”“水中”        甲在山上，乙在水中。
"""

import re

PART = re.compile(r"[①-⑳]\s*[.．、]?|[（(]\d[)）]|第[一二三四五六\d]空\s*[:：]?")
MOST_BLANKS = 6  # the pattern below takes time to the power of their number


def filled_in(stem: str, answers: list[str]) -> list[str]:
    """The words in the blanks where the answer is the whole sentence once more, else none."""
    if len(answers) != 1 or not 0 < stem.count("____") <= MOST_BLANKS or not len(stem) < len(answers[0]) + 20 < 1000:
        return []
    around = [re.escape(re.sub(r"\s", "", part)) for part in stem.rstrip("。.；;").split("____")]
    found = re.fullmatch("(.+?)".join(around) + "[。.；;]?", re.sub(r"\s", "", answers[0]))
    return list(found.groups()) if found and len("".join(around)) > 1 else []


def split_blanks(answers: list[str], blanks: int) -> list[str]:
    """The answer's parts, one for each blank where a separator gives that many.

    ； parts blanks always; weaker separators only when they give as many parts as there are blanks, because one
    answer may hold a comma (一个愿打，一个愿挨).
    """
    if len(answers) > 1:
        return answers
    whole = answers[0]
    outside = re.sub(r"[（(][^（）()]*[)）]", lambda found: "＊" * len(found[0]), whole)
    parts = [part.strip(" \t\n;；，,、") for part in PART.split(whole) if part.strip()]
    if (len(parts) > 1 and PART.match(whole)) or (blanks == len(parts) == 1):
        return parts
    quoted = re.findall(r"“([^”]*)”|「([^」]*)」", whole)
    if len(quoted) == blanks > 1 and not re.sub(r"“[^”]*”|「[^」]*」|[\s、，,；;和]", "", whole):
        return [one or other for one, other in quoted]
    if blanks == 1:
        return [whole]
    for separators in ("；;", "|｜", "/／", "\n", "，,", "、", " \t\u3000"):
        places = [found.span() for found in re.finditer(f"[^{re.escape(separators)}]+", outside)]
        parts = [part for begin, end in places if (part := whole[begin:end].strip())]
        if len(parts) > 1 and (len(parts) == blanks or separators == "；;"):
            return parts
    return [whole]
