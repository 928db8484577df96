"""The heading of a column or the key of an object in, the field of a question that it stands for out."""

import re

HEADINGS: dict[str, str] = {
    heading: field
    for field, headings in {
        "number": "题号 序号 编号 no no. number n id index",
        "type": "题型 类型 题目类型 试题类型 type question_type",
        "section": "部分 分类 类别 章节 section category",
        "stem": "题目 题干 问题 试题 题目内容 试题内容 题干内容 问题内容 题目描述 题面 question stem questions content",
        "options": "选项 备选项 options choices",
        "answer": "答案 正确答案 参考答案 标准答案 正确选项 answer answers correct_answer ans",
        "explanation": "解析 答案解析 解释 说明 explanation analysis",
        "material": "材料 阅读材料 material passage",
        "novel": "所属名著 名著 作品 书名 novel book",
    }.items()
    for heading in headings.split()
}
OPTION_HEADING = re.compile(
    r"(?:(?:备选|可选|候选)(?:选项|项|答案)?|选项|项|option|choice|opt)?[ _-]?(?:([a-h])|([1-8])|([一二三四五六]))(?:选项|项|\.)?",
    re.I,
)
# What a heading of up to 12 characters stands for when it is none of those above; the first that fits.
FUZZY = (
    ("", re.compile("难|分值|分数|得分|备注|时间|来源|出处|知识点|考点|作者|编者|创建|状态|图片|附件")),
    ("right", re.compile("是否.{0,2}(?:正确|答案)|^is_?(?:correct|right|answer)$")),
    ("explanation", re.compile("解析|详解|分析|解释|点拨|依据|理由|讲解|explanation|analysis|comment")),
    (
        "options",
        re.compile("(?<!正确)(?<!标准)选项|备选|候选|可选|(?<!right)(?<!correct)(?<!correct_)option|choice|^opts?$"),
    ),
    (
        "answer",
        re.compile(
            "答案|正解|谜底|正确选项|标答|判断结果|你的判断|^判断$|^判定$|对错|正误|answer|solution|^key$|^(?:correct|right|std|true)"
        ),
    ),
    ("type", re.compile("题型|类型|题类|种类|type")),
    ("number", re.compile("题号|序号|编号|编码|^#$|id$|^no$|_no$|^num$")),
    ("material", re.compile("材料|语段|选段|阅读文|passage|material")),
    ("stem", re.compile("题干|题目|试题|题面|问题|题文|说法|表述|陈述|谜面|内容|question|stem|statement")),
    ("section", re.compile("部分|章节|分类|类别|单元|模块|section|category|chapter")),
    ("novel", re.compile("名著|作品|书名|书目|novel|book")),
)
BRACKETED = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")


def field_of(heading: str) -> str:
    """The field a heading or key stands for: one of `HEADINGS`' values, an option letter, or empty.

    Also `right` for a mark on each option, and `answers` for one of several columns with a blank's answer each.
    """
    plain = BRACKETED.sub("", heading).strip().strip("：:*# ").lower() or heading.strip().lower()
    if plain in HEADINGS:
        return HEADINGS[plain]
    if option := OPTION_HEADING.fullmatch(plain):
        named = option[1] or option[2] or option[3]
        if plain != named or option[1]:  # a bare 1 or 一 heads no option
            return (
                named.upper()
                if option[1]
                else "ABCDEFGH"["12345678".find(named) if option[2] else "一二三四五六".find(named)]
            )
    if re.fullmatch(r"(?:(?:标准|正确|参考)?答案|填空|空)\s*[1-9一二三四五六]", plain):
        return "answers"
    if len(plain) > (24 if plain.isascii() else 12) or re.search(r"[。，？！,?!]|\d{2}", plain):
        return ""
    return next((field for field, shape in FUZZY if shape.search(plain)), "")
