"""Rows by hand in, a training set's folder out: five rows of every kind that a format may not hold, or hold otherwise."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpora.files import sha256_file
from warehouse.exports.row import SetRow
from warehouse.manifest import Manifest

CARD = "你是《三国演义》中的刘备。\n刘备说过：\n“备乃中山靖王之后。”"
SOURCES = {
    "novels/sanguo": {
        "title": "三国演义", "kind": "novel", "licence": "public domain; typeset text from somewhere",
        "origin": "sanguo.txt", "rows": 2,
    },
    "quiz/bank": {
        "title": "题库", "kind": "quiz", "licence": "CC BY-NC-SA 4.0; haonan-li/CMMLU@d6e7b716",
        "origin": "https://example.org/bank.csv", "rows": 2,
    },
    "instruct/rows": {"title": "指令", "kind": "instruct", "licence": "", "origin": "rows.jsonl", "rows": 2},
}  # fmt: skip


def made_row(
    number: int, task: str, kind: str, turns: Sequence[str], answer: str, system: str = "", **more: str
) -> SetRow:
    """A row whose sample id is its number; the turns alternate, the user's first."""
    said = [{"role": ("user", "assistant")[i % 2], "content": turn} for i, turn in enumerate(turns)]
    source = {"roleplay": "novels/sanguo", "quiz": "quiz/bank", "instruct": "instruct/rows"}[task]
    plain: dict[str, Any] = {"novel": "", "character": "", "source_id": source, "reference": answer}
    messages = (*([{"role": "system", "content": system}] if system else []), *said)
    own = f"{number:016x}"
    return SetRow(
        sample_id=own, task=task, question_type=kind, messages=messages, answer=answer, cluster_id=own, **plain | more
    )


LINE = made_row(
    1, "roleplay", "single_turn", ["操举杯，谓众人曰：“今日诸公皆英雄也。”\n曹操曰："], "天下英雄，惟使君与操耳。",
    novel="三国演义", character="曹操",
)  # fmt: skip
QUIZ = made_row(
    2,
    "quiz",
    "single_choice",
    ["单项选择题。\n桃园结义有几人？\nA. 二\nB. 三"],
    "B. 三",
    reference="B",
    novel="三国演义",
)
SCENE = made_row(
    3, "roleplay", "multi_turn", ["张飞曰：“哥哥何故叹息？”\n刘备曰：", "备乃汉室宗亲。", "关羽曰：“愿从兄长。”\n刘备曰："],
    "吾得二贤弟，大事可成！", CARD, novel="三国演义", character="刘备",
)  # fmt: skip
TALK = made_row(4, "instruct", "conversation", ["何谓义？", "宜也。", "举一例。"], "桃园三结义。")
POLITE = made_row(5, "instruct", "instruction", ["写一句请柬。"], "敬备薄酌，恭候光临。", "用文言回答。")
SEED = made_row(6, "quiz", "true_false", ["判断题。\n“关羽”字云长，\t一作长生。"], "正确", reference="true")
ROWS = {"seed": (SEED,), "train": (LINE, QUIZ, SCENE, TALK, POLITE), "valid": (), "test": ()}


def write_set(folder: Path, rows: Mapping[str, Sequence[SetRow]] = ROWS) -> Path:
    """The folder, with the rows of each split in it and a manifest over them."""
    turns = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
    schema = pa.schema([(name, turns if name == "messages" else pa.string()) for name in SetRow.__slots__])
    manifest = Manifest(
        name="hand", set_id="5e7" + "0" * 13, snapshot=7, config={"name": "hand"}, config_sha256="c0" * 32,
        code_version="c0de" * 4, rows={}, files={}, sources=SOURCES,
    )  # fmt: skip
    folder.mkdir(parents=True)
    for split, of_split in rows.items():
        path = folder / f"{split}.parquet"
        pq.write_table(pa.Table.from_pylist([asdict(row) for row in of_split], schema=schema), path)
        manifest.rows[split] = len(of_split)
        manifest.files[path.name] = {"sha256": sha256_file(path), "rows": len(of_split)}
    (folder / "manifest.json").write_text(json.dumps(asdict(manifest)), encoding="utf-8")
    return folder
