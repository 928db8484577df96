"""A snapshot and a config in, an immutable training set on disk out.

$HUABEN_HOME/sets/<name>-<id>/{seed,train,valid,test}.parquet   one row a sample
$HUABEN_HOME/sets/<name>-<id>/manifest.json                     written last: what it is made of
"""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpora.errors import BadInput
from corpora.files import make_newest, sha256_file, stable_id, write_folder, write_whole
from warehouse.fingerprint import code_fingerprint
from warehouse.lake import Lake
from warehouse.manifest import Manifest, read_manifest, verify
from warehouse.sampling import Drawable, Sampling, left_out
from warehouse.schema import arrow_schema
from warehouse.splits import SPLITS
from warehouse.tables import replace_rows

COLUMNS = (
    "sample_id", "task", "question_type", "novel", "character", "source_id", "messages", "answer", "reference",
    "cluster_id",
)  # fmt: skip
_TOGETHER = 500_000  # rows that are put in order, and written, at a time: some 400 MB


@dataclass(frozen=True)
class BuildConfig:
    """Which kept samples a training set holds; empty means all. `sampling` thins out those that are trained on."""

    name: str = "all"
    tasks: tuple[str, ...] = ()
    novels: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    sampling: Sampling = field(default_factory=Sampling)


def build(lake: Lake, config: BuildConfig, at: int | None = None) -> Path:
    """The folder of the training set that `config` gives at snapshot `at` (default: now), made unless it is there.

    Byte for byte the same for the same snapshot and config. Raises BadInput when no sample is kept.
    """
    snapshot = lake.table_snapshot("samples", at)
    settings = json.loads(json.dumps(asdict(config)))
    config_sha256 = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    set_id = stable_id("set", snapshot, config_sha256, code_fingerprint("warehouse"))
    folder = lake.home / "sets" / f"{config.name}-{set_id[:8]}"
    if not _is_whole(folder):
        tables, gone = _tables(lake, config, snapshot)
        if not tables["train"].num_rows and not tables["seed"].num_rows:
            raise BadInput(f"{_lacking(lake, snapshot)}; {_loosen(config)}")
        code = code_fingerprint("corpora", "extractors", "warehouse")
        sources = _sources(lake, snapshot, tables)
        manifest = Manifest(config.name, set_id, snapshot, settings, config_sha256, code, {}, {}, sources, gone)
        _write(folder, tables, manifest)
    manifest = read_manifest(folder)
    row = {
        "set_id": manifest.set_id, "name": folder.name, "snapshot": snapshot, "config": json.dumps(settings),
        "rows_by_split": json.dumps(manifest.rows), "manifest_sha256": sha256_file(folder / "manifest.json"),
    }  # fmt: skip
    with lake.transaction(f"build {folder.name}"):
        replace_rows(lake.connection, "training_sets", [row])
    return folder


def _lacking(lake: Lake, snapshot: int) -> str:
    return f"snapshot {snapshot} has no sample to train on, of {_kept(lake, snapshot):,} that are kept"


def _loosen(config: BuildConfig) -> str:
    """What to change: the keys of [build] that choose rows, where any does."""
    plain = asdict(BuildConfig())
    chosen = [key for key, value in asdict(config).items() if value != plain[key] and key != "name"]
    if not chosen:
        return "put files into the warehouse first: huaben ingest FILE, or registries in the config"
    return f"loosen {' and '.join(chosen)} under [build]"


def _is_whole(folder: Path) -> bool:
    if not folder.exists():
        return False
    try:
        verify(folder)
    except BadInput:
        shutil.rmtree(folder)  # a damaged set is made anew; its name promises its content
        return False
    return True


def _tables(lake: Lake, config: BuildConfig, snapshot: int) -> tuple[dict[str, pa.Table], dict[str, int]]:
    """The rows of each split, and how many kept samples are in none, by reason."""
    conditions, values = ["fate = 'kept'"], []
    for column, wanted in (("task", config.tasks), ("novel", config.novels), ("source_id", config.sources)):
        if wanted:
            conditions.append(f"list_contains(?, {column})")
            values.append(list(wanted))
    kept = _kept(lake, snapshot)
    rows = pa.concat_tables(_in_order(lake, snapshot, " AND ".join(conditions), values, -(-kept // _TOGETHER)))
    others = kept - rows.num_rows
    reasons = left_out(_drawables(rows), config.sampling)
    counts = Counter({"of a task, novel or source that is not asked for": others} if others else {})
    counts.update(reasons.values())
    stays = pc.invert(pc.is_in(rows["sample_id"], pa.array(list(reasons), pa.string())))
    tables = {
        split: rows.filter(pc.and_(stays, pc.equal(rows["split"], split))).drop_columns(["split"]) for split in SPLITS
    }
    return tables, dict(sorted(counts.items()))


def _kept(lake: Lake, snapshot: int) -> int:
    found = lake.connection.execute(f"SELECT count(*) FROM samples AT (VERSION => {snapshot}) WHERE fate = 'kept'")
    return int((found.fetchone() or (0,))[0])


def _in_order(lake: Lake, snapshot: int, conditions: str, values: Sequence[Any], ranges: int) -> Iterator[pa.Table]:
    """The samples by their ids, so many ranges of these one after the other: DuckDB has no room to put millions in order.

    Ids are hashes, so that ranges are equally large.
    """
    schema = arrow_schema("samples")
    told = pa.schema([schema.field(name) for name in (*COLUMNS, "split")])
    edges = ["", *(f"{k * (1 << 64) // ranges:016x}" for k in range(1, ranges)), "\U0010ffff"]
    for low, high in pairwise(edges):
        found = lake.connection.execute(
            f"SELECT {', '.join(told.names)} FROM samples AT (VERSION => {snapshot}) "
            f"WHERE {conditions} AND sample_id >= ? AND sample_id < ? ORDER BY sample_id",
            [*values, low, high],
        )
        yield found.to_arrow_table().cast(told)


def _drawables(rows: pa.Table) -> list[Drawable]:
    """The rows of `train`; the human-checked core and what is held out are not drawn from."""
    names = [column.name for column in fields(Drawable)]
    train = rows.select([*names, "split"]).filter(pc.field("split") == "train").select(names)
    return [Drawable(**row) for batch in train.to_batches(_TOGETHER) for row in batch.to_pylist()]


def _sources(lake: Lake, snapshot: int, tables: dict[str, pa.Table]) -> dict[str, dict[str, Any]]:
    """Where the rows are from. Of a path only the file's name is told: sets are given away."""
    rows = Counter(source for table in tables.values() for source in table["source_id"].to_pylist())
    found = lake.connection.execute(
        f"SELECT source_id, title, kind, licence, origin FROM sources AT (VERSION => {snapshot}) "
        "WHERE list_contains(?, source_id) ORDER BY source_id",
        [sorted(rows)],
    ).fetchall()
    return {
        source: {
            "title": title,
            "kind": kind,
            "licence": licence,
            "origin": origin if "://" in origin else Path(origin).name,
            "rows": rows[source],
        }
        for source, title, kind, licence, origin in found
    }


def _write(folder: Path, tables: dict[str, pa.Table], manifest: Manifest) -> None:
    for left in folder.parent.glob(f".{folder.name}.*"):
        shutil.rmtree(left)  # of a build that was killed
    with write_folder(folder) as beside:
        for split, table in tables.items():
            path = beside / f"{split}.parquet"
            with pq.ParquetWriter(path, table.schema, compression="zstd") as writer:
                for start in range(0, max(1, table.num_rows), _TOGETHER):  # a column holds 2 GiB of text at the most
                    writer.write_table(table.slice(start, _TOGETHER).combine_chunks())
            manifest.files[path.name] = {"sha256": sha256_file(path), "rows": table.num_rows}
            manifest.rows[split] = table.num_rows
        with write_whole(beside / "manifest.json") as part:
            part.write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    make_newest(folder / "manifest.json", folder.parent.glob("*/manifest.json"))
