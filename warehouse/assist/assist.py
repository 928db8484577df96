"""An open lake and an endpoint in; what a model chose for its doubtful speakers, as annotations that wait, out.

huaben assist http://127.0.0.1:8000/v1

No text and no span is touched: a choice is a save by `assist:MODEL`, and what a person says of the row goes before it.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from corpora.errors import BadInput
from corpora.progress import track
from warehouse.annotations import ASSIST, Mark
from warehouse.annotations_apply import judged, standing
from warehouse.assist.answers import Answers
from warehouse.assist.asking import answers
from warehouse.assist.config import AssistConfig
from warehouse.assist.question import Choice, Question, question, read_answer, spoken
from warehouse.assist.saves import save_assisted
from warehouse.endpoints.client import Ask, Unanswered
from warehouse.endpoints.config import Endpoint
from warehouse.lake import Lake

KINDS = ("speech", "thought")  # that somebody says
_FIELDS = "utterance_id, document_id, novel, char_start, char_end, chapter, kind, text, speaker, confidence, addressee, context, scene"
Row = dict[str, Any]


@dataclass(frozen=True)
class Assisted:
    """What became of the doubtful utterances. `chosen`, `same` (as extraction), `none` and `refused` are what the answers
    came to, those `asked` now and those `remembered`; with `failed` they add up to all that could be asked about."""

    model: str
    asked: int
    remembered: int
    chosen: int
    same: int
    none: int
    refused: int
    failed: int
    alone: int  # with nobody else in the scene: not asked about
    judged: int  # a person has spoken: not asked about
    written: int  # saves that are new


def assist(lake: Lake, endpoint: Endpoint, config: AssistConfig, documents: Collection[str] | None = None) -> Assisted:
    """Ask about every doubtful utterance, of these documents or of all, that was not asked about before.

    What was answered is kept whatever happens; the saves wait in the home folder for the next `bring_in`. Raises BadInput
    when the endpoint is gone, KeyboardInterrupt on Ctrl-C, and either only after the answers so far were saved.
    """
    doubts, left_out = _questions(lake, config, documents)
    choices: dict[str, tuple[Question, Choice]] = {}
    counted: Counter[str] = Counter(left_out)
    with Answers(lake.home) as known:
        todo = []
        for one in doubts:
            before = known.get(endpoint.model, one.messages)
            if before is None:
                todo.append(one)
            else:
                choices[one.row["utterance_id"]] = one, read_answer(before, one)
                counted["remembered"] += 1
        try:
            for one, said in _asked(endpoint, config, todo):
                if isinstance(said, Unanswered):
                    counted["failed"] += 1
                    continue
                known.put(endpoint.model, one.messages, one.row["utterance_id"], spoken(said))
                choices[one.row["utterance_id"]] = one, read_answer(said, one)
                counted["asked"] += 1
        except Unanswered as error:
            told = f"; {counted['asked']:,} answers are kept, run it again to go on"
            raise BadInput(f"{error}{told}") from error
        finally:
            marks = [_mark(*pair, endpoint.model, config) for pair in choices.values() if pair[1].name]
            written = save_assisted(lake.home, lake.connection, marks) if marks else 0
    outcomes = Counter(choice.outcome for _, choice in choices.values())
    return Assisted(
        endpoint.model, counted["asked"], counted["remembered"], outcomes["chosen"], outcomes["same"], outcomes["none"],
        outcomes["refused"], counted["failed"], counted["alone"], counted["judged"], written,
    )  # fmt: skip


def _questions(
    lake: Lake, config: AssistConfig, documents: Collection[str] | None
) -> tuple[list[Question], Counter[str]]:
    """What there is to ask, by position, and how many utterances are not asked about, and why."""
    found: list[Question] = []
    left_out: Counter[str] = Counter()
    marks = standing(lake)
    for text, rows in _novels(lake, documents):
        settled = judged("utterances", rows, marks)
        for scene in _scenes(rows):
            for row in scene:
                if row["kind"] not in KINDS or (row["speaker"] and row["confidence"] >= config.below):
                    continue
                if row["utterance_id"] in settled:
                    left_out["judged"] += 1
                elif made := question(row, scene, text, config.before, config.after):
                    found.append(made)
                else:
                    left_out["alone"] += 1
    return found[: config.limit or None], left_out


def _asked(
    endpoint: Endpoint, config: AssistConfig, todo: Sequence[Question]
) -> Iterator[tuple[Question, str | Unanswered]]:
    asks = [Ask(endpoint.model, one.messages, max_tokens=config.max_tokens) for one in todo]
    for number, said in track(answers(endpoint, asks, config), f"ask {endpoint.model}", len(asks), "utterances"):
        yield todo[number], said


def _mark(asked: Question, choice: Choice, model: str, config: AssistConfig) -> Mark:
    row = asked.row
    fixed = {"speaker": choice.name, "confidence": config.confidence} if choice.outcome == "chosen" else {}
    shown = {"speaker": row["speaker"], "confidence": row["confidence"]}
    place = {name: row[name] for name in ("novel", "chapter", "text", "context")}
    verdict = "fix" if fixed else "accept"
    return Mark("utterances", row["utterance_id"], f"{ASSIST}{model}", verdict, fixed, shown=shown, place=place)


def _novels(lake: Lake, documents: Collection[str] | None) -> Iterator[tuple[str, list[Row]]]:
    """Each novel's text and its utterances by position."""
    query = "SELECT document_id FROM documents JOIN sources USING (source_id) WHERE kind = 'novel' ORDER BY 1"
    for (document_id,) in lake.connection.execute(query).fetchall():
        if documents is None or document_id in documents:
            wanted = "SELECT text FROM documents WHERE document_id = ?"
            ((text,),) = lake.connection.execute(wanted, [document_id]).fetchall()
            wanted = f"SELECT {_FIELDS} FROM utterances WHERE document_id = ? ORDER BY char_start"
            yield text, lake.connection.execute(wanted, [document_id]).to_arrow_table().to_pylist()


def _scenes(rows: Sequence[Row]) -> Iterator[list[Row]]:
    for _, scene in groupby(rows, key=lambda row: (row["chapter"], row["scene"])):
        yield list(scene)
