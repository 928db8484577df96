"""A question's wording in, the words to look for in its novel out: people by all their names, and pairs of letters."""

import math
import re
from collections.abc import Collection

from warehouse.evidence.field import Term
from warehouse.evidence.index import Index
from warehouse.evidence.letters import fold
from warehouse.evidence.people import People

# What questions are made of and novels do not answer by; the longest first.
_ASKING = """三国演义 水浒全传 水浒传 西游记 红楼梦 石头记 长篇小说 小说 故事 情节 书中 文中 原著 名著 演义 请问 请简述 简述 描述 一下
下列 以下 下面 哪一个 哪一位 哪个 哪位 哪些 哪一 哪里 哪 谁 什么 怎样 怎么 如何 为何 为什么 几个 几次 多少 几 是不是 是否 可以 分别 其中 之中
当中 这个 那个 这位 那位 这 那 一位 一个 一名 的是 的 是 了 着 吗 呢 叫做 叫作 称作 称为 指的 指 中 在 和 与 及 对 说 他 她 它 他们 人物
名字 名 人 里 里面 属于 有关 关于 正确 错误 不正确 选项 一项 说法 又 因 为 个 曾 后来 之 而 于 从 所 有 也 就 都 由 以 用 到 将 给 其 被 把""".split()
_CUT = re.compile("|".join(sorted(map(re.escape, _ASKING), key=len, reverse=True)))
# A book's own title is looked for where it is asked what else the book is called.
_TITLE = re.compile("(三国演义|水浒传|西游记|红楼梦|石头记)[^，。_]{0,4}(?:又名|又称|原名|本名|又叫|别名|也叫|亦名)")
_EMPTY = frozenset(
    "的是了在和与及对说他她它这那哪谁何什么怎样如为几多少一个位名人物里中有之而于从所也就都由以用到将不给其被把着吗呢又因曾叫作称指请问小书文"
)
# Weights were set on the banks of short answers (see docs/decisions.md): a name tells three times its bits, since people are
# who questions are about; single letters tell little.
_PERSON, _SINGLE = 3.0, 0.35
_RARE = 9.0  # bits a single letter must have to be looked for at all


def terms_of(wording: str, index: Index, people: People, without: Collection[str] = ()) -> list[Term]:
    """The terms of a question's wording, each once. A person counts by every name; the rest as pairs of neighbouring
    letters, and as single letters, of what is left when the words of asking are cut out.

    `without` are labels (canonical names, letters) that must not count, as they are what is asked for.
    """
    found: dict[str, Term] = {}
    barred = set(without)

    def person(match: re.Match[str]) -> str:
        name = people.names[match[0]]
        positions = people.mentions.get(name)
        if positions is not None and name not in barred:
            found.setdefault(name, Term(name, positions, _PERSON * max(1.0, _bits(index, len(positions)))))
        return "|"

    folded = fold(wording)
    rest = _CUT.sub("|", people.pattern.sub(person, folded)) + "|".join(["", *_TITLE.findall(folded)])
    for run in re.findall(r"[^\W|_]+", rest):
        for gram in [run[at : at + 2] for at in range(len(run) - 1)] + [c for c in run if c not in _EMPTY]:
            if gram in found or gram in barred:
                continue
            positions = index.find(gram)
            bits = _bits(index, len(positions))
            if len(gram) == 2:
                found[gram] = Term(gram, positions, bits)
            elif len(positions) and bits >= _RARE:
                found[gram] = Term(gram, positions, _SINGLE * bits)
    return list(found.values())


def _bits(index: Index, count: int) -> float:
    return math.log2(max(index.size, 1) / max(count, 1))
