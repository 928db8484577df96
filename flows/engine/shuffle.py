"""The keys of a part in, the rows that meet in each range of them out: a shuffle by Ray Data over the machines of a cluster.

Every band of a signature has keys of its own, so that a range of keys is a share of each band's buckets, and no bucket lies
in two ranges. What a range gives is left in the part's folder, which all machines must see.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import ray
import ray.data
from ray.data.context import DataContext, ShuffleStrategy

from corpora.files import write_whole
from warehouse.signatures.meeting import Meeting, Met, meet
from warehouse.signatures.shingles import U64

ENTRIES = 4_000_000  # of a range: some 256 MB while they are sorted


def meetings(meeting: Meeting) -> Iterator[Met]:
    """What meets in each range of the keys in `meeting.part`, the ranges ascending. Needs a Ray that has been started."""
    files = sorted(meeting.part.glob("keys-*.parquet"))
    entries = sum(pq.read_metadata(file).num_rows for file in files)
    ranges = max(int(ray.cluster_resources().get("CPU", 1)), -(-entries // ENTRIES))
    if entries:
        _shuffle(files, _Range(meeting, ranges))
    for k in range(ranges if entries else 0):
        if (file := _file(meeting.part, k)).exists():
            with np.load(file) as kept:
                yield Met(kept["keys"], kept["rows"], [(kept["left"], kept["right"])])
            file.unlink()


def _shuffle(files: list[Path], of_range: "_Range") -> None:
    context = DataContext.get_current()
    # Of tasks, which can be done again when a machine is lost; the other ways keep rows in actors, which cannot.
    context.shuffle_strategy = ShuffleStrategy.SORT_SHUFFLE_PULL_BASED
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    # Not read_parquet, which first starts up to 32 actors to look into the files.
    names = ray.data.from_items([{"file": str(file)} for file in files])
    entries = names.map_batches(of_range.read, batch_size=1, batch_format="pyarrow")
    entries.groupby("range").map_groups(of_range.meet, batch_format="pyarrow").materialize()


def _file(part: Path, k: int) -> Path:
    return part / f"met-{k:06}.npz"


@dataclass(frozen=True)
class _Range:
    meeting: Meeting
    ranges: int

    def read(self, names: pa.Table) -> pa.Table:
        """The entries of the one file that is named, with the number of the range that each is in."""
        entries = pq.ParquetFile(names["file"][0].as_py()).read()
        starts = np.array([k * (1 << 64) // self.ranges for k in range(self.ranges)], dtype=np.uint64)
        found = np.searchsorted(starts, _keys(entries), "right") - 1
        return entries.append_column("range", pa.array(found.astype(np.int64)))

    def meet(self, entries: pa.Table) -> pa.Table:
        """The number of the range that all entries are in, and how many they were."""
        k = entries["range"][0].as_py()
        met = meet(self.meeting, _keys(entries), entries["row"].to_numpy())
        pairs = [np.stack(pair) for pair in met.pairs]
        left, right = np.concatenate(pairs, axis=1) if pairs else np.zeros((2, 0), np.int64)
        with write_whole(_file(self.meeting.part, k)) as whole, open(whole, "wb") as file:
            np.savez(file, keys=met.keys, rows=met.rows, left=left, right=right)
        return pa.table({"range": [k], "entries": [len(entries)]})


def _keys(entries: pa.Table) -> U64:
    return np.asarray(entries["key"].to_numpy(), dtype=np.uint64)
