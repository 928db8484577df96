"""One record of the lake in, one training example out, or the reason why there is none.

Rows of the tables `questions` and `instructions` come as mappings from column to value, a novel's utterances as runs
and conversations.
"""

from dataclasses import dataclass, field, fields, replace
from operator import attrgetter

from corpora.files import stable_id
from warehouse.rows.conversations import Conversation, ConversationConfig
from warehouse.rows.instruct import instruct_prompt
from warehouse.rows.lines import line_prompt
from warehouse.rows.prompt import Prompt, Row, Turn
from warehouse.rows.quiz import QuizConfig, quiz_prompt
from warehouse.rows.runs import Run

_NO_PROMPT = Prompt((), "", "", "")


@dataclass(frozen=True)
class SampleConfig:
    """What becomes a training example."""

    kinds: tuple[str, ...] = ("speech",)  # of utterance
    min_confidence: float = 0.5  # of the speaker
    min_lines: int = 1  # utterances a character must have in the novel
    previous_turn: bool = True  # lead in with what the other said just before, in the same scene
    join_within: int = 20  # characters of narration between two utterances of one speaker that are joined; 0: never
    conversations: ConversationConfig = field(default_factory=ConversationConfig)
    quiz: QuizConfig = field(default_factory=QuizConfig)


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
    messages: tuple[Turn, ...]
    answer: str
    reference: str
    scene_id: str
    seed: bool
    core: str
    refused: str
    joined_to: str = ""  # sample_id of the example whose answer holds this utterance's words too
    parts: tuple[str, ...] = ()  # of a conversation: sample_ids of the utterances in it
    card: str = ""  # of a conversation: its role card, still without sample lines

    def __reduce__(self) -> tuple[type["Sample"], tuple[object, ...]]:
        return Sample, _values(self)  # pickled in a third of the time


_values = attrgetter(*(field.name for field in fields(Sample)))


def line_sample(run: Run, previous: Run | None, lines: int, config: SampleConfig) -> Sample:
    """The single-turn example a run makes, named after its first utterance. `previous` is the run before it in the
    scene, `lines` the number of utterances its speaker has in the novel."""
    row, refused = run.utterances[0], ""
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
    prompt = line_prompt(run, previous if config.previous_turn else None)
    made = _sample("roleplay", "single_turn", row, "utterance_id", prompt, refused)
    return replace(made, character=row["speaker"], scene_id=_scene_id(row))


def joined_sample(row: Row, whole: Sample, config: SampleConfig) -> Sample:
    """What becomes of an utterance whose words are in the answer of `whole`, the example of its run."""
    alone = line_sample(Run((row,), row["speaker"]), None, config.min_lines, config)
    return replace(alone, refused=whole.refused, joined_to="" if whole.refused else whole.sample_id)


def conversation_sample(made: Conversation, conversation_id: str, card: str, refused: str) -> Sample:
    """The multi-turn example of a conversation. `card` is its role card, `refused` why it can be no example."""
    rows = [row for run in made.runs for row in run.utterances]
    prompt = Prompt(made.turns, made.answer, made.answer, _words(made))
    sample = _sample(
        "roleplay", "multi_turn", {**rows[0], "conversation_id": conversation_id}, "conversation_id", prompt, refused
    )
    parts = tuple(_sample_id("roleplay", row["utterance_id"]) for row in rows)
    return replace(sample, character=made.character, scene_id=_scene_id(rows[0]), parts=parts, card=card)


def quiz_sample(row: Row, config: SampleConfig, corrected: float = 0.0) -> Sample:
    """The example a question makes; `corrected` as in `quiz_prompt`."""
    refused = f"rejected at extraction: {row['reason']}" if row["fate"] == "rejected" else ""
    if not refused and row["answer"] in (None, "", []):
        refused = "no answer"
    prompt = _NO_PROMPT if refused else quiz_prompt(row, config.quiz, corrected)
    return _sample("quiz", row["type"], row, "question_id", prompt, refused)


def instruct_sample(row: Row) -> Sample:
    """The example a conversation makes: all but the last turn is the prompt."""
    refused = f"rejected at extraction: {row['reason']}" if row["fate"] == "rejected" else ""
    prompt = _NO_PROMPT if refused else instruct_prompt(row)
    kind = "conversation" if sum(turn["role"] == "user" for turn in prompt.messages) > 1 else "instruction"
    return _sample("instruct", kind, row, "instruction_id", prompt, refused)


def _sample(task: str, kind: str, row: Row, key: str, prompt: Prompt, refused: str) -> Sample:
    return Sample(
        sample_id=_sample_id(task, row[key]),
        task=task,
        question_type=kind,
        record_id=row[key],
        document_id=row["document_id"],
        source_id=row["source_id"],
        novel=row["novel"],
        character="",
        messages=prompt.messages,
        answer=prompt.answer,
        reference=prompt.reference,
        scene_id="",
        seed=bool(row["seed"]),
        core=prompt.core,
        refused=refused,
    )


def _sample_id(task: str, record_id: str) -> str:
    return stable_id("sample", task, record_id)


def _scene_id(row: Row) -> str:
    return stable_id("scene", row["document_id"], row["chapter"], row["scene"])


def _words(made: Conversation) -> str:
    """All that is said and told in it: two views of one exchange differ in who answers, and the card adds nothing."""
    return "\n".join([made.character, *(turn["content"] for turn in made.turns), made.answer])
