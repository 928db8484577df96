"""Blanks in every form, empty and filled in."""

from typing import Any

import pytest

from corpora.document import Document
from extractors.questions import extract_questions
from extractors.records import Question


def one(text: str) -> tuple[str, str, Any]:
    (item,) = extract_questions(Document("d", "s", "quiz", "T", f"一、填空题\n{text}\n", "a.txt", "utf-8", "0"))
    assert isinstance(item, Question)
    return item.type, item.stem, item.answer


@pytest.mark.parametrize(
    "printed",
    [
        "甲字（ ），乙字（ ）。", "甲字【 】，乙字【 】。", "甲字［　］，乙字［　］。",
        "甲字________，乙字_____。", "甲字      ，乙字      。", "甲字 ① ，乙字 ② 。", "甲字（①），乙字（②）。",
        "甲字____①____，乙字____②____。", "甲字□□，乙字□□。", "甲字﹏﹏﹏，乙字﹏﹏﹏。",
        "甲字（____），乙字（____）。", "甲字——————，乙字——————。", "甲字…………，乙字…………。", "甲字{}，乙字{}。",
        "甲字[BLANK]，乙字[BLANK]。", "甲字<u>　　</u>，乙字<u>&emsp;</u>。",
    ],
)  # fmt: skip
def test_empty(printed: str) -> None:
    assert one(f"1.{printed}\n答案：云长；翼德") == ("fill_blank", "甲字____，乙字____。", ["云长", "翼德"])


@pytest.mark.parametrize(
    "printed",
    [
        "甲字（云长），乙字（翼德）。", "甲字【云长】，乙字【翼德】。", "甲字[云长]，乙字[翼德]。",
        "甲字{云长}，乙字{翼德}。", "甲字___云长___，乙字___翼德___。", "甲字_云长_，乙字_翼德_。",
        "甲字<u>云长</u>，乙字<u>翼德</u>。", "甲字____（云长），乙字____（翼德）。",
        "甲字**云长**，乙字**翼德**。", "甲字==云长==，乙字==翼德==。", "甲字`云长`，乙字`翼德`。",
        "甲字____，乙字____。    【云长；翼德】",
    ],
)  # fmt: skip
def test_filled_in(printed: str) -> None:
    assert one(f"1.{printed}") == ("fill_blank", "甲字____，乙字____。", ["云长", "翼德"])


def test_what_is_no_blank() -> None:
    assert one("1.______大仙和______大仙是国师。\n答案：虎力；鹿力") == (
        "fill_blank",
        "____大仙和____大仙是国师。",
        ["虎力", "鹿力"],
    )
    assert one("1.请写出**两个**绰号。\n答案：行者")[1] == "请写出两个绰号。"
    assert one("1.第（二）回写____。\n答案：甲")[1] == "第（二）回写____。"
