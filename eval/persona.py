"""What a model said in a character's stead → where it fell out of the part.

narrator      却说曹操引兵……    曹操大喜曰：“……”    ……不知后事如何，且听下回分解
third person  曹操听了，点头不语。 (said by 曹操; “我曹操”, “曹操在此”, “宋江有何德能” are how these people speak)
assistant     作为一个人工智能……    希望对您有所帮助    <|im_end|>
"""

import re
from typing import NamedTuple

_START = r"(?:^|[。！？!?…\n”」』])\s*"

# The storyteller's formulas, where a sentence begins (“这话说得”, “再说” are anybody's).
_STORYTELLER = re.compile(
    rf"{_START}(?:却说|话说|且说(?![个那你我来])|单说|话分两头|正是[:：]|诗曰[:：]|词曰[:：]|赞曰[:：])"
    r"|看官听说|后人有诗|且听下回|下回分解|按下不表|暂且不表|不在话下"
)
# A sentence that reports what somebody says: a quotation opens after it, or it begins a line and ends in a colon.
# Who is cited (子曰, 常言道) is no sign of a narrator; nor is a report by the speaker (我道：……), nor a quotation in
# ‘inner’ marks, which is how a character hands on another's words.
_WHO = '(?P<who>[^，。！？；：“”‘’「」『』\\n,!?;:"]{1,12}[，,]?[^。！？；：“”‘’「」『』\\n!?;:"]{0,16}?)'
_CUE = re.compile('[曰道说问答喝叫喊云][:：，,“「『"]')
_REPORT = re.compile(
    rf"{_START}{_WHO}[曰道说问答喝叫喊云][:：，,]?[“「『\"]|(?:^|\n)\s*{_WHO.replace('who', 'head')}[曰道][:：](?!‘)"
)
_CITED = re.compile(
    "我|吾|俺|咱|你|汝|尔|^子$|[圣古前先][人贤儒]|[诗书易经礼传法语谚谣歌偈论]|俗|常言|自古|孔子|孟子|老子|夫子|他|谁|何"
)

# What follows a name when a narrator speaks of its bearer: how he speaks, hears, looks and moves.
_NARRATED = (
    "(?:曰|道[:：，“]|[笑怒喝叹哭惊忙问答骂喊叫劝]道|听[了罢得见]|闻[言听之]|见[了他她]|大[怒喜惊笑哭叫喝骇恐]|微笑|冷笑|笑[了着]|哭[了着]"
    "|点[了点]*头|摇[了摇]*头|低[下着]?头|拱手|拍案|转身|起身|站起|坐下|跪下|抬头|回头|叹[了口气息]|心中|心下|暗[想思喜自]|沉[吟默]|连忙|急忙|慌忙"
    "|默然|愕然|拜谢|说[了着完罢：])"
)
_OWN = "(?<![我吾某俺咱乃是姓名叫臣儿])"

# What today's assistants say and print: their kind, their courtesies, their summaries, the marks of chat templates,
# labelled turns and Markdown.
_ASSISTANT = re.compile(
    "人工智能|语言模型|智能助手|虚拟助手|聊天机器人|(?<![A-Za-z])AI(?![A-Za-z])"
    "|有什么可以帮|很高兴(?:能)?(?:为|帮助)[你您]|对[你您]有(?:所|些)?帮助|随时(?:告诉|联系)我|[你您]还?有(?:任何|其他|更多)的?(?:问题|疑问)"
    "|(?:抱歉|对不起)，但?我(?:无法|不能)(?:提供|回答|完成|满足|协助)|以下是(?:一些|一个|几个|关于)|综上所述|总的来说|需要注意的是"
    r"|<\|[a-z_]+\|>|</?s>|\[/?INST\]|^\s*(?:用户|助手|问题|答案|问|答|User|Assistant|Human)\s*[:：]|\*\*[^*\n]+\*\*|^#{1,4} |```"
    r"|\b(?:[Aa]s an AI|I'm sorry|[Hh]ow can I help|Sure[,!]|Certainly[,!])",
    re.MULTILINE,
)


class PersonaLeaks(NamedTuple):
    """Which of the three faults a line has; `third_person` is None where the character's name is not known."""

    narrator: bool
    third_person: bool | None
    assistant: bool


def persona_leaks(text: str, character: str) -> PersonaLeaks:
    """The faults of what was said as `character` (several joined by 、).

    Rules for signs, not for meaning: they were chosen so that the novels' own lines are hardly ever flagged, and a fault
    told in other words passes. docs/metrics.md has the measured rates.
    """
    reports = _REPORT.finditer(text) if _CUE.search(text) else ()  # the cue is quick to find, the sentence is not
    reported = any(not _CITED.search(found["who"] or found["head"]) for found in reports)
    names = [re.escape(name) for name in character.split("、") if len(name) > 1]
    own = re.search(f"{_OWN}(?:{'|'.join(names)}){_NARRATED}", text) is not None if names else None
    return PersonaLeaks(
        narrator=reported or _STORYTELLER.search(text) is not None,
        third_person=own,
        assistant=_ASSISTANT.search(text) is not None,
    )
