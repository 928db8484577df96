"""A question's stem, options and answer in; why no novel can tell the answer, if so, out."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from warehouse.evidence.letters import bare, fold

# What a novel itself does not tell, by the words that such questions have.
_ABOUT = {
    "the author or the making of the book": "作者 作家 著者 成书 写于 创作 取材 续书 后四十回 脂砚斋 评点 版本 手稿 笔名",
    "literature": "文学 体裁 题材 章回 四大名著 四大奇书 主题 思想 艺术 修辞 手法 性格 形象 特点 启示 感想 看法 谈谈 "
    "[何样你]评价 评价一下 赏析 小说史 主旨",
    "stage or screen": r"电视剧 电影 影视 央视 扮演 饰演 主演 演员 导演 \d+版 游戏 京剧 越剧 戏曲",
    "words": "歇后语 谜语 谜面 谜底 猜谜 打一 （[名号人][^（）]{0,4}[一二两三1-3]） 读音 拼音 注音 字形 错别字 部首 笔画 "
    "字典 词典 近义词 反义词 病句",
    "history": "正史 史书 史实 三国志 历史上 史学 考古 今[属为]?[^，。]{0,3}[省市县] 如今 (?<!出)现在 科学",
}
_PATTERNS = [
    (f"it asks about {about}, which the novel does not tell", re.compile("|".join(words.split())))
    for about, words in _ABOUT.items()
]
_AUTHORS = re.compile("罗贯中|施耐庵|吴承恩|曹雪芹|高鹗|程伟元|脂砚斋|毛宗岗|金圣叹")
_WORKS = re.compile(r"^\W*(?:三国演义|水浒全?传|西游记|红楼梦|聊斋志异|封神演义|儒林外史|史记|资治通鉴|论语)\W*$")
_ORDER = re.compile("顺序|先后|次序")
_ENUMERATED = re.compile(r"[①-⑳\s、，,→]+")


@dataclass(frozen=True)
class Outside:
    """Why no novel can tell, as a sentence. `because` are the letters that say so with one before and one behind: a novel
    that has just these (都云作者痴) may tell after all. Empty where nothing does."""

    reason: str
    because: str = ""


def asks_order(stem: str) -> bool:
    """Whether the stem asks for the order of what happens."""
    return bool(_ORDER.search(stem))


def enumerated(option: str) -> bool:
    """Whether an option is nothing but numbers of what the stem lists (①③④)."""
    return bool(_ENUMERATED.fullmatch(option))


def outside_novels(stem: str, options: Collection[str], answer: Collection[str]) -> Outside | None:
    """Why no novel can tell the answer; None where one may."""
    if not any(map(bare, answer)):
        return Outside("it has no answer")
    words = fold(stem).replace("(", "（").replace(")", "）")
    for reason, pattern in _PATTERNS:
        if found := pattern.search(words):
            return Outside(reason, bare(words[max(0, found.start() - 1) : found.end() + 1]))
    if sum(bool(_WORKS.search(option)) for option in options) > 1:
        return Outside("it asks which work, which no novel tells of itself")
    if options and all(map(enumerated, options)) and not asks_order(stem):
        return Outside("its options are numbers of what the stem lists, which are not judged")
    if any(map(_AUTHORS.search, [stem, *answer])):
        return Outside(_PATTERNS[0][0])
    return None
