"""Normalised texts in, Parquet files of rows and keys out: what the store keeps of a block of rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.signatures.config import NearConfig
from warehouse.signatures.keys import near_keys
from warehouse.signatures.shingles import I64, U64


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one stretch of the input: their numbers, ascending, their ids and their normalised texts."""

    rows: Sequence[int]
    ids: Sequence[str]
    texts: Sequence[str]


def digests(texts: Sequence[str]) -> U64:
    """(texts, 2): 128 bits that stand for each text; two different texts never have the same."""
    return _digests(text.encode("utf-8", "surrogatepass") for text in texts)


def _digests(texts: Iterable[bytes]) -> U64:
    joined = bytearray()
    for text in texts:
        joined += blake2b(text, digest_size=16).digest()
    return np.frombuffer(joined, dtype="<u8").reshape(-1, 2)


def write_block(folder: Path, number: int, block: Block, config: NearConfig) -> None:
    """Write rows-NUMBER.parquet (row, id, high, low, text) and keys-NUMBER.parquet (key, row), the latter by key.

    Of equal texts only the first is written out and gets keys, the others have null for a text.
    """
    first: dict[str, int] = {}
    leads = np.array([first.setdefault(text, k) == k for k, text in enumerate(block.texts)], dtype=bool)
    rows = np.asarray(block.rows, dtype=np.int64)
    texts = [text.encode() for text in block.texts]
    digest = _digests(texts)
    table = {
        "row": _numbers(rows),
        "id": _words([name.encode() for name in block.ids]),
        "high": _numbers(digest[:, 0]),
        "low": _numbers(digest[:, 1]),
        "text": _words([text if lead else b"" for text, lead in zip(texts, leads.tolist(), strict=True)], leads),
    }
    _write(table, folder / f"rows-{number:06}.parquet")
    keys, owners = near_keys(list(first), config)
    order = np.argsort(keys)
    table = {"key": _numbers(keys[order]), "row": _numbers(rows[leads][owners[order]])}
    # Small groups of rows in order of their keys: a range of keys is read without the rest.
    _write(table, folder / f"keys-{number:06}.parquet", row_group_size=1 << 16)


def _write(columns: dict[str, pa.Array], file: Path, row_group_size: int | None = None) -> None:
    table = pa.Table.from_arrays(list(columns.values()), list(columns))
    pq.write_table(table, file, row_group_size, compression="lz4", use_dictionary=False)


# pyarrow.array would do both, and import pandas first, which takes longer than signing 20,000 texts.
def _numbers(values: U64 | I64) -> pa.Array:
    kind = pa.int64() if values.dtype == np.int64 else pa.uint64()
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def _words(words: Sequence[bytes], there: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """Of UTF-8; null where `there` says so. Of 64-bit offsets, since a block has no greatest size."""
    ends = np.zeros(len(words) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, words), np.int64, len(words)), out=ends[1:])
    valid = None if there is None else pa.py_buffer(np.packbits(there, bitorder="little"))
    buffers = [valid, pa.py_buffer(ends), pa.py_buffer(b"".join(words))]
    return pa.Array.from_buffers(pa.large_string(), len(words), buffers)
