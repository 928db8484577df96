"""What the model reads and is to write, word for word."""

from typing import Any

import pytest

from warehouse.rows.instruct import instruct_prompt
from warehouse.rows.lines import lead_in, line_prompt, quoted
from warehouse.rows.prompt import Prompt
from warehouse.rows.quiz import QuizConfig, corrected_shares, quiz_prompt
from warehouse.rows.runs import Run

AS_PRINTED = QuizConfig(shuffle=False)


def user(content: str) -> tuple[dict[str, str], ...]:
    return ({"role": "user", "content": content},)


def line(context: str, mention: str, speaker: str, text: str, start: int | None = 0) -> dict[str, Any]:
    return {
        "context": context, "speaker_mention": mention, "speaker": speaker, "text": text, "mention_start": start,
        "char_start": len(context),
    }  # fmt: skip


def run(row: dict[str, Any]) -> Run:
    return Run((row,), row["speaker"])


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
    prompt = line_prompt(run(row), None)
    assert (prompt.messages, prompt.answer, prompt.reference) == (user(asked), row["text"], row["text"])


def test_what_the_other_said_comes_first() -> None:
    row = line("操执酒问玄德曰：", "操", "曹操", "使君知龙之变化否？")
    previous = run(line("玄德曰：", "玄德", "刘备", "未知其详。"))
    assert line_prompt(run(row), previous).messages == user("刘备曰：“未知其详。”\n曹操曰：")
    assert line_prompt(run(row), run(line("曰：", "", "", "谁？"))).messages == user("曹操曰：")
    assert line_prompt(run(row), previous).core == line_prompt(run(row), None).core


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (line("操执酒问玄德曰：", "操", "曹操", "…"), "曹操执酒问玄德曰："),
        (line("玄德恐是曹操使他来试探，乃佯言曰：", "玄德", "刘备", "…"), "刘备恐是曹操使他来试探，乃佯言曰："),
        (line("承变色而起。操见操笑曰：", "操", "曹操", "…"), "承变色而起。操见曹操笑曰："),
        (line("玄德大惊，问曰：", "", "刘备", "…", None), "玄德大惊，刘备曰："),
        (line("他放下酒杯。", "关公", "关羽", "…", 20), "他放下酒杯。关羽曰："),
        (line("城上一人喝曰：", "", "", "…", None), "城上一人喝曰："),
        (line("。何小满小声道：", "何小满", "何小满", "…"), "何小满小声道："),
        (line("", "", "曹操", "…", None), "曹操曰："),
    ],
)  # fmt: skip
def test_a_lead_in_names_the_speaker_as_the_cast_does(row: dict[str, Any], told: str) -> None:
    assert lead_in(run(row)) == told
    assert quoted(run(row)) == f"{told}“…”"


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
            Prompt(user("简答题，直接写出答案，不必成句。\n何人献连环计？"), "王允。", "王允。", "何人献连环计？\n王允。"),
        ),
        (
            item("short_answer", "关羽结局如何？", "败走麦城，被马忠所擒。", None, novel=""),
            Prompt(
                user("简答题，用完整的句子回答。\n关羽结局如何？"), "败走麦城，被马忠所擒。", "败走麦城，被马忠所擒。",
                "关羽结局如何？\n败走麦城，被马忠所擒。",
            ),
        ),
        (
            item("short_answer", "“他”指谁？", "关羽", None, novel="") | {"material": "他温酒斩华雄。\n"},
            Prompt(
                user("简答题，直接写出答案，不必成句。\n材料：他温酒斩华雄。\n“他”指谁？"), "关羽", "关羽",
                "他温酒斩华雄。\n“他”指谁？\n关羽",
            ),
        ),
    ],
)  # fmt: skip
def test_quiz_prompts(row: dict[str, Any], prompt: Prompt) -> None:
    assert quiz_prompt(row, AS_PRINTED) == prompt


def test_shuffled_options_are_the_same_question_and_another_answer_is_not() -> None:
    shuffled = dict(zip("ABCD", ["赵云", "张飞", "关羽", "刘备"], strict=True))
    core = quiz_prompt(item("single_choice", "谁字云长？", "B", FOUR), AS_PRINTED).core
    assert quiz_prompt(item("single_choice", "谁字云长？", "C", shuffled), AS_PRINTED).core == core
    assert quiz_prompt(item("single_choice", "谁字云长？", "C", FOUR), AS_PRINTED).core != core


def test_shuffling_moves_the_letters_with_the_words() -> None:
    for k in range(20):
        stem = f"第{k}位字云长的是谁？"
        prompt = quiz_prompt(item("multiple_choice", stem, "BD", FOUR), QuizConfig())
        shown = dict(line.split(". ") for line in prompt.messages[0]["content"].splitlines()[2:])
        assert sorted(shown) == list("ABCD") and sorted(shown.values()) == sorted(FOUR.values())
        assert {shown[letter] for letter in prompt.reference} == {"关羽", "赵云"}
        assert prompt.answer == "；".join(f"{letter}. {shown[letter]}" for letter in prompt.reference)
        assert prompt.core == quiz_prompt(item("multiple_choice", stem, "BD", FOUR), AS_PRINTED).core


WRONG = item("true_false", "梁山第一任寨主是晁盖。", "false", {}, novel="") | {
    "document_id": "d",
    "explanation": "应为王伦",
}
WITH_CORRECTION = "判断题，先回答“正确”或“错误”；错误的，再写出正确的说法。"


@pytest.mark.parametrize(
    ("explanation", "answer"),
    [
        ("应为王伦", "错误。应为王伦。"),
        ("【解析】应为“白衣秀士”王伦", "错误。应为“白衣秀士”王伦。"),
        ("（应为王伦）", "错误。应为王伦。"),
        ("第十一回：寨主是王伦。", "错误。寨主是王伦。"),
        ("第十一回写明，寨主是王伦", "错误。寨主是王伦。"),
        ("第十一回。", "错误"),
        ("（见第十一、十二回）", "错误"),
        ("检索票数：晁盖 0，王伦 12", "错误"),
        ("", "错误"),
        ("论" * 130, "错误"),
    ],
)
def test_a_false_statement_is_answered_with_the_true_one(explanation: str, answer: str) -> None:
    prompt = quiz_prompt(WRONG | {"explanation": explanation}, QuizConfig(), 1.0)
    assert (prompt.answer, prompt.reference) == (answer, "false")
    asked = prompt.messages[0]["content"].splitlines()[0]
    assert asked == (WITH_CORRECTION if "。" in answer else "判断题，只回答“正确”或“错误”。")
    plain = quiz_prompt(WRONG | {"explanation": explanation}, QuizConfig(corrections=False), 1.0)
    assert plain.answer == "错误" and plain.core == prompt.core


def test_the_wording_of_a_statement_does_not_give_its_truth_away() -> None:
    false = [
        WRONG | {"stem": f"第{k}位寨主是晁盖。", "explanation": "应为王伦" if k % 4 == 0 else ""} for k in range(400)
    ]
    true = [WRONG | {"stem": f"第{k}位寨主是王伦。", "answer": "true", "explanation": "第十一回"} for k in range(400)]
    shares = corrected_shares([*false, *true])
    assert shares == {"d": 0.25}
    for rows in (false, true):
        prompts = [quiz_prompt(row, QuizConfig(), shares["d"]) for row in rows]
        asked = sum(prompt.messages[0]["content"].startswith(WITH_CORRECTION) for prompt in prompts)
        assert 70 <= asked <= 130
    assert {quiz_prompt(row, QuizConfig(), 0.25).answer for row in true} == {"正确", "正确。"}


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
