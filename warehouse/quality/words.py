"""A candidate example in, the words that quality rules look at out; and the thresholds they go by."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

CODE = re.compile(r"```.*?(?:```|$)|`[^`\n]+`", re.S)
OF_CODE = re.compile(
    r"代码|编程|程序|网页|标签|脚本|正则|函数|变量|前端|后端|接口|转义|爬虫|表单|超链接|编码|模板|网站|\b(?:html|css|xml|json|javascript|js|vue|react|"
    r"python|java|php|sql|markdown|latex|unicode|bbcode|wiki\w*|c\+\+|web)\b",
    re.I,
)
RULES = ("empty", "length", "han", "repeats", "encoding", "markup", "contact", "echo", "truncated")


@dataclass(frozen=True)
class RulesConfig:
    """When a row is unfit, whatever it is about. docs/curation.md says where the numbers come from."""

    off: tuple[str, ...] = ()  # names of rules that are not asked
    min_answer: int = 1  # letters, digits and Chinese characters of an answer: 是。 is a line
    max_answer: int = 4_000  # characters
    max_prompt: int = 20_000  # characters of all turns together
    min_han: float = 0.1  # of the letters, digits and Chinese characters of an answer, those that are Chinese
    han_from: int = 30  # of them it must have for its share to count
    repeat_ngram: int = 10  # characters of a piece that is looked for again
    repeat_from: int = 60  # characters of an answer for its repeats to count
    max_repeated: float = 0.6  # share of an answer that pieces said more than once may cover: songs have refrains
    max_rounds: int = 12  # times one piece of up to 20 characters may follow upon itself

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.off) - set(RULES)):
            raise ValueError(f"off has {unknown[0]!r}; the rules are {', '.join(RULES)}")
        if not 0 <= self.min_han <= 1 or not 0 < self.max_repeated <= 1:
            raise ValueError(f"min_han {self.min_han} and max_repeated {self.max_repeated} must be shares from 0 to 1")
        for name in ("max_answer", "max_prompt", "repeat_ngram", "max_rounds"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")


@dataclass(frozen=True)
class Words:
    """One example as rules see it: its task, the turns of its prompt, and its answer."""

    task: str
    turns: Sequence[str]
    answer: str

    @property
    def asked(self) -> str:
        """The last turn of the prompt."""
        return self.turns[-1] if self.turns else ""

    @cached_property
    def prompt(self) -> str:
        """All turns, a line break between them."""
        return "\n".join(self.turns)

    @cached_property
    def whole(self) -> str:
        """Prompt and answer."""
        return f"{self.prompt}\n{self.answer}"
