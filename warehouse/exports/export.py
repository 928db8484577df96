"""A training set and a format in, a folder out: the rows split by split, then export.json, and all of it or nothing.

FOLDER/{split}.jsonl …   as the format has them; a split without a row has no file
FOLDER/export.json       written last: format, training set, sha256 of its manifest, rows and hash of each file,
                         rows left out and rows folded with the reason
"""

import errno
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow.parquet as pq

from corpora.errors import BadInput
from corpora.files import sha256_file, write_folder, write_whole
from corpora.progress import track
from warehouse.exports.formats import Format, format_named
from warehouse.exports.row import Record, SetRow, set_row
from warehouse.exports.writers import Put
from warehouse.manifest import Manifest, verify

BATCH = 2000  # rows of a file in memory at a time


@dataclass(frozen=True, slots=True)
class Noted:
    """How many rows of a split were left out, or folded, and why."""

    split: str
    reason: str
    rows: int


@dataclass(frozen=True, slots=True)
class Export:
    """What export.json holds. `rows` counts the rows of each file, `files` holds name to sha256 for all but itself."""

    format: str
    training_set: str
    set_id: str
    manifest_sha256: str
    splits: list[str]
    rows: dict[str, int]
    left_out: list[Noted]
    folded: list[Noted]
    files: dict[str, str]


def export(training_set: Path, name: str, target: Path, splits: Sequence[str] = ()) -> Export:
    """Write the training set in the format `name` to the folder `target`; what became of its rows.

    `splits` empty means every split. The same set gives the same bytes. Raises BadInput for an unknown format or
    split, a damaged set, a target that holds other things, and when the format holds none of the rows.
    """
    form, target = format_named(name), Path(target)
    manifest = verify(training_set)
    chosen = list(dict.fromkeys(splits)) or list(manifest.rows)
    for split in chosen:
        if split not in manifest.rows:
            raise BadInput(f"{split}: {training_set} has no such split; choose from {', '.join(manifest.rows)}")
    _refuse_other_folder(target)
    try:
        with write_folder(target) as folder:
            rows, left_out, folded = _write_rows(training_set, form, folder, chosen, manifest)
            if not rows:
                why = "; ".join(f"{note.rows} × {note.reason}" for note in left_out) or "they are empty"
                raise BadInput(f"{name} holds no row of {training_set} in {', '.join(chosen)}: {why}")
            if form.finish:
                form.finish(folder, manifest, rows)
            made = sorted(path for path in folder.rglob("*") if path.is_file())
            files = {path.relative_to(folder).as_posix(): sha256_file(path) for path in made}
            sha256 = sha256_file(Path(training_set) / "manifest.json")
            report = Export(
                name, Path(training_set).resolve().name, manifest.set_id, sha256, chosen, rows, left_out, folded, files
            )
            with write_whole(folder / "export.json") as part:
                part.write_text(json.dumps(asdict(report), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise  # the command line says which disk is full
        raise BadInput(f"{target}: cannot be written ({error.strerror}); name another folder with -o") from None
    return report


def _refuse_other_folder(target: Path) -> None:
    """An export replaces an older one at the same place, and nothing else."""
    if target.exists() and not target.is_dir():
        raise BadInput(f"{target} is a file; name a folder with -o")
    if target.is_dir() and any(target.iterdir()) and not (target / "export.json").is_file():
        raise BadInput(f"{target} holds other files, which an export would replace; name a new folder with -o")


def _write_rows(
    training_set: Path, form: Format, folder: Path, splits: Sequence[str], manifest: Manifest
) -> tuple[dict[str, int], list[Noted], list[Noted]]:
    rows: Counter[str] = Counter()
    left_out: Counter[tuple[str, str]] = Counter()
    folded: Counter[tuple[str, str]] = Counter()
    waiting: dict[str, list[Record]] = {}
    writers: dict[str, Put] = {}

    def flush(file: str) -> None:
        if file not in writers:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            writers[file] = open_files.enter_context(form.write(folder / file))
        writers[file](waiting.pop(file))

    total = sum(manifest.rows[split] for split in splits)
    with ExitStack() as open_files:
        for split, row in track(_rows(training_set, splits), "export", total=total):
            file, record, note = _place(form, split, row)
            if record is None:
                left_out[split, note] += 1
                continue
            if note:
                folded[split, note] += 1
            rows[file] += 1
            waiting.setdefault(file, []).append(record)
            if len(waiting[file]) == BATCH:
                flush(file)
        for file in list(waiting):
            flush(file)
    return dict(rows), _noted(left_out), _noted(folded)


def _place(form: Format, split: str, row: SetRow) -> tuple[str, Record | None, str]:
    """The file that holds the row, its record, and the rule it was folded by; or no record, and why."""
    note = ""
    for file, fit in form.files.items():
        fitted = fit(row)
        note = fitted.note
        if fitted.record is not None:
            return file.format(split=form.split_names.get(split, split)), fitted.record, note
    return "", None, note


def _rows(training_set: Path, splits: Sequence[str]) -> Iterator[tuple[str, SetRow]]:
    for split in splits:
        with pq.ParquetFile(Path(training_set) / f"{split}.parquet") as table:
            for batch in table.iter_batches(BATCH):
                yield from ((split, set_row(columns)) for columns in batch.to_pylist())


def _noted(counts: Counter[tuple[str, str]]) -> list[Noted]:
    return [Noted(split, reason, rows) for (split, reason), rows in counts.items()]
