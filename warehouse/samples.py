"""One record of the lake in, one training example out, or the reason why there is none.

Rows of the tables `utterances`, `questions` and `instructions` come as mappings from column to value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from corpora.files import stable_id
from warehouse.prompts import Prompt, instruct_prompt, quiz_prompt, roleplay_prompt

Row = Mapping[str, Any]


@dataclass(frozen=True)
class SampleConfig:
    """What becomes a training example."""

    kinds: tuple[str, ...] = ("speech",)  # of utterance
    min_confidence: float = 0.5  # of the speaker
    min_lines: int = 1  # utterances a character must have in the novel
    previous_turn: bool = True  # lead in with what the other said just before, in the same scene


@dataclass(frozen=True, slots=True)
class Sample:
    """A candidate training example; `refused` says why it cannot be one, empty otherwise.

    `core` is what makes two examples the same: their words without the wording of the task.
    """

    sample_id: str
    task: str
    question_type: str
    record_id: str
    document_id: str
    source_id: str
    novel: str
    character: str
    messages: tuple[dict[str, str], ...]
    answer: str
    reference: str
    scene_id: str
    seed: bool
    core: str
    refused: str


def roleplay_sample(row: Row, previous: Row | None, lines: int, config: SampleConfig) -> Sample:
    """The example an utterance makes. `previous` is the turn before it in the scene, `lines` the number of
    utterances its speaker has in the novel."""
    refused = ""
    if row["kind"] not in config.kinds:
        refused = f"kind {row['kind']} is not trained on"
    elif not row["speaker"]:
        refused = "no speaker"
    elif row["confidence"] < config.min_confidence:
        refused = f"speaker not sure enough: {row['confidence']:.2f} below {config.min_confidence:.2f}"
    elif lines < config.min_lines:
        refused = f"too few lines: {row['speaker']} has {lines}, fewer than {config.min_lines}"
    elif not row["text"].strip():
        refused = "nothing inside the marks"
    prompt = roleplay_prompt(row, previous if config.previous_turn else None)
    return _sample("roleplay", "single_turn", row, "utterance_id", prompt, row["speaker"], refused, scene=True)


def quiz_sample(row: Row) -> Sample:
    """The example a question makes."""
    refused = f"rejected at extraction: {row['reason']}" if row["fate"] == "rejected" else ""
    if not refused and row["answer"] in (None, "", []):
        refused = "no answer"
    prompt = Prompt((), "", "", "") if refused else quiz_prompt(row)
    return _sample("quiz", row["type"], row, "question_id", prompt, "", refused)


def instruct_sample(row: Row) -> Sample:
    """The example a conversation makes: all but the last turn is the prompt."""
    refused = f"rejected at extraction: {row['reason']}" if row["fate"] == "rejected" else ""
    prompt = Prompt((), "", "", "") if refused else instruct_prompt(row)
    kind = "conversation" if sum(turn["role"] == "user" for turn in prompt.messages) > 1 else "instruction"
    return _sample("instruct", kind, row, "instruction_id", prompt, "", refused)


def _sample(
    task: str, kind: str, row: Row, key: str, prompt: Prompt, character: str, refused: str, scene: bool = False
) -> Sample:
    return Sample(
        sample_id=stable_id("sample", task, row[key]),
        task=task,
        question_type=kind,
        record_id=row[key],
        document_id=row["document_id"],
        source_id=row["source_id"],
        novel=row["novel"],
        character=character,
        messages=prompt.messages,
        answer=prompt.answer,
        reference=prompt.reference,
        scene_id=stable_id("scene", row["document_id"], row["chapter"], row["scene"]) if scene else "",
        seed=bool(row["seed"]),
        core=prompt.core,
        refused=refused,
    )
