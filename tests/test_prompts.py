"""What the model reads and is to write, word for word."""

from typing import Any

import pytest

from warehouse.prompts import Prompt, instruct_prompt, quiz_prompt, roleplay_prompt


def user(content: str) -> tuple[dict[str, str], ...]:
    return ({"role": "user", "content": content},)


def line(context: str, mention: str, speaker: str, text: str, start: int | None = 0) -> dict[str, Any]:
    return {
        "context": context, "speaker_mention": mention, "speaker": speaker, "text": text, "mention_start": start,
        "char_start": len(context),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "asked"),
    [
        (line("操执酒问玄德曰：", "操", "曹操", "使君知龙之变化否？"), "曹操曰："),
        (line("次日，关、张二人不在，玄德正在后园浇菜，许褚入园中曰：", "许褚", "许褚", "丞相有命"),
         "次日，关、张二人不在，玄德正在后园浇菜，许褚曰："),
        (line("玄德大惊，问曰：", "", "刘备", "有甚紧事？", None), "玄德大惊，刘备曰："),
        (line("", "", "曹操", "然。", None), "曹操曰："),
    ],
)  # fmt: skip
def test_the_prompt_of_a_line_ends_with_who_speaks(row: dict[str, Any], asked: str) -> None:
    prompt = roleplay_prompt(row, None)
    assert (prompt.messages, prompt.answer, prompt.reference) == (user(asked), row["text"], row["text"])


def test_what_the_other_said_comes_first() -> None:
    row = line("操执酒问玄德曰：", "操", "曹操", "使君知龙之变化否？")
    previous = {"speaker": "刘备", "text": "未知其详。"}
    assert roleplay_prompt(row, previous).messages == user("刘备曰：“未知其详。”\n曹操曰：")
    assert roleplay_prompt(row, {"speaker": "", "text": "谁？"}).messages == user("曹操曰：")
    assert roleplay_prompt(row, previous).core == roleplay_prompt(row, None).core


def item(
    kind: str, stem: str, answer: Any, options: dict[str, str] | None = None, novel: str = "三国演义"
) -> dict[str, Any]:
    return {"type": kind, "stem": stem, "answer": answer, "options": options, "novel": novel}


FOUR = {"A": "刘备", "B": "关羽", "C": "张飞", "D": "赵云"}


@pytest.mark.parametrize(
    ("row", "prompt"),
    [
        (
            item("single_choice", "谁字云长？", "B", FOUR),
            Prompt(
                user("单项选择题，选出唯一正确的一项，写出字母和内容。（三国演义）\n谁字云长？\nA. 刘备\nB. 关羽\nC. 张飞\nD. 赵云"),
                "B. 关羽", "B", "谁字云长？\n关羽\n刘备\n张飞\n赵云\n关羽",
            ),
        ),
        (
            item("multiple_choice", "《三国演义》中谁在桃园结义？", "CAB", FOUR),
            Prompt(
                user("多项选择题，选出全部正确的选项，写出字母和内容。\n《三国演义》中谁在桃园结义？\nA. 刘备\nB. 关羽\nC. 张飞\nD. 赵云"),
                "A. 刘备；B. 关羽；C. 张飞", "ABC", "《三国演义》中谁在桃园结义？\n关羽\n刘备\n张飞\n赵云\n关羽\n刘备\n张飞",
            ),
        ),
        (
            item("true_false", "关羽字翼德。", "false", {}, novel=""),
            Prompt(user("判断题，只回答“正确”或“错误”。\n关羽字翼德。"), "错误", "false", "关羽字翼德。\n错误"),
        ),
        (
            item("fill_blank", "刘备字____，关羽字____。", ["玄德", "云长"], novel=""),
            Prompt(
                user("填空题，依次写出每个空的内容，用“；”隔开。\n刘备字____，关羽字____。"),
                "玄德；云长", "玄德；云长", "刘备字____，关羽字____。\n玄德；云长",
            ),
        ),
        (
            item("short_answer", "何人献连环计？", "王允。", None, novel=""),
            Prompt(user("简答题，用完整的句子回答。\n何人献连环计？"), "王允。", "王允。", "何人献连环计？\n王允。"),
        ),
    ],
)  # fmt: skip
def test_quiz_prompts(row: dict[str, Any], prompt: Prompt) -> None:
    assert quiz_prompt(row) == prompt


def test_shuffled_options_are_the_same_question_and_another_answer_is_not() -> None:
    shuffled = dict(zip("ABCD", ["赵云", "张飞", "关羽", "刘备"], strict=True))
    core = quiz_prompt(item("single_choice", "谁字云长？", "B", FOUR)).core
    assert quiz_prompt(item("single_choice", "谁字云长？", "C", shuffled)).core == core
    assert quiz_prompt(item("single_choice", "谁字云长？", "C", FOUR)).core != core


def test_the_last_turn_of_a_conversation_is_the_answer() -> None:
    turns = [
        ("system", "你是说书人。"),
        ("user", "请讲桃园结义。"),
        ("assistant", "话说……"),
        ("user", "后来呢？"),
        ("assistant", "后来起兵。"),
    ]
    messages = [{"role": role, "content": content} for role, content in turns]
    assert instruct_prompt({"messages": messages}) == Prompt(
        tuple(messages[:-1]), "后来起兵。", "后来起兵。", "你是说书人。\n请讲桃园结义。\n话说……\n后来呢？\n后来起兵。"
    )
