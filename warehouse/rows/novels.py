"""The utterances of the novels in, their examples out: one for every utterance, and one for every conversation."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from corpora.files import stable_id
from corpora.progress import track
from extractors.cast import Cast
from warehouse.rows.cards import is_somebody, role_card
from warehouse.rows.conversations import Conversation, conversations
from warehouse.rows.prompt import Row
from warehouse.rows.runs import Run, scenes_of
from warehouse.samples import Sample, SampleConfig, conversation_sample, joined_sample, line_sample
from warehouse.spool import Spool


@dataclass(frozen=True, slots=True)
class NovelSamples:
    """The examples in the order of the utterances, those of conversations last, and the rows of the table
    `conversations`."""

    samples: list[Sample] | Spool[Sample]
    conversations: list[dict[str, Any]] | Spool[dict[str, Any]]


def novel_samples(
    utterances: Iterable[Row],
    casts: Mapping[str, Cast | None],
    config: SampleConfig,
    keep: Callable[[], list[Any] | Spool[Any]] = list,
) -> NovelSamples:
    """`utterances`, which are gone through twice, are whole documents, each by position; `casts` holds the cast of each
    document's novel by its id. `keep` makes what holds the examples and rows."""
    lines = Counter((row["novel"], row["speaker"]) for row in utterances if row["kind"] in config.kinds)
    made = NovelSamples(keep(), keep())
    talks = keep()
    for document_id, rows in groupby(track(utterances, "samples from utterances"), key=lambda row: row["document_id"]):
        document = list(rows)
        by_id: dict[str, Sample] = {}
        for runs in scenes_of(document, config.kinds, config.min_confidence, config.join_within):
            by_id |= _scene_samples(runs, lines, config)
            if config.conversations.make:
                for talk in conversations(runs, config.conversations):
                    made.conversations.append(whole := _conversation_row(talk))
                    talks.append(_talk_sample(talk, whole, casts.get(document_id), lines, config))
        for row in document:
            sample = by_id.get(row["utterance_id"])
            made.samples.append(sample or line_sample(Run((row,), row["speaker"]), None, 0, config))
    made.samples.extend(talks)
    return made


def _scene_samples(
    runs: Sequence[Run], lines: Mapping[tuple[str, str], int], config: SampleConfig
) -> dict[str, Sample]:
    found = {}
    for previous, run in zip([None, *runs], runs, strict=False):
        first, *rest = run.utterances
        whole = line_sample(run, previous, lines[first["novel"], first["speaker"]], config)
        found[first["utterance_id"]] = whole
        found |= {row["utterance_id"]: joined_sample(row, whole, config) for row in rest}
    return found


def _talk_sample(
    talk: Conversation, row: Row, cast: Cast | None, lines: Mapping[tuple[str, str], int], config: SampleConfig
) -> Sample:
    name, spoken = talk.character, lines[row["novel"], talk.character]
    refused = ""
    if not is_somebody(name, cast):
        refused = "the speaker is nobody in particular"
    elif spoken < config.conversations.min_lines:
        refused = f"too few lines: {name} has {spoken}, fewer than {config.conversations.min_lines}"
    elif not talk.partners:
        refused = "nobody else speaks"
    card = "" if refused else role_card(name, row["novel"], row["chapter"], cast, config.conversations.card_names)
    return conversation_sample(talk, row["conversation_id"], card, refused)


def _conversation_row(talk: Conversation) -> dict[str, Any]:
    rows = [row for run in talk.runs for row in run.utterances]
    first = rows[0]
    return {
        "conversation_id": stable_id(first["document_id"], "conversation", talk.character, first["char_start"]),
        "document_id": first["document_id"],
        "novel": first["novel"],
        "chapter": first["chapter"],
        "scene": first["scene"],
        "character": talk.character,
        "char_start": first["char_start"],
        "char_end": rows[-1]["char_end"],
        "turns": talk.spoken,
        "utterance_ids": [row["utterance_id"] for row in rows],
    }
