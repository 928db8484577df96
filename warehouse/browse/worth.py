"""An open lake in, the rows most worth a person's look out, the most useful first.

disagreement    two people left the row differently                                              1.0
contradicted    the novel speaks for another answer than the question file's                     0.9
unsupported     the novel does not bear the answer out: the nearer to doing so, the more         0.5 to 0.7
near            a rule dropped the row, and its figure is near the threshold                      up to 0.85
speaker         nobody, or a speaker that is not sure: the nearer confidence to a coin's, the more up to 0.8
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from warehouse.annotations import Save, annotations, newest, saves
from warehouse.annotations_agreement import agreements
from warehouse.annotations_apply import REJECTED
from warehouse.evidence.support import EvidenceConfig
from warehouse.lake import Lake

Why = Literal["disagreement", "contradicted", "unsupported", "near", "speaker"]
WHYS: tuple[Why, ...] = ("disagreement", "contradicted", "unsupported", "near", "speaker")
SURE = 0.85  # confidence from which a speaker is not asked about: above stand the rules that see a subject
NEAR = 0.25  # how far from the threshold, as a share of it, is near
_FIGURES = re.compile(r"(-?\d+(?:\.\d+)?)\D{1,60}?(?:below|above|under|over|than)\s(-?\d+(?:\.\d+)?)")
_STRENGTHS = re.compile(r"(?<= )[-+]\d+\.\d")  # as warehouse.evidence.support writes them
_EVIDENCE = EvidenceConfig()  # its thresholds, from which only the order of rows is taken
_EACH = 2_000  # candidates of a kind: a person labels no more in a week

_SPEAKERS = f"""SELECT utterance_id AS id, novel, text, confidence, speaker FROM utterances
WHERE kind IN ('speech', 'thought') AND (speaker = '' OR confidence < {SURE})
ORDER BY abs(confidence - 0.5), novel, char_start LIMIT {_EACH}"""
_ANSWERS = f"""SELECT question_id AS id, novel, stem AS text, support, support.reason AS told
FROM questions JOIN support USING (question_id)
WHERE fate = 'kept' AND support IN ('contradicted', 'unsupported') ORDER BY support, question_id LIMIT {_EACH}"""
_DROPPED = f"""SELECT any_value(sample_id) AS sample_id, record_id AS id, any_value(novel) AS novel, task,
any_value(coalesce(nullif(answer, ''), messages[-1].content, '')) AS text, reason AS told
FROM samples WHERE fate <> 'kept' AND question_type <> 'multi_turn'
AND regexp_matches(reason, '[0-9].*(below|above|under|over|than) -?[0-9]')
GROUP BY record_id, task, reason ORDER BY record_id LIMIT {_EACH}"""
_ROWS = """SELECT 'utterances' AS table_name, utterance_id AS id, novel, text FROM utterances
WHERE list_contains($1, utterance_id) UNION ALL
SELECT 'questions', question_id, novel, stem FROM questions WHERE list_contains($1, question_id)"""


@dataclass(frozen=True)
class Worth:
    """A row, why it is worth a look, and how much: 0 to 1."""

    table: str
    record_id: str
    why: Why
    useful: float
    novel: str
    text: str
    told: str = ""  # what the rule or the novel said, in words


def queue(lake: Lake, annotator: str = "", whys: Sequence[Why] = WHYS, second: bool = False) -> list[Worth]:
    """The rows that nobody has labelled yet, and those on which people disagree, most useful first.

    With `second` instead the rows that others have labelled and `annotator` has not, so that agreement can be measured.
    """
    made = [
        one for one in saves(annotations(lake.home, lake.connection)) if not one.assisted
    ]  # a model settles nothing
    if second:
        return _second(lake, made, annotator)
    last = newest(made)
    found = _disagreements(lake, made, last) if "disagreement" in whys else []
    done = set(last)
    for worth in _candidates(lake, whys):
        if (worth.table, worth.record_id) not in done:
            done.add((worth.table, worth.record_id))
            found.append(worth)
    return sorted(found, key=lambda worth: -worth.useful)


def nearness(reason: str) -> float:
    """How near the figure in a rule's reason is to its threshold: 1 at it, 0 when it is far or there is none.

    >>> nearness("speaker not sure enough: 0.45 below 0.50")
    0.6
    """
    figures = _FIGURES.search(reason)
    if not figures:
        return 0.0
    figure, threshold = float(figures[1]), float(figures[2])
    away = abs(figure - threshold) / abs(threshold) if threshold else abs(figure)
    return round(max(0.0, 1 - away / NEAR), 3)


def closeness(told: str) -> float:
    """How near the novel comes to bearing an answer out, by the reason why it does not: 1 where it just fails, falling
    with what is missing, in nats; 0 where no figure tells.

    >>> closeness("not nearer to the question's words than chance would have it: 宋宪 +2.5"), closeness("it has 2 blanks")
    (0.5, 0.0)
    """
    figures = sorted(map(float, _STRENGTHS.findall(told)), reverse=True)
    if not figures:
        return 0.0
    if "set them apart" in told:
        missing = figures[0] - figures[1] if len(figures) > 1 else 0.0  # two options that are as strong
    else:
        least = _EVIDENCE.text if "lift" in told else _EVIDENCE.words
        missing = max(0.0, least - sum(figures) / len(figures))
    return round(1 / (1 + missing), 3)


def _candidates(lake: Lake, whys: Sequence[Why]) -> list[Worth]:
    found = []
    if "contradicted" in whys or "unsupported" in whys:
        found += [
            Worth(
                "questions", r["id"], r["support"], _unborne(r["support"], r["told"]), r["novel"], r["text"], r["told"]
            )
            for r in _rows(lake, _ANSWERS)
            if r["support"] in whys
        ]
    if "near" in whys:
        for r in _rows(lake, _DROPPED):
            near = nearness(r["told"])
            table = {"roleplay": "utterances", "quiz": "questions"}.get(r["task"], "instructions")
            if near:
                found.append(Worth(table, r["id"], "near", 0.35 + near / 2, r["novel"], r["text"], r["told"]))
    if "speaker" in whys:
        found += [
            Worth("utterances", r["id"], "speaker", _doubt(r["confidence"]), r["novel"], r["text"])
            for r in _rows(lake, _SPEAKERS)
        ]
    return sorted(found, key=lambda worth: -worth.useful)


def _unborne(support: str, told: str) -> float:
    return 0.9 if support == "contradicted" else round(0.5 + 0.2 * closeness(told), 3)


def _doubt(confidence: float) -> float:
    return round(0.8 * (1 - abs(confidence - 0.5)), 3)


def _disagreements(lake: Lake, made: Sequence[Save], last: dict[tuple[str, str], Save]) -> list[Worth]:
    by_row: dict[tuple[str, str], dict[str, Save]] = {}
    for one in made:
        by_row.setdefault((one.table, one.record_id), {})[one.annotator] = one
    apart = {
        key: people
        for key, people in by_row.items()
        if len(people) == 2 and any(a.agreed < 1 for a in agreements(people.values()))
    }  # a third person's word settles it
    rows = _rows(lake, _ROWS, [key for _, key in apart])
    return [
        Worth(
            r["table_name"], r["id"], "disagreement", 1.0, r["novel"], r["text"],
            "；".join(_left(one) for one in apart[r["table_name"], r["id"]].values()),
        )
        for r in rows
        if (r["table_name"], r["id"]) in apart
    ]  # fmt: skip


def _left(one: Save) -> str:
    if one.verdict == "reject":
        return f"{one.annotator}: {REJECTED} ({one.comment})"
    return f"{one.annotator}: " + ", ".join(f"{name} {value}" for name, value in one.values.items())


def _second(lake: Lake, made: Sequence[Save], annotator: str) -> list[Worth]:
    own = {(one.table, one.record_id) for one in made if one.annotator == annotator}
    others = [one for one in made if (one.table, one.record_id) not in own]
    rows = {(r["table_name"], r["id"]): r for r in _rows(lake, _ROWS, [one.record_id for one in others])}
    keys = dict.fromkeys((one.table, one.record_id) for one in others)
    return [
        Worth(*key, "speaker" if key[0] == "utterances" else "unsupported", 0.5, rows[key]["novel"], rows[key]["text"])
        for key in keys
        if key in rows
    ]


def _rows(lake: Lake, sql: str, *values: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lake.connection.execute(sql, list(values)).to_arrow_table().to_pylist()
    return found
