"""What is known is not compared again, and gives the same pairs as comparing all."""

import random
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tiny import document, new_lake, put, told

import warehouse.curate as curation
import warehouse.known_pairs as module
from warehouse.decide import CurateConfig
from warehouse.known_pairs import known_pairs
from warehouse.lake import Lake, writing
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


def rows_of(lake: Lake) -> dict[str, dict[str, Any]]:
    rows = lake.connection.execute("SELECT * EXCLUDE messages FROM samples").to_arrow_table().to_pylist()
    return {row["sample_id"]: row for row in rows}


def test_curation_by_what_is_stored_decides_as_without_and_new_rows_move_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [f"{text}{text[::-1]}" for text in texts_of(204) if len(text) > 9]
    old, new = [[told(k, text, "善哉") for k, text in enumerate(texts)] for texts in (said[2:], said[:2])]
    decided = []
    for name, find in (("plain", known_pairs), ("stored", partial(known_pairs, least=0))):
        monkeypatch.setattr(curation, "known_pairs", find)
        with writing(new_lake(tmp_path / name)) as lake:
            put(lake, (document("instruct/old", "instruct"), old))
            curation.curate(lake, CurateConfig())
            before = rows_of(lake)
            put(lake, (document("instruct/new", "instruct"), new))
            curation.curate(lake, CurateConfig())
            after = rows_of(lake)
        assert {key: after[key] for key in before} == before
        decided.append(after)
    assert decided[0] == decided[1] and len(after) == len(before) + 2
    clusters = Counter(row["cluster_id"] for row in after.values() if row["fate"] != "rejected")
    assert sum(size > 1 for size in clusters.values()) > 5 and "merged" in {row["fate"] for row in after.values()}
    assert not (tmp_path / "plain" / "near").exists()
    parts = sorted((tmp_path / "stored" / "near").rglob("rows-*.parquet"))
    assert [pq.read_metadata(part).num_rows for part in parts] == [len(before), 2]


def test_few_texts_leave_nothing_behind(tmp_path: Path) -> None:
    assert list(known_pairs(tmp_path / "near")(["是", "然"], CONFIG)) == []
    assert not (tmp_path / "near").exists()


def test_other_settings_are_another_matter(tmp_path: Path) -> None:
    find, texts = known_pairs(tmp_path, least=0), texts_of(30)
    strict = NearConfig(threshold=0.9)
    assert list(find(texts, CONFIG)) == list(near_pairs(texts, CONFIG))
    assert list(find(texts, strict)) == list(near_pairs(texts, strict))
