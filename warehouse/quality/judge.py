"""An example's words in, what each quality rule says of them out."""

from collections.abc import Callable, Iterator

from warehouse.quality.contact import contact
from warehouse.quality.damage import encoding, markup, truncated
from warehouse.quality.shape import echo, empty, han, length, repeats
from warehouse.quality.words import RULES, RulesConfig, Words

Rule = Callable[[Words, RulesConfig], str]

_FUNCTIONS: dict[str, Rule] = {
    rule.__name__: rule for rule in (empty, length, han, repeats, encoding, markup, contact, echo, truncated)
}


def drops(words: Words, config: RulesConfig) -> Iterator[tuple[str, str]]:
    """(rule, reason) for each rule that would drop the row, in the order of `RULES`; those of `off` are not asked."""
    for name in RULES:
        reason = "" if name in config.off else _FUNCTIONS[name](words, config)
        if reason:
            yield name, reason
