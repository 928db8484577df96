"""The stem of a fill-in question whose blanks are printed filled in, or are only white space, in; ____ for each out."""

import re

from extractors.paper_items import Section

FILLED = re.compile(r"<u>([^<]*)</u>")
FILLED_BRACKET = re.compile(r"[（(【\[［{]\s*([^（）()【】\[\]［］{}]{1,20}?)\s*[）)】\]］}]")
BESIDE = re.compile(r"_{2,}\s*[（(]\s*([^（）()_]{1,20}?)\s*[)）]")
BETWEEN = re.compile(r"(?<!_)_{1,3} ?([^\s_，。；、：？！,.;:?!]{1,16}) ?_{1,3}(?!_)")  # _云长_
ASKS_FOR = re.compile(r"[？?]|_{2,}|[下以][列面]|哪|谁|什么|[是有]\s*\Z|一项|(?!\A)[(（【［][\s_]*[)）】］]")
NO_BLANK = re.compile(r"[《》：:第]|^打|^猜|人名|地名|书名|节选|原文|作者|回目|注|提示|填|写|任|选|举|\d")


def fill_in(text: str, section: Section) -> tuple[str, str]:
    """The stem with ____ for each blank that is printed filled in, and the answers parted by ；."""
    if FILLED.search(text) and "____" not in text and not re.search("[？?]|请|写出|简", text):
        answers = [answer.strip() for answer in FILLED.findall(text)]
        return FILLED.sub("____", text), "；".join(answers)
    beside = BESIDE.findall(text)
    if len(beside) == text.count("____") > 0 and not any(NO_BLANK.search(said) for said in beside):
        return BESIDE.sub("____", text), "；".join(beside)
    declared = section.kind == "fill_blank" or "歇后语" in section.name
    if "____" in text or section.kind not in ("", "fill_blank") or (not declared and re.search("[？?]|请|简", text)):
        return text, ""
    filled = [found for found in FILLED_BRACKET.finditer(text) if not NO_BLANK.search(found[1])]
    if filled:
        for found in reversed(filled):
            text = f"{text[: found.start()]}____{text[found.end() :]}"
        return text, "；".join(found[1] for found in filled)
    if "歇后语" in section.name and (cut := re.fullmatch(r"(.{2,30}?)\s*(——|--|—|－)\s*([^\s_].*)", text, re.S)):
        return f"{cut[1]}{cut[2]}____", cut[3].rstrip("。").strip("（）()")
    return text, ""


def gaps(stem: str, declared: str, options: dict[str, str], *, slot_first: bool) -> str:
    """The stem with ____ where a blank is only white space: “    ” anywhere, and any wide gap of a fill-in.

    A bracket that a fill-in begins with is a blank, where in other types it is a slot; one with nothing but a number
    in it, （①）, is a blank too.
    """
    stem = re.sub(r"([“《「‘])[ \t\u3000\xa0]{2,}([”》」’])", r"\1____\2", stem)
    if options and not slot_first and not ASKS_FOR.search(stem):
        stem = re.sub(r"\A[(（【［][\s_]*[)）】］](?=.*[。”]\s*\Z)", "____", stem)
    if declared not in ("", "fill_blank") or options:
        return stem
    stem = BETWEEN.sub(r"<u>\1</u>", stem)
    if not declared:
        return stem
    if not slot_first:
        stem = re.sub(r"\A[(（【［][\s_]*[)）】］]", "____", stem)
    stem = re.sub(r"[(（【［]\s*[①-⑳]\s*[)）】］]|(?<=\S) +[①-⑳] +(?=\S)", "____", stem)
    if not re.search(r"_{2,}|＿|<u>|[(（【［][\s_]*[)）】］]", stem):
        stem = re.sub(r"(?<=\S)[ \t\u3000\xa0]{3,}(?=\S)", "____", stem)
    stem = re.sub(r"(?<=[、，])\n?(?=[。；])", "____", stem)  # it was the white space at a line's end
    return stem
