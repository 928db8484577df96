"""A JSON lines file in; for each row its cluster, and whether it is kept, out as Parquet. Needs no warehouse."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpora.errors import BadInput
from corpora.files import write_whole
from corpora.progress import track
from corpora.settings import settings
from warehouse.clusters import Groups
from warehouse.near import NearConfig, near_pairs
from warehouse.normalise import normalise


def dedup_file(file: Path, text: str, id_column: str, threshold: float, output: Path) -> tuple[int, int]:
    """Write `id, cluster_id, kept, duplicate_of` for each row, in order; returns the numbers of rows and of kept ones.

    The first row of a cluster is kept, the others are duplicates of it. Raises BadInput on a missing or broken
    file, naming the line, and on a column that a row does not have.
    """
    config = settings(NearConfig, {"threshold": threshold}, "--threshold")
    ids, texts = [], []
    for number, row in _rows(file):
        if text not in row:
            raise BadInput(f"{file}: line {number} has no column {text!r}; it has {', '.join(row)}")
        if id_column and id_column not in row:
            raise BadInput(f"{file}: line {number} has no column {id_column!r}; it has {', '.join(row)}")
        ids.append(str(row[id_column]) if id_column else str(number))
        texts.append(normalise(str(row[text] if row[text] is not None else "")))
    if len(set(ids)) != len(ids):
        raise BadInput(f"{file}: column {id_column!r} gives one id to several rows; choose another with --id")
    first = first_of_cluster(texts, config)
    table = pa.table(
        {
            "id": ids,
            "cluster_id": [ids[k] for k in first],
            "kept": [k == i for i, k in enumerate(first)],
            "duplicate_of": [ids[k] if k != i else None for i, k in enumerate(first)],
        },
        schema=pa.schema(
            [("id", pa.string()), ("cluster_id", pa.string()), ("kept", pa.bool_()), ("duplicate_of", pa.string())]
        ),
    )
    with write_whole(output) as part:
        pq.write_table(table, part, compression="zstd")
    return len(ids), sum(table["kept"].to_pylist())


def first_of_cluster(texts: list[str], config: NearConfig) -> list[int]:
    """For each text the position of the first text of its cluster; texts are normalised, equal ones allowed."""
    first: dict[str, int] = {}
    for i, text in enumerate(texts):
        first.setdefault(text, i)
    unique = list(first)
    groups: Groups[int] = Groups()
    for position in first.values():
        groups.first(position)
    for pair in near_pairs(unique, config):
        groups.tie(first[unique[pair.left]], first[unique[pair.right]])
    return [groups.first(first[text]) for text in texts]


def _rows(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    number = 0
    try:
        with open(file, "rb") as lines:  # decoded line by line, so that a wrong byte has a line number
            for number, line in enumerate(track(lines, "read"), 1):
                if text := line.decode("utf-8-sig" if number == 1 else "utf-8").strip():
                    row = json.loads(text)
                    if not isinstance(row, dict):
                        raise BadInput(f"{file}: line {number} is no JSON object; give one object a line")
                    yield number, row
    except json.JSONDecodeError as error:
        raise BadInput(f"{file}: line {number}: not valid JSON ({error.msg}, column {error.colno}); mend it") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}: line {number}: not UTF-8 ({error.reason}); convert the file to UTF-8") from None
    except OSError as error:
        raise BadInput(f"{file}: cannot be read: {error.strerror}; check the path") from None
