"""A snapshot and a config in, an immutable training set on disk out.

$HUABEN_HOME/sets/<name>-<id>/{seed,train,valid,test}.parquet   one row a sample
$HUABEN_HOME/sets/<name>-<id>/manifest.json                     written last: what it is made of
"""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpora.errors import BadInput
from corpora.files import sha256_file, stable_id, write_folder, write_whole
from warehouse.fingerprint import code_fingerprint
from warehouse.lake import Lake
from warehouse.manifest import Manifest, read_manifest, verify
from warehouse.schema import arrow_schema
from warehouse.splits import SPLITS
from warehouse.tables import replace_rows

COLUMNS = (
    "sample_id", "task", "question_type", "novel", "character", "source_id", "messages", "answer", "reference",
    "cluster_id",
)  # fmt: skip


@dataclass(frozen=True)
class BuildConfig:
    """Which kept samples a training set holds; empty means all."""

    name: str = "all"
    tasks: tuple[str, ...] = ()
    novels: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


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
        tables = _tables(lake, config, snapshot)
        if not tables["train"].num_rows and not tables["seed"].num_rows:
            raise BadInput(f"snapshot {snapshot} has no sample to train on under [build] {settings}; loosen the config")
        code = code_fingerprint("corpora", "extractors", "warehouse")
        manifest = Manifest(config.name, set_id, snapshot, settings, config_sha256, code, {}, {})
        _write(folder, tables, manifest)
    manifest = read_manifest(folder)
    row = {
        "set_id": manifest.set_id, "name": folder.name, "snapshot": snapshot, "config": json.dumps(settings),
        "rows_by_split": json.dumps(manifest.rows), "manifest_sha256": sha256_file(folder / "manifest.json"),
    }  # fmt: skip
    with lake.transaction(f"build {folder.name}"):
        replace_rows(lake.connection, "training_sets", [row])
    return folder


def _is_whole(folder: Path) -> bool:
    if not folder.exists():
        return False
    try:
        verify(folder)
    except BadInput:
        shutil.rmtree(folder)  # a damaged set is made anew; its name promises its content
        return False
    return True


def _tables(lake: Lake, config: BuildConfig, snapshot: int) -> dict[str, pa.Table]:
    conditions, values = ["fate = 'kept'"], []
    for column, wanted in (("task", config.tasks), ("novel", config.novels), ("source_id", config.sources)):
        if wanted:
            conditions.append(f"list_contains(?, {column})")
            values.append(list(wanted))
    query = (
        f"SELECT {', '.join(COLUMNS)}, split FROM samples AT (VERSION => {snapshot}) "
        f"WHERE {' AND '.join(conditions)} ORDER BY sample_id"
    )
    schema = arrow_schema("samples")
    rows = lake.connection.execute(query, values).to_arrow_table()
    rows = rows.cast(pa.schema([schema.field(name) for name in (*COLUMNS, "split")]))
    return {split: rows.filter(pc.field("split") == split).drop_columns(["split"]) for split in SPLITS}


def _write(folder: Path, tables: dict[str, pa.Table], manifest: Manifest) -> None:
    for left in folder.parent.glob(f".{folder.name}.*"):
        shutil.rmtree(left)  # of a build that was killed
    with write_folder(folder) as beside:
        for split, table in tables.items():
            path = beside / f"{split}.parquet"
            pq.write_table(table.combine_chunks(), path, compression="zstd")
            manifest.files[path.name] = {"sha256": sha256_file(path), "rows": table.num_rows}
            manifest.rows[split] = table.num_rows
        with write_whole(beside / "manifest.json") as part:
            part.write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
