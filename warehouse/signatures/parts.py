"""Normalised texts in, Parquet files of rows and keys out: what the store keeps of a block of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.signatures.config import NearConfig
from warehouse.signatures.keys import near_keys
from warehouse.signatures.shingles import U64


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one stretch of the input: their numbers, ascending, their ids and their normalised texts."""

    rows: Sequence[int]
    ids: Sequence[str]
    texts: Sequence[str]


def digests(texts: Sequence[str]) -> U64:
    """(texts, 2): 128 bits that stand for each text; two different texts never have the same."""
    joined = b"".join(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts)
    return np.frombuffer(joined, dtype="<u8").reshape(-1, 2)


def write_block(folder: Path, number: int, block: Block, config: NearConfig) -> None:
    """Write rows-NUMBER.parquet (row, id, high, low, text) and keys-NUMBER.parquet (key, row), the latter by key.

    Of equal texts only the first is written out and gets keys, the others have null for a text.
    """
    first = {text: k for k, text in reversed(list(enumerate(block.texts)))}
    leads = [first[text] == k for k, text in enumerate(block.texts)]
    unique = [text for text, lead in zip(block.texts, leads, strict=True) if lead]
    rows = np.asarray(block.rows, dtype=np.int64)
    digest = digests(block.texts)
    table = {
        "row": rows,
        "id": pa.array(block.ids, pa.string()),
        "high": digest[:, 0],
        "low": digest[:, 1],
        "text": pa.array([t if lead else None for t, lead in zip(block.texts, leads, strict=True)], pa.string()),
    }
    pq.write_table(pa.table(table), folder / f"rows-{number:06}.parquet", compression="lz4", use_dictionary=False)
    keys, owners = near_keys(unique, config)
    order = np.argsort(keys)
    table = {"key": keys[order], "row": rows[np.asarray(leads, dtype=bool)][owners[order]]}
    # Small groups of rows in order of their keys: a range of keys is read without the rest.
    pq.write_table(
        pa.table(table), folder / f"keys-{number:06}.parquet", compression="lz4", use_dictionary=False,
        row_group_size=1 << 16,
    )  # fmt: skip
