"""What is known is not compared again, and gives the same pairs as comparing all."""

import random
from pathlib import Path

import pytest

import warehouse.known_pairs as module
from warehouse.known_pairs import known_pairs
from warehouse.near import NearConfig, near_pairs

CONFIG = NearConfig()


def texts_of(count: int, seed: int = 1) -> list[str]:
    letters = random.Random(seed)
    texts = ["".join(chr(0x4E00 + letters.randrange(900)) for _ in range(letters.randrange(1, 90)))]
    while len(texts) < count:
        text = list(texts[-1])
        for _ in range(letters.randrange(1, 5)):
            text[letters.randrange(len(text))] = chr(0x4E00 + letters.randrange(900))
        fresh = "".join(chr(0x4E00 + letters.randrange(900)) for _ in range(letters.randrange(1, 90)))
        texts.append("".join(text) if letters.random() < 0.5 else fresh)
    return list(dict.fromkeys(texts))


def test_the_same_pairs_whatever_came_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = texts_of(120)
    find, whole = known_pairs(tmp_path, least=0), list(near_pairs(texts, CONFIG))
    assert len(whole) > 20
    assert list(find(texts[::2], CONFIG)) == list(near_pairs(texts[::2], CONFIG))
    assert list(find(texts, CONFIG)) == whole
    kept = sorted(path.name for path in tmp_path.rglob("part-*"))
    assert kept == ["part-000000", "part-000001"]
    monkeypatch.setattr(module, "_add", None)  # nothing is new now
    back = texts[::-1]
    turned = sorted((len(texts) - 1 - p.right, len(texts) - 1 - p.left, p.similarity) for p in whole)
    assert [(p.left, p.right, p.similarity) for p in find(back, CONFIG)] == turned


def test_few_texts_leave_nothing_behind(tmp_path: Path) -> None:
    assert list(known_pairs(tmp_path / "near")(["是", "然"], CONFIG)) == []
    assert not (tmp_path / "near").exists()


def test_other_settings_are_another_matter(tmp_path: Path) -> None:
    find, texts = known_pairs(tmp_path, least=0), texts_of(30)
    strict = NearConfig(threshold=0.9)
    assert list(find(texts, CONFIG)) == list(near_pairs(texts, CONFIG))
    assert list(find(texts, strict)) == list(near_pairs(texts, strict))
