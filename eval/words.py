"""Chinese text → jieba words, without touching jieba's shared state or leaving a file behind.

The words are jieba's own (precise mode with the HMM for what the dictionary does not know); the search for the likeliest
path through the dictionary is written out here, since jieba takes a logarithm for every arc of it and most of the time
of scoring goes there. The tests hold the two equal.
"""

import re
from functools import lru_cache
from math import log

import jieba
from jieba import finalseg

# Runs that the dictionary may hold, and the white space that parts the rest: jieba's `re_han_default`, `re_skip_default`.
_RUN = re.compile(r"([\u4E00-\u9FD5a-zA-Z0-9+#&\._%\-]+)")
_SPACE = re.compile(r"(\r\n|\s)")


@lru_cache(maxsize=1)
def _dictionary() -> tuple[dict[str, float | None], float]:
    """jieba's packaged words, each with the logarithm of its share, and that of a word it does not know.

    None stands for the beginnings of words that are no words. jieba's usual start reads, and writes, a marshalled cache
    under a fixed name in the system's temporary folder, which any user of the machine can replace; filling the tables
    from the packaged file costs half a second once. Tables of our own also keep scores the same when other code teaches
    `jieba.dt` new words.
    """
    tokenizer = jieba.Tokenizer()
    counts, total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    every = log(total)
    return {word: log(count) - every if count else None for word, count in counts.items()}, log(1) - every


@lru_cache(maxsize=20_000)  # references come back once per model; 20,000 answers of 100 characters are some 30 MB
def words(text: str) -> tuple[str, ...]:
    """The words of `text` as `jieba.cut` gives them, blanks and punctuation included."""
    found: list[str] = []
    for place, piece in enumerate(_RUN.split(text)):
        if place % 2:  # what the pattern took stands at the odd places
            _cut_run(piece, found)
        else:
            for number, part in enumerate(_SPACE.split(piece)):
                found += [part] if number % 2 else part
    return tuple(found)


def _cut_run(run: str, found: list[str]) -> None:
    """Adds the run's words: the likeliest path, with stretches of single characters cut anew by the HMM."""
    known = _dictionary()[0]
    ends = _likeliest(run)
    start = alone = 0  # from `alone` on, every word was one character
    while start < len(run):
        end = ends[start]
        if end - start > 1:
            _cut_singles(run[alone:start], known, found)
            found.append(run[start:end])
            alone = end
        start = end
    _cut_singles(run[alone:], known, found)


def _cut_singles(singles: str, known: dict[str, float | None], found: list[str]) -> None:
    # jieba leaves a stretch that is itself a word in single characters: the path through it was the likelier one.
    found += singles if len(singles) < 2 or known.get(singles) is not None else unknown_words(singles)


@lru_cache(maxsize=50_000)  # the same few characters between two words come back often
def unknown_words(singles: str) -> tuple[str, ...]:
    """The words that jieba's HMM sees in a stretch of characters that the dictionary has no longer word for."""
    return tuple(finalseg.cut(singles))


def _likeliest(run: str) -> list[int]:
    """For each position where the word that begins there ends, on the path of the highest product of shares.

    Taken from the end; of two paths equally likely the one whose first word is longer wins, as in jieba.
    """
    known, unknown = _dictionary()
    length = len(run)
    best = [0.0] * (length + 1)
    ends = [0] * length
    for start in range(length - 1, -1, -1):
        highest, stop, end = None, start + 1, start + 1
        while end <= length and (word := run[start:end]) in known:
            share = known[word]
            if share is not None and (highest is None or share + best[end] >= highest):
                highest, stop = share + best[end], end
            end += 1
        best[start] = unknown + best[start + 1] if highest is None else highest
        ends[start] = stop
    return ends
