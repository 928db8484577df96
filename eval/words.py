"""Chinese text → jieba words, without touching jieba's shared state or leaving a file behind."""

import logging
from functools import lru_cache

import jieba

# jieba reports on standard error while it is used; this room's output is for people to read.
jieba.setLogLevel(logging.WARNING)


@lru_cache(maxsize=1)
def _tokenizer() -> jieba.Tokenizer:
    """A tokenizer of our own with jieba's plain dictionary.

    jieba's usual start reads, and writes, a marshalled cache under a fixed name in the system's temporary folder,
    which any user of the machine can replace; filling the tables from the packaged dictionary costs half a second
    once. A private tokenizer also keeps scores the same when other code teaches `jieba.dt` new words.
    """
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


@lru_cache(maxsize=20_000)  # references come back once per model; 20,000 answers of 100 characters are some 30 MB
def words(text: str) -> tuple[str, ...]:
    """The words of `text` as `jieba.cut` gives them (precise mode with the HMM), blanks and punctuation included."""
    return tuple(_tokenizer().cut(text))
