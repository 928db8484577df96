"""A base that is made in a second, for every test that needs one: `from tiny_base import tiny_base  # noqa: F401`."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from train.embedded import EmbeddedConfig, embedded_base
from train.rows import Row

TEXTS = (
    "第一回\n却说曹操举杯，笑道：“天下英雄，惟使君与操耳。”刘备大惊，手中匙箸落地。\n"
    "关羽曰：“兄长何故惊慌？”张飞曰：“俺也不知！”刘备曰：“闻雷而惊……”\n",
    "问：桃园结义有几人？\n答：三人。\n判断题，只回答“正确”或“错误”。关羽字云长。\n",
)
TINY = EmbeddedConfig(
    vocab_size=420, min_frequency=2, hidden_size=32, layers=1, heads=2, kv_heads=1, context=256, window=32,
    batch_size=4, steps=6, passes=1000,
)  # fmt: skip


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its folder. One training serves all modules that import this, since `embedded_base` finds it there again."""
    return embedded_base(TEXTS, tmp_path_factory.getbasetemp() / "tiny-base", TINY)


def row(sample_id: str, asked: str, answer: str, task: str = "quiz") -> Row:
    """A row with one user turn."""
    return Row(sample_id, task, ({"role": "user", "content": asked},), answer, reference=answer)


def write_rows(path: Path, rows: Sequence[Row]) -> Path:
    """The rows as a parquet file of a training set."""
    names = list(Row.__dataclass_fields__)
    records = [{name: getattr(one, name) for name in names} | {"messages": list(one.messages)} for one in rows]
    pq.write_table(pa.Table.from_pylist(records), path)
    return path
