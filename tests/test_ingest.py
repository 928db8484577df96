"""Documents and their records are stored once, changed rows alone are touched, and one bad file stores nothing."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tiny import asked, clear, document, put, said, told

from corpora.document import Document, Fetched
from corpora.errors import BadInput
from corpora.files import stable_id
from extractors.records import Reject
from warehouse.ingest import Extracted, ingest, pending, store
from warehouse.lake import Lake
from warehouse.tables import Change

NOVEL = document("novels/sanguo", text="操曰：“是。”", licence="public domain")
QUIZ = document("quiz/bank", "quiz")
TALKS = document("instruct/rows", "instruct", novel="", title="rows")


def rows(lake: Lake, table: str, order: str = "1") -> list[dict[str, Any]]:
    return lake.connection.execute(f"SELECT * FROM {table} ORDER BY {order}").to_arrow_table().to_pylist()


def test_a_novel_as_whole_rows(lake: Lake) -> None:
    line = said(3, "曹操", "是。", speaker_mention="操", mention_start=0, context="操曰：")
    stored = store(lake, [Extracted(NOVEL, "v1", [line])])
    assert [(s.source_id, s.kind, s.records, s.rejected, s.change) for s in stored] == [
        ("novels/sanguo", "novel", 1, 0, Change(inserted=1))
    ]
    assert rows(lake, "sources") == [
        {"source_id": "novels/sanguo", "kind": "novel", "title": "三国演义", "origin": "novels/sanguo.txt",
         "licence": "public domain", "novel": "", "seed": False, "sha256": "0" * 64, "encoding": "utf-8", "characters": 7}
    ]  # fmt: skip
    assert rows(lake, "documents") == [
        {"document_id": NOVEL.document_id, "source_id": "novels/sanguo", "title": "三国演义", "text": "操曰：“是。”",
         "sha256": "0" * 64, "extractor": "v1", "records": 1, "rejected": 0, "url": "", "status": None,
         "fetched_at": None}
    ]  # fmt: skip
    assert rows(lake, "utterances") == [
        {"utterance_id": stable_id(NOVEL.document_id, "utterance", 3, "是。"), "document_id": NOVEL.document_id,
         "novel": "三国演义", "char_start": 3, "char_end": 7, "chapter": 1, "chapter_title": "宴桃园豪杰三结义",
         "kind": "speech", "text": "是。", "speaker": "曹操", "speaker_mention": "操", "mention_start": 0,
         "rule": "reporting verb", "confidence": 0.95, "addressee": "", "cue": "曰", "context": "操曰：", "scene": 1,
         "turn": 1}
    ]  # fmt: skip


def test_questions_and_conversations_and_what_was_rejected(lake: Lake) -> None:
    items = [
        asked(1, "谁字云长？", {"A": "刘备", "B": "“关羽”"}, "B"),
        asked(2, "刘备字____。", {}, ["玄德"], type="fill_blank"),
        asked(3, "何人献计？", {}, None),
        Reject("line 9", "5. 谁", "no options"),
    ]
    put(lake, (QUIZ, items), (TALKS, [told(1, "何谓义？", "宜也。"), Reject("line 2", "{}", "empty answer")]))
    assert [
        (row["ordinal"], row["type"], row["stem"], json.loads(row["options"]), json.loads(row["answer"]), row["fate"],
         row["reason"], row["raw"])
        for row in rows(lake, "questions", "ordinal")
    ] == [
        (0, "single_choice", "谁字云长？", {"A": "刘备", "B": "“关羽”"}, "B", "kept", "", ""),
        (1, "fill_blank", "刘备字____。", {}, ["玄德"], "kept", "", ""),
        (2, "short_answer", "何人献计？", {}, None, "kept", "", ""),
        (3, "", "", {}, None, "rejected", "no options", "5. 谁"),
    ]  # fmt: skip
    assert [
        (row["shape"], row["messages"], row["locator"], row["fate"], row["reason"], row["raw"])
        for row in rows(lake, "instructions", "ordinal")
    ] == [
        ("alpaca", [{"role": "user", "content": "何谓义？"}, {"role": "assistant", "content": "宜也。"}], "line 1", "kept", "", ""),
        ("", [], "line 2", "rejected", "empty answer", "{}"),
    ]  # fmt: skip
    assert [(row["records"], row["rejected"]) for row in rows(lake, "documents", "source_id")] == [(2, 1), (4, 1)]


def test_the_same_question_twice_in_one_place_is_two_rows(lake: Lake) -> None:
    item = asked(1, "何人献计？", {}, "王允。")
    put(lake, (QUIZ, [item, item]))
    assert len(rows(lake, "questions")) == 2


def test_only_what_changed_is_touched(lake: Lake) -> None:
    lines = [said(10, "曹操", "是。"), said(20, "刘备", "然。"), said(30, "张飞", "善。")]
    assert store(lake, [Extracted(NOVEL, "v1", lines)])[0].change == Change(inserted=3)
    before = lake.snapshot()
    assert store(lake, [Extracted(NOVEL, "v1", lines)])[0].change == Change(unchanged=3)
    assert lake.snapshot() == before
    better = [lines[0], replace(lines[1], speaker="孙权"), said(40, "关羽", "诺。")]
    assert store(lake, [Extracted(NOVEL, "v2", better)])[0].change == Change(1, 1, 1, 1)


def test_a_source_that_becomes_another_kind_leaves_nothing_of_the_old(lake: Lake) -> None:
    put(lake, (QUIZ, [asked(1, "何人献计？", {}, "王允。")]))
    put(lake, (replace(QUIZ, kind="instruct"), [told(1, "何谓义？", "宜也。")]))
    assert (len(rows(lake, "questions")), len(rows(lake, "instructions")), len(rows(lake, "documents"))) == (0, 1, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"sha256": "1" * 64}, {"text": "操曰：“否。”"}, {"encoding": "gb18030"}, {"title": "三国"}, {"licence": "MIT"},
        {"novel": "三国演义"}, {"seed": True}, {"kind": "quiz"},
    ],
)  # fmt: skip
def test_what_makes_a_document_new(lake: Lake, change: dict[str, Any]) -> None:
    put(lake, (NOVEL, []))
    assert pending(lake, [NOVEL, QUIZ], "v1") == [QUIZ]
    assert pending(lake, [NOVEL], "v2") == [NOVEL]
    changed = replace(NOVEL, **change)
    assert pending(lake, [changed], "v1") == [changed]


def test_a_failure_half_way_stores_nothing(lake: Lake) -> None:
    def extracted() -> Iterator[Extracted]:
        yield Extracted(NOVEL, "v1", [said(10, "曹操", "是。")])
        raise BadInput("quiz/bank.txt: line 17: broken")

    before = lake.snapshot()
    with pytest.raises(BadInput):
        store(lake, extracted())
    assert (lake.snapshot(), rows(lake, "sources"), rows(lake, "utterances")) == (before, [], [])


STORY = "第一回 宴桃园豪杰三结义\n玄德曰：“我本汉室宗亲。”张飞曰：“是。”\n第二回 张翼德怒鞭督邮\n玄德曰：“然。”\n"
BANK = json.dumps([{"question": "何人献连环计？", "answer": "王允。"}], ensure_ascii=False)
TALK = json.dumps([{"instruction": "何谓义？", "input": "", "output": "宜也。"}], ensure_ascii=False)


def test_the_real_extractors_and_a_second_time(lake: Lake) -> None:
    documents = [
        document("a", "novel", text=STORY, title="无题"),
        document("b", "quiz", text=BANK),
        document("c", "instruct", text=TALK),
    ]
    stored = ingest(lake, documents)
    assert [(s.source_id, s.records, s.rejected) for s in stored] == [("a", 3, 0), ("b", 1, 0), ("c", 1, 0)]
    for row in rows(lake, "utterances"):  # verbatim
        assert STORY[row["char_start"] + 1 : row["char_end"] - 1] == row["text"]
    before = lake.snapshot()
    assert ingest(lake, documents) == []
    assert lake.snapshot() == before


def test_one_document_that_cannot_be_read_leaves_the_lake_as_it_was(lake: Lake) -> None:
    broken: list[Document] = [document("a", text=STORY), document("c", "instruct", text='[{"instruction": "何')]
    before = lake.snapshot()
    with pytest.raises(BadInput):
        ingest(lake, broken)
    assert (lake.snapshot(), rows(lake, "documents")) == (before, [])


def test_many_documents_are_stored_in_batches_as_they_would_be_alone(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [
        Extracted(document(f"b{k}", "quiz"), "v1", [asked(i, f"{k}{i}？", {}, "是") for i in range(k)])
        for k in range(5)
    ]
    again = Extracted(document("b4", "quiz", title="again"), "v1", [asked(0, "40？", {}, "是")])
    alone = [store(lake, [item])[0] for item in [*items, again]]
    expected = {table: rows(lake, table) for table in ("sources", "documents", "questions")}
    monkeypatch.setattr("warehouse.ingest.BATCH_RECORDS", 3)
    clear(lake)
    assert store(lake, [*items, again]) == alone
    assert {table: rows(lake, table) for table in expected} == expected


def test_a_crawled_page_that_is_no_quiz_is_one_reject(lake: Lake) -> None:
    at = datetime(2025, 10, 6, 8, 0, tzinfo=UTC)
    page = document("tiku/http://a.cn/1", "quiz", text="停机。\n" * 1000, fetched=Fetched("http://a.cn/1", 200, at))
    stored = ingest(lake, [page, document("b", "quiz", text=BANK)])
    assert [(s.records, s.rejected) for s in stored] == [(1, 1), (1, 0)]
    (row,) = [row for row in rows(lake, "documents") if row["url"]]
    assert (row["url"], row["status"], row["fetched_at"]) == ("http://a.cn/1", 200, at)
    (reject,) = [row for row in rows(lake, "questions") if row["fate"] == "rejected"]
    assert len(reject["raw"]) == 1000
    assert "no question layout" in reject["reason"]
    before = lake.snapshot()
    assert ingest(lake, [page]) == []
    assert lake.snapshot() == before
