"""The options of a choice question in, the same in another order out, the answer's letters following."""

import re

from corpora.files import stable_id

# Options that speak of other options, by place or by letter: 以上都对, A和B, 前两项, AB.
_OF_OPTIONS = re.compile(
    r"以上|上述|上面|前面|前[两二三四]|[两二三四]者|[两二三四]项|[都全](?:对|错|正确|不对|不正确|不是)|(?:皆|均|都)[是非可]$|"
    r"(?<![A-Za-z0-9])[A-H](?:[、，,和与及或/\s]*[A-H])+(?![A-Za-z0-9])|(?<![A-Za-z])[A-H]\s*[项和与及或]"
)
_LETTER = re.compile(r"(?<![A-Za-z])[A-H](?![A-Za-z0-9])")  # a letter by itself in the stem: 下列对B项的理解


def shuffled(stem: str, options: dict[str, str], answer: str, seed: int) -> tuple[dict[str, str], str]:
    """The options under the same letters in a drawn order, and the letters that the answer has then, sorted.

    As they are where an option or the stem speaks of options by place or letter, or the answer names a letter that no
    option has. The draw depends on the seed and on the question's words, not on its id: a question keeps its order when
    its file grows above it, and has the same in two banks.
    """
    letters = sorted(options)
    as_is = options, "".join(sorted(answer))
    if len(letters) < 2 or not set(answer) <= set(letters) or _LETTER.search(stem):
        return as_is
    if any(_OF_OPTIONS.search(text) or not text.strip() for text in options.values()):
        return as_is
    order = sorted(letters, key=lambda letter: stable_id(seed, stem, options[letter]))
    moved = dict(zip(order, letters, strict=True))  # the old letter to the new one
    return {moved[old]: options[old] for old in order}, "".join(sorted(moved[letter] for letter in answer))
