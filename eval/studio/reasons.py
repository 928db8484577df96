"""What the warehouse tells of a record in English in, the same in the reader's language out.

Every reason, place and rule is stored in English; a person who reads Chinese sees it so. Words that stand in no list here
are shown as they are.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial

from eval.studio.words import label, t

Said = str | Callable[[re.Match[str]], str]
_NUMBER = r"([-+]?\d+(?:\.\d+)?%?)"
_SPLITS = r"(seed|train|valid|test)"
_RULES = {
    "empty": "空", "length": "长度", "han": "汉字", "repeats": "重复", "encoding": "编码", "markup": "标记",
    "contact": "联系方式", "echo": "复述", "truncated": "截断",
}  # fmt: skip
_ABOUT = {
    "the author or the making of the book": "作者或成书", "literature": "文学", "stage or screen": "影视戏曲", "words": "字词",
    "history": "史实",
}  # fmt: skip
_REASONS: list[tuple[str, Said]] = [
    (r"^(merged|rejected): ", lambda m: f"{label(m[1])}："),
    # why no example became of a record: warehouse/samples.py, decide.py, splits.py, dedup.py, decontaminate.py
    (r"kind (speech|thought|writing|verse|quotation|name) is not trained on", lambda m: f"“{label(m[1])}”不作训练"),
    (rf"speaker not sure enough(?:: {_NUMBER} below {_NUMBER})?", "说话人不够确定：{0}，低于 {1}"),
    (r"too few lines(?:: (.+?) has (\d+), fewer than (\d+))?", "话语太少：{0}只有 {1} 句，少于 {2} 句"),
    (r"the speaker is nobody in particular", "说话人不是具体的人"),
    (r"nobody else speaks", "没有别人说话"),
    (r"no speaker", "不知谁说的"),
    (r"nothing inside the marks", "引号里没有字"),
    (r"rejected at extraction", "读入时拒绝"),
    (r"rejected by a person", "人工拒绝"),
    (r"joined: its words are in the answer(?: of (\w{16}))?", "已并入另一条的回答：{0}"),
    (r"same text(?: as (\w{16}))?", "与另一条文字相同：{0}"),
    (rf"near-duplicate(?: of (\w{{16}}), similarity {_NUMBER})?", "与另一条几乎相同：{0}，相似度 {1}"),
    (rf"overlaps held-out text(?: of (\S+) \({_SPLITS}\): (\d+%) of it, (\d+%) of this row)?",
     lambda m: "与留出的文字重叠" + (f"：{m[1]}（{label(m[2])}），占它的 {m[3]}，占本条的 {m[4]}" if m[1] else "")),
    (rf"would straddle {_SPLITS} and {_SPLITS}", lambda m: f"会横跨{label(m[1])}和{label(m[2])}"),
    (rf"would straddle {_SPLITS}", lambda m: f"会横跨{label(m[1])}和别的分组"),
    (rf"shows a line that is tied to {_SPLITS}", lambda m: f"其中有一句属于{label(m[1])}"),
    (r" \(same scene\)", "（同一场）"), (r" \(near-duplicate\)", "（几乎相同）"),
    (r"its answer is (supported|unsupported|contradicted|unknown) by the novel, and (\w+) is asked for",
     lambda m: f"答案在小说里是“{label(m[1])}”，要求“{label(m[2])}”"),
    # quality rules: warehouse/quality
    (r"quality rule (\w+)", lambda m: "质量规则·" + _RULES.get(m[1], m[1])),
    (r"the answer is the prompt", "回答就是提问"),
    (r"the answer is ('.*')", "回答是 {0}"),
    (r"(\d+) letters or characters in the answer, fewer than (\d+)", "回答只有 {0} 字，少于 {1} 字"),
    (r"(\d+) characters of answer, more than (\d+)", "回答有 {0} 字，多于 {1} 字"),
    (r"(\d+) characters of prompt, more than (\d+)", "提示有 {0} 字，多于 {1} 字"),
    (r"(\d+%) Chinese characters in prompt and answer, less than (\d+%)", "提示和回答的汉字占 {0}，低于 {1}"),
    (r"(\d+%) Chinese characters in the answer, less than (\d+%), and none other are asked for",
     "回答的汉字占 {0}，低于 {1}，而并没有要求别的文字"),
    (r"(\d+) times in a row(?:, more than (\d+))?", lambda m: f"连说 {m[1]} 遍" + (f"，多于 {m[2]} 遍" if m[2] else "")),
    (r"(\d+%) of the answer is said more than once(?:, more than (\d+%))?",
     lambda m: f"回答有 {m[1]} 说过不止一遍" + (f"，多于 {m[2]}" if m[2] else "")),
    (r"read in a wrong encoding", "乱码"), (r"a code block is not closed", "代码块没有结束"), (r"breaks off", "没有写完"),
    (r"ends in", "以此结尾："), (r"control token", "控制符"), (r"\bmarkup\b", "标记"), (r"advertising", "广告"),
    (r"telephone number", "电话号码"), (r"e-mail address", "邮箱地址"), (r"\baccount\b", "账号"),
    # what could not be read: extractors
    (r"odd number of turns: the last question has no answer", "轮数是单数：最后一问没有回答"),
    (r"a system turn after the first turn", "系统提示不在最前面"), (r"a turn that is not text", "有一轮不是文字"),
    (r"an empty turn", "有一轮是空的"), (r"an answer to no question of the table", "答案找不到题目"),
    (r"no question under the heading", "标题下没有题目"), (r"no question text", "没有题干"), (r"no question", "没有提问"),
    (r"(?:it has )?no answer", "没有答案"), (r"no turns", "没有内容"),
    # what a novel says to an answer: warehouse/evidence
    (r"nearest to the question's words", "最贴近题干"), (r"farthest from the question's words", "离题干最远"),
    (r"not nearer to the question's words than chance would have it", "并不比碰巧更贴近题干"),
    (r"near the question's words", "贴近题干"), (r"the novel does not set them apart", "小说里分不出高下"),
    (r"(\S.*) does not stand in the novel", "小说里没有“{0}”"),
    (r"(\S.*) is nearer", "“{0}”更贴近"), (r"(\S.*) is farther", "“{0}”离得更远"),
    (r"the novel tells of it where it tells of the question", "小说在讲到此事的地方说到它"),
    (r"the novel tells of it elsewhere than of the question", "小说在别处说到它，不在讲此事的地方"),
    (r"a denial: what a novel does not say is not found in it", "题干是否定句：小说没说的事找不到"),
    (r"neither borne out nor ruled out", "既不能证实也不能否定"),
    (r"the novel has it so", "小说里是这样"), (r"the novel has it otherwise", "小说里不是这样"),
    (r"both names are of one person", "两个名字是同一人"), (r"the names are of two people", "两个名字是两个人"),
    (r", as the cast has it", "（按人物表）"),
    (rf"lift {_NUMBER}, (\d+%) of its words", "提升 {0}，词语占 {1}"),
    (rf" {_NUMBER} against others", " 比旁人 {0}"), (r", (\d+%) of its words together", "；词语同现 {0}"),
    (r"(\d+%) of its words together", "词语同现 {0}"),
    (r": (.+), not (.+)$", "：是{0}，不是{1}"),
    (r"it has (\d+) blanks, and words for (\d+)", "有 {0} 个空，答了 {1} 个"),
    (r"it names no novel in the warehouse, nor people of one alone", "看不出问的是库里哪一部小说"),
    (r"it asks about a work that is not in the warehouse", "问的作品不在库里"),
    (r"it asks which work, which no novel tells of itself", "问的是哪部作品，小说自己不会说"),
    (r"it asks about (.+?), which the novel does not tell", lambda m: f"问的是{_ABOUT.get(m[1], m[1])}，小说里不讲"),
    (r"its options are numbers of what the stem lists, which are not judged", "选项只是题干所列的编号，不作判断"),
]  # fmt: skip
_SPOKEN_BY = {  # the rules of extractors that say who speaks, or what is said
    "subject": "主语", "subject of an earlier clause": "前一分句的主语", "subject of an earlier sentence": "前一句的主语",
    "subject without a verb": "没有动词的主语", "speaks on": "接着说", "term": "名词", "named": "点名", "takes turns": "轮流说",
    "verb after": "动词在后", "called a word": "称为词语", "pronoun": "代词", "inscribed name": "题刻", "asks on": "追问",
    "answers": "回答", "heard, not seen": "闻声不见人", "name before the verb": "动词前的名字", "nobody named": "无人被提到",
    "cited": "引用", "shown afterwards": "后文说明", "unclosed": "引号未合", "unopened": "引号未开", "mixed": "引号混用",
}  # fmt: skip
_TABLES = {
    "sources": "读过的文件和网址", "documents": "解码后的文字，一个文件或网页一行", "utterances": "小说里的引语：谁在哪里说了什么",
    "questions": "题目，拒绝的带理由", "support": "小说是否支持题目的答案", "evidence": "与题目有关的原文",
    "instructions": "指令对话，拒绝的带理由", "conversations": "一场戏里一个人物所经历的对话；整理时生成",
    "samples": "训练样本，每条记录一行，带去向", "contaminations": "因与留出的文字或基准重叠而拒绝的样本，带那段文字",
    "annotations": "人的标注，从不改原行", "training_sets": "导出的训练集", "runs": "整理、训练、评测和它们的数字",
    "speakers": "每个人物的话语数，最多的在前", "talks": "谁对谁说", "chapters": "各回说了什么", "scenes": "像剧本一样的对话",
    "rules": "说话人是怎样认出的，有多大把握", "intake": "每个来源读入多少、留下多少", "licences": "各许可证的来源",
    "fates": "每条记录的去向", "splits": "留下的样本，按题型和分组", "lengths": "提示和回答的长度分位数",
    "prompts": "留下的样本，写成纯文字", "duplicates": "几乎相同的样本和留下的那条", "passages": "小说，一段一行",
    "search": "含有任一词语的话语、题目和原文，词语用空格分开，最好的在前",
}  # fmt: skip
_PLACES: list[tuple[str, Said]] = [
    (r"^chapter (\d+)", "第{0}回"), (r",? character (\d+)$", "　第{0}字"), (r"\bitem (\d+)", "第{0}条"),
    (r"\brow (\d+)", "第{0}行"), (r"\bline (\d+)", "第{0}行"), (r"\bparagraph (\d+)", "第{0}段"), (r"\bpage (\d+)", "第{0}页"),
    (r", (?=第)", "　"),
]  # fmt: skip
_LEFT: list[tuple[str, Said]] = [
    (r"rejected by a person", "拒绝"),
    (r"\b(speaker|kind|addressee|type|options|answer|verdict)\b(?= )", lambda m: label(m[1])),
    (r"\b(speech|thought|writing|verse|quotation|name|single_choice|multiple_choice|true_false|fill_blank|short_answer)\b",
     lambda m: label(m[1])),
]  # fmt: skip
_COMMITS: list[tuple[str, Said]] = [
    (r"^ingest\b", "读入"), (r"^curate\b", "整理"), (r"^evidence\b", "依据"), (r"^build\b", "生成"), (r"^train\b", "训练"),
    (r"^evaluate\b", "评测"), (r"^annotations\b", "标注"), (r"^written by people\b", "人工编写"), (r"^forget\b", "删除"),
    (r"(\d+) rows$", "{0} 行"),
    (r"^(\w+|[\u4e00-\u9fff]+): ", "{0}："),
    (r"(\d+) (supported|unsupported|contradicted|unknown|kept|merged|rejected)", lambda m: f"{label(m[2])} {m[1]}"),
    (r"(?<=\d), (?=\D)", "，"),
]  # fmt: skip


def reason(told: str) -> str:
    """Why a record fared as it did, or what the novel says to an answer."""
    return t(_said(told, _REASONS).replace(": ", "："), told)


def left(told: str) -> str:
    """How people left a row, as `Worth.told` has it of one on which they disagree."""
    return t(_said(told, _LEFT).replace(": ", "："), told)


def place(locator: str) -> str:
    """Where in a file or novel something stands.

    >>> place("chapter 3, character 120"), place("线装本, row 7")
    ('第3回　第120字', '线装本　第7行')
    """
    return t(_said(locator, _PLACES), locator)


def commit(message: str) -> str:
    """What a snapshot was made by."""
    return t(_said(message, _COMMITS), message)


def table(name: str, comment: str) -> str:
    """What a table holds, by its name and its comment in the schema."""
    return t(_TABLES.get(name.partition("(")[0], comment), comment)


def rule(name: str) -> str:
    """The rule that found a speaker or a kind."""
    if name.startswith("chosen by "):  # a model's choice, see warehouse/assist
        return t(f"{name.removeprefix('chosen by ')} 选的", name)
    return t("，".join(_SPOKEN_BY.get(part, part) for part in name.split("; ")), name)


def _said(text: str, patterns: Sequence[tuple[str, Said]]) -> str:
    for pattern, said in patterns:
        text = re.sub(pattern, said if callable(said) else partial(_filled, said), text)
    return text


def _filled(said: str, found: re.Match[str]) -> str:
    """The words with what was found in their places; without what follows the colon where nothing was found."""
    groups = found.groups()
    if groups and all(group is None for group in groups):
        return said.partition("：")[0]
    return said.format(*(group or "" for group in groups))
