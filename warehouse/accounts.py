"""The lake in; for each stage what came in, what ended there and what went on, out; an error where that does not add up."""

from dataclasses import dataclass
from pathlib import Path

from warehouse.lake import Lake
from warehouse.manifest import read_manifest

# Where a sample that is not kept ended, by how its reason begins, in the order of the stages.
_ENDS = (
    ("extraction", "rejected", "rejected at extraction%"),
    ("people", "rejected", "rejected by a person%"),
    ("quality rules", "rejected", "quality rule %"),
    ("joining", "merged", "joined: %"),
    ("near-duplicates", "merged", "%"),
    ("splits", "rejected", "would straddle %"),
    ("splits", "rejected", "tied to a checked sample%"),
    ("splits", "rejected", "was %; now in %"),
    ("splits", "rejected", "shows a line that is tied to %"),
    ("decontamination", "rejected", "overlaps %"),
    ("making examples", "rejected", "%"),
)
STAGES = (
    "extraction", "people", "making examples", "quality rules", "joining", "near-duplicates", "splits", "decontamination",
)  # fmt: skip

# (what must be zero, in words, how to count it)
_FAULTS = (
    ("records without a sample", "SELECT count(*) FROM ({records}) ANTI JOIN samples USING (record_id, task)"),
    ("samples without a record", "SELECT count(*) FROM samples ANTI JOIN ({records}) USING (record_id, task)"),
    ("records with two samples", "SELECT count(*) - count(DISTINCT (task, record_id)) FROM samples"),
    ("samples of no known fate", "SELECT count(*) FROM samples WHERE fate NOT IN ('kept', 'merged', 'rejected')"),
    ("kept samples with a reason or without a split",
     "SELECT count(*) FROM samples WHERE (fate = 'kept') <> (split <> '') OR (fate = 'kept') <> (reason = '')"),
    ("merged samples that no other sample stands for",
     "SELECT count(*) FROM samples AS gone WHERE (fate = 'merged') <> (duplicate_of <> '') OR (fate = 'merged' AND NOT EXISTS "
     "(FROM samples AS other WHERE other.sample_id = gone.duplicate_of))"),
    ("contaminations whose sample is not rejected",
     "SELECT count(*) FROM contaminations LEFT JOIN samples USING (sample_id) WHERE fate IS DISTINCT FROM 'rejected'"),
)  # fmt: skip
_RECORDS = """SELECT utterance_id AS record_id, 'roleplay' AS task FROM utterances
    UNION ALL SELECT conversation_id, 'roleplay' FROM conversations
    UNION ALL SELECT question_id, 'quiz' FROM questions UNION ALL SELECT instruction_id, 'instruct' FROM instructions"""
_DOCUMENTS = """SELECT source_id, records, rejected, rows, gone FROM documents JOIN sources USING (source_id) LEFT JOIN (
        SELECT document_id, count(*) AS rows, count(*) FILTER (fate = 'rejected') AS gone FROM (
            SELECT document_id, fate FROM questions UNION ALL SELECT document_id, fate FROM instructions
            UNION ALL SELECT document_id, 'kept' FROM utterances) GROUP BY document_id) USING (document_id)
    WHERE coalesce(rows, 0) <> records - CASE kind WHEN 'novel' THEN rejected ELSE 0 END
        OR (kind <> 'novel' AND coalesce(gone, 0) <> rejected) ORDER BY source_id"""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of curation: samples that came in, that ended there, and that went on."""

    name: str
    came: int
    ended: int
    left: int


def accounts(lake: Lake) -> list[Stage]:
    """Every stage in order. What the last one leaves is what is kept."""
    told = " ".join(f"WHEN fate = '{fate}' AND reason LIKE '{reason}' THEN '{stage}'" for stage, fate, reason in _ENDS)
    ended = dict(
        lake.connection.execute(
            f"SELECT CASE WHEN fate = 'kept' THEN '' {told} END AS stage, count(*) FROM samples GROUP BY stage"
        ).fetchall()
    )
    left, stages = sum(ended.values()), []
    for name in STAGES:
        stages.append(Stage(name, left, ended.get(name, 0), left - ended.get(name, 0)))
        left = stages[-1].left
    return stages


def check_fates(lake: Lake) -> list[Stage]:
    """The accounts, once they add up: each document's records to the rows of the record tables, each record to one sample,
    each sample to one fate, the splits to what is kept.

    Raises RuntimeError with the numbers where something does not. A lake that was never curated has no samples, and
    only its documents are looked at.
    """
    faults = [
        f"{source}: {records} records of which {rejected} rejected were extracted, {rows or 0} rows of which {gone or 0} "
        "rejected are stored"
        for source, records, rejected, rows, gone in lake.connection.execute(_DOCUMENTS).fetchall()
    ]
    stages = accounts(lake)
    if stages[0].came:
        for words, query in _FAULTS:
            count = _number(lake, query.format(records=_RECORDS))
            faults += [f"{count:,} {words}"] if count else []
        splits = _number(lake, "SELECT count(*) FROM samples WHERE split IN ('seed', 'train', 'valid', 'test')")
        if splits != stages[-1].left:
            faults.append(f"{stages[-1].left:,} samples went through all stages, {splits:,} are in a split")
    if faults:
        raise RuntimeError(f"fates do not add up: {'; '.join(faults[:5])}")
    return stages


def check_set(lake: Lake, folder: Path) -> None:
    """Raises RuntimeError with the numbers unless the set's rows and what it left out add up to the samples that were
    kept at its snapshot."""
    manifest = read_manifest(folder)
    kept = _number(lake, f"SELECT count(*) FROM samples AT (VERSION => {manifest.snapshot}) WHERE fate = 'kept'")
    rows, left_out = sum(manifest.rows.values()), sum(manifest.left_out.values())
    if rows + left_out != kept:
        raise RuntimeError(
            f"{folder.name}: {rows:,} rows and {left_out:,} left out are not the {kept:,} samples kept at snapshot {manifest.snapshot}"
        )


def _number(lake: Lake, query: str) -> int:
    found = lake.connection.execute(query).fetchone()
    return int(found[0]) if found else 0
