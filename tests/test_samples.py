"""A record becomes a training example, or there is a reason why not."""

from typing import Any

import pytest

from corpora.files import stable_id
from warehouse.rows.runs import Run
from warehouse.samples import Sample, SampleConfig, instruct_sample, joined_sample, line_sample, quiz_sample

ORIGIN = {"document_id": "d1", "source_id": "novels/sanguo", "novel": "三国演义", "seed": False}
LINE = {
    **ORIGIN, "utterance_id": "u1", "kind": "speech", "speaker": "曹操", "confidence": 0.95, "text": "然。", "context": "操曰：",
    "speaker_mention": "操", "mention_start": 10, "char_start": 13, "chapter": 21, "scene": 3,
}  # fmt: skip
ITEM = {
    **ORIGIN, "question_id": "q1", "type": "short_answer", "stem": "何人献连环计？", "options": {}, "answer": "王允。",
    "fate": "kept", "reason": "",
}  # fmt: skip
TALK = {
    **ORIGIN, "instruction_id": "i1", "fate": "kept", "reason": "", "novel": "",
    "messages": [{"role": "user", "content": "何谓义？"}, {"role": "assistant", "content": "宜也。"}],
}  # fmt: skip


def run(**change: Any) -> Run:
    row = {**LINE, **change}
    return Run((row,), row["speaker"])


def test_a_line_as_a_whole_row() -> None:
    assert line_sample(run(), None, 5, SampleConfig()) == Sample(
        sample_id=stable_id("sample", "roleplay", "u1"), task="roleplay", question_type="single_turn", record_id="u1",
        document_id="d1", source_id="novels/sanguo", novel="三国演义", character="曹操",
        messages=({"role": "user", "content": "曹操曰："},), answer="然。", reference="然。",
        scene_id=stable_id("scene", "d1", 21, 3), seed=False, core="曹操\n\n然。", refused="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "config", "refused"),
    [
        ({"kind": "verse"}, SampleConfig(), "kind verse is not trained on"),
        ({"kind": "verse"}, SampleConfig(kinds=("speech", "verse")), ""),
        ({"speaker": ""}, SampleConfig(), "no speaker"),
        ({"confidence": 0.3}, SampleConfig(), "speaker not sure enough: 0.30 below 0.50"),
        ({"confidence": 0.5}, SampleConfig(), ""),
        ({}, SampleConfig(min_lines=6), "too few lines: 曹操 has 5, fewer than 6"),
        ({"text": "　 "}, SampleConfig(), "nothing inside the marks"),
    ],
)
def test_why_a_line_is_no_example(change: dict[str, Any], config: SampleConfig, refused: str) -> None:
    assert line_sample(run(**change), None, 5, config).refused == refused


def test_joined_words_are_the_answer_of_the_first_and_the_second_says_so() -> None:
    second = {**LINE, "utterance_id": "u2", "text": "善。", "context": "又曰：", "speaker_mention": ""}
    whole = line_sample(Run((LINE, second), "曹操"), None, 5, SampleConfig())
    assert (whole.record_id, whole.answer, whole.reference, whole.core) == (
        "u1",
        "然。善。",
        "然。善。",
        "曹操\n\n然。善。",
    )
    part = joined_sample(second, whole, SampleConfig(min_lines=3))
    assert (part.record_id, part.answer, part.joined_to, part.refused) == ("u2", "善。", whole.sample_id, "")
    few = line_sample(Run((LINE, second), "曹操"), None, 5, SampleConfig(min_lines=6))
    part = joined_sample(second, few, SampleConfig(min_lines=6))
    assert (part.joined_to, part.refused) == ("", "too few lines: 曹操 has 5, fewer than 6")


def test_the_turn_before_is_left_out_when_the_config_says_so() -> None:
    previous = run(speaker="刘备", text="未知。")
    with_it = line_sample(run(), previous, 5, SampleConfig()).messages
    assert with_it == ({"role": "user", "content": "刘备曰：“未知。”\n曹操曰："},)
    without = line_sample(run(), previous, 5, SampleConfig(previous_turn=False)).messages
    assert without == ({"role": "user", "content": "曹操曰："},)


def test_a_quiz_item_as_a_whole_row() -> None:
    assert quiz_sample({**ITEM, "seed": True}, SampleConfig()) == Sample(
        sample_id=stable_id("sample", "quiz", "q1"), task="quiz", question_type="short_answer", record_id="q1",
        document_id="d1", source_id="novels/sanguo", novel="三国演义", character="",
        messages=({"role": "user", "content": "简答题，直接写出答案，不必成句。（三国演义）\n何人献连环计？"},), answer="王允。",
        reference="王允。", scene_id="", seed=True, core="何人献连环计？\n王允。", refused="",
    )  # fmt: skip


@pytest.mark.parametrize("answer", [None, "", []])
def test_a_question_without_an_answer_is_refused(answer: Any) -> None:
    assert quiz_sample({**ITEM, "answer": answer}, SampleConfig()).refused == "no answer"


def test_a_record_that_extraction_rejected_keeps_its_reason() -> None:
    gone = {"fate": "rejected", "reason": "no options", "type": "", "answer": None, "messages": []}
    for sample in (quiz_sample({**ITEM, **gone}, SampleConfig()), instruct_sample({**TALK, **gone})):
        assert (sample.refused, sample.messages, sample.answer) == ("rejected at extraction: no options", (), "")


def test_one_question_is_an_instruction_and_two_are_a_conversation() -> None:
    single = instruct_sample(TALK)
    assert (single.task, single.question_type, single.answer) == ("instruct", "instruction", "宜也。")
    more = [*TALK["messages"], {"role": "user", "content": "何谓仁？"}, {"role": "assistant", "content": "爱人。"}]
    longer = instruct_sample({**TALK, "messages": more})
    assert (longer.question_type, longer.answer, longer.messages) == ("conversation", "爱人。", tuple(more[:-1]))
