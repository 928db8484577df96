"""Instruction tables and Parquet files give the same conversations as JSON lines with the same keys."""

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpora.document import Document
from corpora.errors import BadInput
from corpora.kinds import guess_kind
from corpora.load import load_document, source_for_path
from corpora.readers.columns import parquet_text
from corpora.readers.limits import ReaderLimits
from extractors.instruction_table import is_instruction_table
from extractors.instructions import extract_instructions
from extractors.records import Instruction, Message, Reject


def document(text: str) -> Document:
    return Document("d", "s", "instruct", "T", text, "a.csv", "utf-8", "0")


def talk(*contents: str, system: str = "") -> tuple[Message, ...]:
    turns = [Message("user" if i % 2 == 0 else "assistant", text) for i, text in enumerate(contents)]
    return tuple([Message("system", system)] * bool(system) + turns)


@pytest.mark.parametrize(
    ("text", "shape", "messages"),
    [
        ("instruction,input,output\n写诗,夏天,好\n", "alpaca", talk("写诗\n夏天", "好")),
        ("context\tchat\n曹操曰：\t宁教我负天下人。\n", "llm_custome", talk("曹操曰：", "宁教我负天下人。")),
        (
            'id,system,history,prompt,response\r\n1,你是某,"[[""甲"", ""乙""]]","丙,\r\n二",丁\r\n',
            "chatglm",
            talk("甲", "乙", "丙,\r\n二", "丁", system="你是某"),
        ),
        ("prompt;response;history\n丙;丁;\n", "chatglm", talk("丙", "丁")),
    ],
)
def test_tables(text: str, shape: str, messages: tuple[Message, ...]) -> None:
    assert guess_kind(text) == "instruct"
    assert list(extract_instructions(document(text))) == [Instruction(messages, shape, "row 2")]


def test_a_row_without_an_answer_is_rejected() -> None:
    text = "prompt,response,history\n甲,乙,\n丙\n丁,戊,昨天\n"
    reasons = [r.reason if isinstance(r, Reject) else r.locator for r in extract_instructions(document(text))]
    assert reasons == ["row 2", "no answer", "an empty turn"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prompt,response\n甲,乙\n丙,丁,戊\n", "a.csv: row 3: more cells than headings; put commas in quotation marks"),
        ('prompt,response\n甲,乙\n"丙,丁\n', "a.csv: row 3: broken CSV: .*; repair that row"),
        ("prompt,response\n", "a.csv: no records"),
    ],
)
def test_broken_tables(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        list(extract_instructions(document(text)))


@pytest.mark.parametrize(
    "text", ['{"prompt": "甲", "response": "乙"}', "题目,答案\n甲,乙\n", "第一回\nprompt", "messages\n"]
)
def test_other_files_are_no_instruction_tables(text: str) -> None:
    assert not is_instruction_table(text)


def parquet(rows: list[dict[str, object]]) -> bytes:
    raw = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), raw)
    return raw.getvalue()


def test_a_parquet_file_of_instructions(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(parquet([{"instruction": "写诗", "input": "", "output": "好"}]))
    read = load_document(source_for_path(path))
    assert (read.kind, read.encoding) == ("instruct", "parquet")
    assert list(extract_instructions(read)) == [Instruction(talk("写诗", "好"), "alpaca", "line 1")]


def test_parquet_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "cut.parquet"
    path.write_bytes(parquet([{"instruction": "写诗", "output": "好"}])[:-20])
    with pytest.raises(BadInput, match=r"cut\.parquet: this is no whole Parquet file"):
        load_document(source_for_path(path, "instruct"))
    with pytest.raises(BadInput, match="2 values are more than 1; split the file"):
        parquet_text(parquet([{"a": "甲", "b": "乙"}]), False, ReaderLimits(cells=1))
