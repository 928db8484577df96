"""The head of a quotation in, the words out by which it calls whom it is said to (悟空，…; 哥哥休怪; 小的们，…)."""

import re
from collections.abc import Iterable
from typing import NamedTuple

# Words of address that fit many people: whoever of the scene is meant, of that sex where the word tells it.
_MALE = """
    师父 师傅 徒弟 贤徒 哥哥 大哥 二哥 三哥 四哥 兄弟 贤弟 仁兄 兄长 贤兄 吾兄 吾弟 兄台 大王 大王爷 陛下 万岁 万岁爷 吾王 我王
    主公 主上 圣上 皇上 丞相 将军 大将军 都督 军师 先生 明公 使君 君侯 大圣 元帅 太尉 恩相 相公 大人 老爷 员外 官人 大官人
    客官 客人 客长 壮士 好汉 义士 头领 先锋 太公 老丈 老官儿 老公公 公公 长老 圣僧 和尚 好和尚 师兄 师弟 爷爷 老爷爷 太师
    太傅 国丈 国师 大爷 二爷 三爷 店家 小二哥 主人家 酒保 节级 都头 教头 提辖 押司 知寨 皇叔 呆子 贤侄 贤婿 女婿 叔叔 伯伯
    舅舅 哥儿 父王 父亲 爹爹 相爷 王爷 驸马 太子 殿下 孩儿 我儿 吾儿 儿呵 老弟 老兄 大师 法师 院主 老师父 老院主 老师 卿家
    道兄 好汉子 大伯 猢狲 猴头 武官 判官 大仙 真君 天师 星君 老星 老官 老人家
"""
_FEMALE = """
    姐姐 好姐姐 妹妹 好妹妹 嫂嫂 嫂子 大嫂 娘子 小娘子 夫人 奶奶 大奶奶 二奶奶 太太 老太太 姑娘 好姑娘 妈妈 老妈妈 婆婆 干娘
    老娘 姨娘 姨妈 婶婶 婶子 好婶子 大娘 老祖宗 女菩萨 小姐 公主 娘娘 母亲 母后 贤妻 浑家 姑姑 姑妈 姑太太 姨太太 嬷嬷
    老嬷嬷
"""
_EITHER = """
    菩萨 施主 老施主 恩人 小厮 丫头 足下 阁下 爱卿 贤卿 亲家 老人家 土地 龙王 老龙王
"""
_PLURAL = """
    小的们 孩儿们 孩儿每 孩子们 兄弟们 弟兄们 兄弟每 众位 列位 诸位 诸公 诸君 众将 众将军 众将官 众卿 诸卿 卿等 众兄弟 众弟兄
    众军士 众军 众官 众头领 徒弟们 小子们 左右 三军 姑娘们 姐妹们 姊妹们 丫头们 嫂子们 爷们 列位长老 列位大人 众徒弟 列位贤弟
    二位 三位 四位 二位贤弟 两位 二位哥哥 二位将军 三位 二公 公等 众僧 众猴 诸将 诸将军 众妖 众女将 众贤弟 众邻舍 高邻 老师们
"""
_OPENS = re.compile(
    r"[“‘「『]?(?:(?:[啊哎嗳唉嗐呀咦噫吓唗嘟哦喏咄咳呸]+[呀哟哈也]?|罢了|罢罢罢|罢|是了|不好了|来了|多谢|兀那|你那|你这个|你这|"
    r"我的|我那|[那这好贤老])[，！,!。]?)?"
)
_OPENING = frozenset("“‘「『啊哎嗳唉嗐呀咦噫吓唗嘟哦喏咄咳呸罢是不来多兀你我那这好贤老")
_ENDS = re.compile(r"[呵呀啊阿哑哪呐吓]{0,2}(?:[，！？。、：…,!?]|$)")
# What goes on after a word of address where no comma parts them: 师父放心, 哥哥说的是, 云长休走.
_GOES_ON = re.compile(
    r"休|莫|且|请|快|放心|放手|听着|听说|你|汝|差矣|之言|此言|所言|所见|见得|说的|说得|说那|救|饶|息怒|恕|不要|不可|不必|不知|不消|"
    r"何故|何不|何以|为何|何出|何往|何来|何须|何必|可|勿|宽|慢|少|留步|有所不知|在上|容|怎|那里去|真|既|若|今|此|这|别|先|"
    r"起来|醒|看|保重|切|在此|尊|有何|有令|万福"
)
_AFTER_NAME = re.compile(r"休|莫(?!非)|你|汝|听着|那里走|快|放心|勿|别")
_SECOND = re.compile(r"^[^，！。？、,!?]{1,8}[，！。？,!?]")  # a word of address in the second place, commas around it


class Vocative(NamedTuple):
    """A word of address: a name of the cast's, or one that fits several (`gender` where it tells; many if plural)."""

    words: str
    is_name: bool
    gender: str = ""
    plural: bool = False


class Vocatives:
    """Finds the word of address at the head of what is said, by look-ups in one table built once per cast."""

    def __init__(self, names: Iterable[str]) -> None:
        self._words: dict[str, Vocative] = {}
        for words, gender, plural in ((_MALE, "male", False), (_FEMALE, "female", False), (_EITHER, "", False)):
            self._words.update({word: Vocative(word, False, gender, plural) for word in words.split()})
        self._words.update({word: Vocative(word, False, "", True) for word in _PLURAL.split()})
        for name in names:
            if len(name) > 1:
                self._words.setdefault(name, Vocative(name, True))
        self._sizes: dict[str, tuple[int, ...]] = {}  # of the words that open with these two characters, longest first
        for word in self._words:
            sizes = {*self._sizes.get(word[:2], ()), len(word)}
            self._sizes[word[:2]] = tuple(sorted(sizes, reverse=True))

    def find(self, words: str) -> Vocative | None:
        """The word of address that these words open with, or that stands between their first commas; else None."""
        if words[:2] in self._sizes and (found := self._at(words, 0)) and _calls(words, 0, found):
            return found
        at = opening.end() if words[:1] in _OPENING and (opening := _OPENS.match(words)) else 0
        if at and (found := self._at(words, at)) and _calls(words, at, found):
            return found
        if (first := _SECOND.match(words)) and (found := self._at(words, first.end())):
            end = first.end() + len(found.words)
            return found if _ENDS.match(words, end) and words[end : end + 1] not in ("", "、") else None
        return None

    def _at(self, words: str, at: int) -> Vocative | None:
        for size in self._sizes.get(words[at : at + 2], ()):
            if found := self._words.get(words[at : at + size]):
                return found
        return None


def _calls(words: str, at: int, found: Vocative) -> bool:
    """True if `found` at `at` calls somebody: 悟空，…, not 悟空 by itself, which answers, nor 孔明、云长，各引一军."""
    end = at + len(found.words)
    if found.is_name:
        parted = bool(_ENDS.match(words, end)) and words[end : end + 1] not in ("", "、")
        return parted or bool(_AFTER_NAME.match(words, end))
    return bool(_ENDS.match(words, end) or _GOES_ON.match(words, end))
