"""An open lake in; for each of its questions what its novels say, in the tables `support` and `evidence`, out."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from corpora.errors import BadInput
from corpora.files import stable_id
from corpora.progress import track
from warehouse.annotations_apply import corrected, standing
from warehouse.evidence.check import Checked, check_one
from warehouse.evidence.novel import Novel, open_novel
from warehouse.evidence.support import EvidenceConfig
from warehouse.fingerprint import code_fingerprint
from warehouse.lake import Lake
from warehouse.novel_texts import novel_texts
from warehouse.tables import Change, replace_rows

_NOVELS = (  # hashed before they are joined and ordered: there may be more text than DuckDB may hold
    "SELECT document_id, sources.title, novel, hash FROM "
    "(SELECT document_id, source_id, sha256(text) AS hash FROM documents) JOIN sources USING (source_id) "
    "WHERE kind = 'novel' ORDER BY source_id"
)
_QUESTIONS = (
    "SELECT question_id, type, stem, options, answer, coalesce(nullif(questions.novel, ''), sources.novel) AS novel "
    "FROM questions JOIN documents USING (document_id) JOIN sources USING (source_id) WHERE fate = 'kept' "
)


@dataclass(frozen=True, slots=True)
class SupportReport:
    """What weighing came to: questions by support, how many of them were checked this time, and the rows touched."""

    supports: dict[str, int]
    checked: int
    change: Change


def weigh_answers(lake: Lake, config: EvidenceConfig) -> SupportReport:
    """Bring `support` and `evidence` up to date with the questions and novels, in one transaction.

    A question is checked again when it, a novel, the config or the code that checks has changed. Rejected questions
    have no row.
    """
    since = lake.snapshot()
    known = {row["question_id"]: row for row in _rows(lake, "SELECT * FROM support")}
    questions = corrected("questions", _rows(lake, _QUESTIONS + "ORDER BY question_id"), standing(lake))
    state = stable_id(
        lake.connection.execute(_NOVELS).fetchall(),
        json.dumps(asdict(config), sort_keys=True),
        code_fingerprint("corpora", "extractors", "warehouse.evidence"),
    )
    marks = {row["question_id"]: stable_id(state, json.dumps(row, sort_keys=True)) for row in questions}
    new = [row for row in questions if known.get(row["question_id"], {}).get("checked") != marks[row["question_id"]]]
    novels = novels_of(lake) if new else []
    found = {
        row["question_id"]: check_one(_question(row), novels, config)
        for row in track(new, "evidence", unit="questions")
    }
    supports = [
        _support_row(key, found[key], mark) if key in found else known[key] for key, mark in marks.items()
    ]  # fmt: skip
    kept = [row for row in _rows(lake, "SELECT * FROM evidence") if row["question_id"] in marks.keys() - found.keys()]
    passages = kept + [row for key, checked in found.items() for row in _passage_rows(key, checked)]
    counted = Counter(row["support"] for row in supports)
    change = Change(unchanged=len(supports) + len(passages))
    if new or known.keys() - marks.keys():
        label = "evidence: " + ", ".join(f"{n} {support}" for support, n in sorted(counted.items()))
        with lake.transaction(label, since, ("questions", "support")):
            change = replace_rows(lake.connection, "support", supports, {})
            change += replace_rows(lake.connection, "evidence", passages, {})
    return SupportReport(dict(sorted(counted.items())), len(new), change)


def novels_of(lake: Lake) -> list[Novel]:
    """The lake's novels, made ready to be searched, in the order of their source ids."""
    ((total,),) = lake.connection.execute("SELECT count(*) FROM sources WHERE kind = 'novel'").fetchall()
    opened = {
        text.source_id: open_novel(text)
        for text in track(novel_texts(lake), "index novels", total=total, unit="novels")
    }
    return [opened[source_id] for source_id in sorted(opened)]


def question_of(lake: Lake, row_id: str) -> dict[str, Any]:
    """The question with that id, or whose sample has it: `question_id`, `type`, `stem`, `options`, `answer`, `novel`.

    Raises BadInput when there is none, or it was rejected at extraction.
    """
    chosen = "AND (question_id = $1 OR question_id IN (SELECT record_id FROM samples WHERE sample_id = $1))"
    found = _rows(lake, _QUESTIONS + chosen, row_id)
    if not found:
        raise BadInput(
            f'the warehouse has no question {row_id}; find ids with: huaben sql "SELECT question_id, stem FROM questions"'
        )
    return _question(found[0])


def _question(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "options": json.loads(row["options"]), "answer": json.loads(row["answer"])}


def _support_row(question_id: str, checked: Checked, mark: str) -> dict[str, Any]:
    return {
        "question_id": question_id, "document_id": checked.document_id, "support": checked.support,
        "reason": checked.reason, "checked": mark,
    }  # fmt: skip


def _passage_rows(question_id: str, checked: Checked) -> Sequence[dict[str, Any]]:
    return [
        {
            "evidence_id": stable_id("evidence", question_id, rank), "question_id": question_id,
            "document_id": checked.document_id, "rank": rank, **asdict(passage),
        }
        for rank, passage in enumerate(checked.passages, 1)
    ]  # fmt: skip


def _rows(lake: Lake, query: str, *values: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = lake.connection.execute(query, list(values)).to_arrow_table().to_pylist()
    return rows
