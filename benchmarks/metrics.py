"""Pairs of answers; seconds of our ROUGE and BLEU, of all our metrics with their intervals, and of the two libraries out.

    .venv/bin/python benchmarks/metrics.py [PAIRS] [TRAIN.parquet]        10,000 pairs by default

Pairs are two answers of one training set (or generated lines, where none is given), each text once, so that no cache
helps. The libraries are called as the ChatGLM scripts call them, one pair at a time: jieba.cut on both texts and
rouge-chinese's get_scores, then nltk's sentence_bleu over characters. Everything in one process, one after the other.
"""

import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jieba
import pandas as pd
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from rouge_chinese import Rouge

sys.path.insert(0, str(Path(__file__).parent.parent))

from eval.bleu import bleu_4
from eval.metrics import METRICS, Values, measure
from eval.predictions import Prediction
from eval.rouge import rouge
from eval.scores import summarise
from eval.words import unknown_words, words

PHRASES = (
    "玄德曰 天下大势 分久必合 何以知之 某愿往 不可轻敌 来日 再作商议 贤弟 休得无礼 吾观此人 必有异志 且看 三日之内 "
    "取其首级 献与主公 众皆失色 城中粮草 已尽 如之奈何"
).split()
PIECE = 500  # pairs; ours and theirs take turns, so that what else the machine does falls on all alike


def pairs_of(count: int, path: str | None) -> list[tuple[str, str]]:
    """`count` pairs, each of them a prediction and a reference."""
    chance = random.Random(20230401)
    if path:
        texts = sorted(set(pd.read_parquet(path, columns=["answer"])["answer"]))
        chance.shuffle(texts)
    else:
        texts = ["，".join(chance.choices(PHRASES, k=chance.randrange(2, 14))) + "。" for _ in range(2 * count)]
    count = min(count, len(texts) // 2)
    return list(zip(texts[:count], texts[count : 2 * count], strict=True))


def by_libraries(pairs: Sequence[tuple[str, str]]) -> list[tuple[float, float]]:
    """ROUGE-L and BLEU-4 of each pair."""
    library, method_3, found = Rouge(), SmoothingFunction().method3, []
    for prediction, reference in pairs:
        scores = library.get_scores(" ".join(jieba.cut(prediction)), " ".join(jieba.cut(reference)))[0]
        bleu = sentence_bleu([list(reference)], list(prediction), smoothing_function=method_3)
        found.append((100 * scores["rouge-l"]["f"], 100 * bleu))
    return found


def ours(pairs: Sequence[tuple[str, str]]) -> list[tuple[float, float]]:
    """The same two of each pair."""
    return [(rouge(*pair).rouge_l, bleu_4(*pair)) for pair in pairs]


def everything(pairs: Sequence[tuple[str, str]]) -> list[Values]:
    """Every metric of each pair, taken as lines of a character."""
    return [
        measure(Prediction("", "roleplay", "single_turn", "三国演义", "曹操", "", mine, theirs, theirs, True))
        for mine, theirs in pairs
    ]


def main() -> None:
    """Print the table."""
    pairs = pairs_of(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, sys.argv[2] if len(sys.argv) > 2 else None)
    words("桃园")  # both dictionaries are loaded before the clock starts
    jieba.setLogLevel("WARNING")
    jieba.initialize()
    ways: dict[str, Callable[[Sequence[tuple[str, str]]], list[Any]]] = {
        "rouge-chinese and nltk": by_libraries,
        "our ROUGE and BLEU": ours,
        f"all {len(METRICS)} metrics": everything,
    }
    wall, cpu = dict.fromkeys(ways, 0.0), dict.fromkeys(ways, 0.0)
    found: dict[str, list[Any]] = {name: [] for name in ways}
    for start in range(0, len(pairs), PIECE):
        for name, work in ways.items():
            words.cache_clear()
            unknown_words.cache_clear()
            began, used = time.perf_counter(), time.process_time()
            found[name] += work(pairs[start : start + PIECE])
            wall[name] += time.perf_counter() - began
            cpu[name] += time.process_time() - used
    theirs, mine, values = found.values()
    rows = [Prediction("", "roleplay", "single_turn", "", "", "", one, "", other, True) for one, other in pairs]
    began, used = time.perf_counter(), time.process_time()
    summarise(rows, values)
    drawn, drawn_cpu = time.perf_counter() - began, time.process_time() - used
    last = "all, with intervals"
    wall[last], cpu[last] = wall[list(ways)[-1]] + drawn, cpu[list(ways)[-1]] + drawn_cpu
    apart = max(abs(a - b) for one, other in zip(mine, theirs, strict=True) for a, b in zip(one, other, strict=True))
    characters = sum(len(text) for pair in pairs for text in pair) / len(pairs) / 2
    print(f"{len(pairs):,} pairs, {characters:.0f} characters a text, load {os.getloadavg()[0]:.1f}; "
          f"ROUGE-L and BLEU-4 at most {apart:.1e} apart")  # fmt: skip
    for name in wall:
        share = [f"{100 * spent[name] / spent['rouge-chinese and nltk']:5.1f} %" for spent in (wall, cpu)]
        print(f"{name:24} {wall[name]:6.2f} s {share[0]}   processor {cpu[name]:6.2f} s {share[1]}")
    print(
        f"{'the intervals alone':24} {drawn:6.2f} s           processor {drawn_cpu:6.2f} s   (two groups of all rows)"
    )


if __name__ == "__main__":
    main()
