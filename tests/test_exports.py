"""Every format has its rows as its tool wants them; what does not fit is counted; what it can hold, ingest reads back."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import new_lake
from tiny_set import CARD, LINE, POLITE, QUIZ, ROWS, SCENE, TALK, made_row, write_set
from typer.testing import CliRunner

from corpora.document import Document
from corpora.errors import BadInput
from corpora.files import sha256_file
from corpora.load import load_document, source_for_path
from extractors.instructions import extract_instructions
from extractors.records import Instruction
from flows.cli import app
from warehouse.exports import export as module
from warehouse.exports.card import licence_id
from warehouse.exports.export import Noted, export
from warehouse.exports.formats import FORMATS
from warehouse.exports.row import BROKEN, FOLDED, SEVERAL, SetRow, conversation, talk
from warehouse.ingest import ingest
from warehouse.lake import writing

ASKED, SAID = LINE.messages[0]["content"], LINE.answer
ASKED_QUIZ = QUIZ.messages[0]["content"]
FIRST, ANSWERED, LAST = (turn["content"] for turn in SCENE.messages[1:])
NO_LINE = "no line from a novel: context and chat hold role-play only"


@pytest.fixture(scope="module")
def made_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("sets") / "hand-5e700000")


def read(path: Path) -> list[Any]:
    """The records of any exported file."""
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    with open(path, encoding="utf-8", newline="") as stream:
        if path.suffix == ".csv":
            return list(csv.DictReader(stream))
        text = stream.read()
    return json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]


def turns(row: SetRow) -> list[dict[str, str]]:
    return [*row.messages, {"role": "assistant", "content": row.answer}]


def pairs(question: str, answer: str) -> list[dict[str, str]]:
    return [
        {question: ASKED, answer: SAID},
        {question: ASKED_QUIZ, answer: "B. 三"},
        {question: "用文言回答。\n写一句请柬。", answer: POLITE.answer},
    ]


def sharegpt(row: SetRow) -> dict[str, Any]:
    names = {"system": "system", "user": "human", "assistant": "gpt"}
    said = [{"from": names[turn["role"]], "value": turn["content"]} for turn in turns(row)]
    return {"id": row.sample_id, "conversations": said}


def about(row: SetRow) -> dict[str, str]:
    return {name: value for name, value in asdict(row).items() if name not in ("messages", "answer")}


ONE_QUESTION = [Noted("train", SEVERAL, 2)], [Noted("train", FOLDED, 1)]


@pytest.mark.parametrize(
    ("name", "records", "left_out", "folded"),
    [
        ("messages", {"train.jsonl": [{"messages": turns(row)} for row in ROWS["train"]]}, [], []),
        ("sharegpt", {"train.json": [sharegpt(row) for row in ROWS["train"]]}, [], []),
        ("alpaca", {"train.json": [{**row, "input": ""} for row in pairs("instruction", "output")]}, *ONE_QUESTION),
        ("belle", {"train.jsonl": pairs("input", "target")}, *ONE_QUESTION),
        ("context-target", {"train.jsonl": pairs("context", "target")}, *ONE_QUESTION),
        (
            "llm-custome",
            {"train.jsonl": [{"context": ASKED, "chat": SAID}]},
            [Noted("train", NO_LINE, 3), Noted("train", SEVERAL, 1)],
            [],
        ),
        (
            "chatglm",
            {
                "train.json": [
                    {"prompt": ASKED, "response": SAID, "history": []},
                    {"prompt": ASKED_QUIZ, "response": "B. 三", "history": []},
                    {"prompt": LAST, "response": SCENE.answer, "history": [[f"{CARD}\n{FIRST}", ANSWERED]]},
                    {"prompt": "举一例。", "response": "桃园三结义。", "history": [["何谓义？", "宜也。"]]},
                    {"prompt": "用文言回答。\n写一句请柬。", "response": POLITE.answer, "history": []},
                ]
            },
            [],
            [Noted("train", FOLDED, 2)],
        ),
        (
            "llamafactory",
            {
                "train_alpaca.json": [
                    {"instruction": ASKED, "input": "", "output": SAID},
                    {"instruction": ASKED_QUIZ, "input": "", "output": "B. 三"},
                ],
                "train_sharegpt.json": [sharegpt(row) for row in (SCENE, TALK, POLITE)],
            },
            [],
            [],
        ),
        (
            "hf",
            {"data/train.parquet": [{**about(row), "messages": turns(row)} for row in ROWS["train"]]},
            [],
            [],
        ),
        (
            "parquet",
            {"train.parquet": [{**asdict(row), "messages": list(row.messages)} for row in ROWS["train"]]},
            [],
            [],
        ),
        (
            "csv",
            {
                "train.csv": [
                    {**about(LINE), "system": "", "history": "", "prompt": ASKED, "response": SAID},
                    {**about(QUIZ), "system": "", "history": "", "prompt": ASKED_QUIZ, "response": "B. 三"},
                    {
                        **about(SCENE), "system": CARD, "prompt": LAST, "response": SCENE.answer,
                        "history": json.dumps([[FIRST, ANSWERED]], ensure_ascii=False),
                    },
                    {
                        **about(TALK), "system": "", "history": '[["何谓义？", "宜也。"]]', "prompt": "举一例。",
                        "response": "桃园三结义。",
                    },
                    {
                        **about(POLITE), "system": "用文言回答。", "history": "", "prompt": "写一句请柬。",
                        "response": POLITE.answer,
                    },
                ]
            },
            [],
            [],
        ),
    ],
)  # fmt: skip
def test_whole_records(
    made_set: Path, tmp_path: Path, name: str, records: dict[str, Any], left_out: list[Noted], folded: list[Noted]
) -> None:
    report = export(made_set, name, tmp_path / "out", ["train"])
    assert {file: read(tmp_path / "out" / file) for file in report.rows} == records
    assert report.rows == {file: len(rows) for file, rows in records.items()}
    assert (report.left_out, report.folded) == (left_out, folded)
    assert sum(report.rows.values()) + sum(note.rows for note in left_out) == len(ROWS["train"])


def test_every_format_is_here() -> None:
    assert list(FORMATS) == (
        "messages sharegpt alpaca belle llm-custome context-target chatglm llamafactory hf parquet csv".split()
    )
    told = CliRunner().invoke(app, ["export", "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    assert [name for name in FORMATS if name not in told] == []


def test_export_json_tells_what_it_is(made_set: Path, tmp_path: Path) -> None:
    report = export(made_set, "alpaca", tmp_path / "out")
    told = json.loads((tmp_path / "out" / "export.json").read_text(encoding="utf-8"))
    assert told == asdict(report)
    assert told == {
        "format": "alpaca",
        "training_set": "hand-5e700000",
        "set_id": "5e70000000000000",
        "manifest_sha256": sha256_file(made_set / "manifest.json"),
        "splits": ["seed", "train", "valid", "test"],
        "rows": {"seed.json": 1, "train.json": 3},  # a split without a row has no file
        "left_out": [{"split": "train", "reason": SEVERAL, "rows": 2}],
        "folded": [{"split": "train", "reason": FOLDED, "rows": 1}],
        "files": {name: sha256_file(tmp_path / "out" / name) for name in ("seed.json", "train.json")},
    }
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["export.json", "seed.json", "train.json"]


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_again_is_the_same_bytes(made_set: Path, tmp_path: Path, name: str) -> None:
    reports = [export(made_set, name, tmp_path / where) for where in ("a", "b", "b")]  # replaces an older one too
    assert reports[0] == reports[1] == reports[2]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_many_rows_keep_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    rows = [made_row(n, "quiz", "short_answer", [f"第{n}问？"], f"第{n}答。") for n in range(10)]
    made = write_set(tmp_path / "set", {"train": rows})
    for name in ("messages", "sharegpt", "csv", "parquet"):
        (file,) = export(made, name, tmp_path / name).rows
        texts = [json.dumps(record, ensure_ascii=False) for record in read(tmp_path / name / file)]
        assert len(texts) == 10 and all(f"第{n}答。" in text for n, text in enumerate(texts))


@pytest.mark.parametrize(
    ("name", "splits", "words"),
    [
        ("alpca", (), "alpca: no format of this name; choose one of messages, sharegpt"),
        ("alpaca", ("dev",), "dev: .* has no such split; choose from seed, train, valid, test"),
        ("alpaca", ("test",), "alpaca holds no row of .* in test: they are empty"),
        ("llm-custome", ("seed",), "llm-custome holds no row of .* in seed: 1 × no line from a novel"),
    ],
)
def test_bad_input(made_set: Path, tmp_path: Path, name: str, splits: tuple[str, ...], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        export(made_set, name, tmp_path / "out", splits)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_things_is_left_alone(made_set: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("…", encoding="utf-8")
    for target, words in ((tmp_path / "mine", "holds other files"), (tmp_path / "mine" / "thesis.txt", "is a file")):
        with pytest.raises(BadInput, match=words):
            export(made_set, "messages", target)
    with pytest.raises(BadInput, match=r"out: cannot be written .*; name another folder with -o"):
        export(made_set, "messages", tmp_path / "mine" / "thesis.txt" / "out")
    assert (tmp_path / "mine" / "thesis.txt").read_text(encoding="utf-8") == "…"
    (tmp_path / "new").mkdir()
    assert export(made_set, "messages", tmp_path / "new").rows == {"seed.jsonl": 1, "train.jsonl": 5}


def test_nothing_is_half_written(made_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export(made_set, "csv", tmp_path / "out", ["seed"])
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "sha256_file", fail)
    with pytest.raises(OSError, match="No space"):
        export(made_set, "csv", tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


def test_a_damaged_set_is_refused(tmp_path: Path) -> None:
    made = write_set(tmp_path / "set")
    (made / "train.parquet").write_bytes(b"PAR1")
    with pytest.raises(BadInput, match="is not what the manifest says"):
        export(made, "messages", tmp_path / "out")


def test_turns_out_of_order_are_left_out_where_they_cannot_be_paired(tmp_path: Path) -> None:
    odd = made_row(1, "instruct", "conversation", ["甲", "乙"], "丙")
    made = write_set(tmp_path / "set", {"train": (odd, QUIZ)})
    for name in ("alpaca", "belle", "chatglm", "csv"):
        assert export(made, name, tmp_path / name).left_out == [Noted("train", BROKEN, 1)]
    assert export(made, "llamafactory", tmp_path / "lf").rows == {"train_sharegpt.json": 1, "train_alpaca.json": 1}
    assert export(made, "messages", tmp_path / "m").rows == {"train.jsonl": 2}


def test_the_card_tells_counts_sources_and_licences(made_set: Path, tmp_path: Path) -> None:
    export(made_set, "hf", tmp_path / "out")
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert text.startswith(
        '---\npretty_name: "hand"\nlanguage: ["zh"]\nlicense: ["cc-by-nc-sa-4.0", "other", "unknown"]\n'
        'task_categories: ["question-answering", "text-generation"]\nsize_categories: ["n<1K"]\n'
        'configs: [{"config_name": "default", "data_files": [{"split": "seed", "path": "data/seed.parquet"}, '
        '{"split": "train", "path": "data/train.parquet"}]}]\n---\n\n# hand\n'
    )
    for line in (
        "| task | type | seed | train |",
        "| roleplay | multi_turn | 0 | 1 |",
        "| all |  | 1 | 5 |",
        "| quiz/bank | 题库 | CC BY-NC-SA 4.0; haonan-li/CMMLU@d6e7b716 | https://example.org/bank.csv | 2 |",
        "| instruct/rows | 指令 | not stated | rows.jsonl | 2 |",
        "![Characters of prompts and answers, by task](images/lengths.png)",
    ):
        assert line in text
    assert (tmp_path / "out" / "images" / "lengths.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("stated", "known"),
    [
        ("CC0-1.0", "cc0-1.0"), ("MIT; MikeGu721/XiezhiBenchmark@9c6ba468", "mit"), ("ODC-By; x", "odc-by"),
        ("public domain in the USA; Project Gutenberg License", "other"), ("none stated; a/b@c", "unknown"), ("", "unknown"),
    ],
)  # fmt: skip
def test_licence_ids(stated: str, known: str) -> None:
    assert licence_id(stated) == known


# What ingest reads back. A row that was folded comes back folded; all others come back as they were.

SHAPES = {
    "messages": "openai", "sharegpt": "sharegpt", "alpaca": "alpaca", "belle": "belle", "llm-custome": "llm_custome",
    "context-target": "context_target", "chatglm": "chatglm", "llamafactory": "alpaca sharegpt", "hf": "openai",
    "parquet": "training_set", "csv": "chatglm",
}  # fmt: skip


def read_back(row: SetRow, note: str) -> list[dict[str, str]]:
    """The conversation that comes back of a row."""
    parts = talk(row)
    if note != FOLDED or parts is None:
        return turns(row)
    first, *others = turns(row)[1:]
    return [{"role": "user", "content": f"{parts.system}\n{first['content']}"}, *others]


@pytest.fixture(scope="module")
def ingested(made_set: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    """By format, what `huaben ingest` made of its files: messages, shape, fate."""
    folder = tmp_path_factory.mktemp("exports")
    files = [folder / name / file for name in FORMATS for file in export(made_set, name, folder / name, ["train"]).rows]
    documents = []
    for file in files:  # the kind of Parquet files is guessed in test_instruction_table.py: each guess costs a process
        kind = "instruct" if file.suffix == ".parquet" else ""
        documents.append(load_document(source_for_path(file, kind, source_id=str(file.relative_to(folder)))))
    assert {document.kind for document in documents} == {"instruct"}
    with writing(new_lake(folder / "lake")) as lake:
        ingest(lake, documents)
        found = lake.connection.execute(
            "SELECT source_id, messages, shape, fate FROM instructions JOIN documents USING (document_id)"
        ).fetchall()
    by_format: dict[str, list[tuple[Any, ...]]] = {name: [] for name in FORMATS}
    for source, *row in found:
        by_format[source.partition("/")[0]].append(tuple(row))
    return by_format


@pytest.mark.parametrize("name", FORMATS)
def test_ingest_reads_back_what_was_exported(name: str, ingested: dict[str, list[tuple[Any, ...]]]) -> None:
    found = ingested[name]
    assert {(shape, fate) for _, shape, fate in found} == {(shape, "kept") for shape in SHAPES[name].split()}
    expected = []
    for row in ROWS["train"]:
        fitted = [fit(row) for fit in FORMATS[name].files.values()]
        expected += [read_back(row, fit.note) for fit in fitted if fit.record is not None][:1]
    assert sorted(json.dumps(messages) for messages, _, _ in found) == sorted(json.dumps(m) for m in expected)


# Ends of turns are trimmed when they are read, as those of every instruction file are.
_WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).map(str.strip).filter(
    lambda text: text and not text.endswith("\\n") and text == text.lstrip("\r\n").rstrip()
)  # fmt: skip
_ROWS = st.builds(
    lambda said, answer, system: made_row(1, "roleplay", "multi_turn", said, answer, system),
    st.lists(_WORDS, min_size=1, max_size=5).filter(lambda said: len(said) % 2 == 1),
    _WORDS,
    st.just("") | _WORDS,
)


@given(row=_ROWS)
@pytest.mark.parametrize("name", FORMATS)
def test_any_words_come_back(name: str, row: SetRow, tmp_path_factory: pytest.TempPathFactory) -> None:
    fitted = next((f for f in (fit(row) for fit in FORMATS[name].files.values()) if f.record is not None), None)
    if fitted is None:
        assert len(row.messages) > 2  # the only reason there is: it has a history
        return
    assert fitted.record is not None
    if not fitted.note:
        assert conversation(row) == turns(row)
    path = tmp_path_factory.getbasetemp() / f"any-{name}"
    with FORMATS[name].write(path) as put:
        put([fitted.record])
    instruction = extracted(path)[0]
    assert isinstance(instruction, Instruction)
    assert [asdict(message) for message in instruction.messages] == read_back(row, fitted.note)


def extracted(path: Path) -> Sequence[object]:
    """What the extractors make of the file, read in this process."""
    raw = path.read_bytes()
    if raw.startswith(b"PAR1"):
        text = "\n".join(json.dumps(row, ensure_ascii=False) for row in pq.read_table(path).to_pylist())
    else:
        text = raw.decode("utf-8")
    return list(extract_instructions(Document("d", "s", "instruct", "T", text, path.name, "utf-8", "0")))
