"""The tools that the exports are for open them: datasets, TRL, and LLaMA-Factory where it is installed."""

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_set import CARD, LINE, POLITE, QUIZ, ROWS, SCENE, TALK, write_set

from warehouse.exports.export import export
from warehouse.exports.row import conversation

datasets = pytest.importorskip("datasets", reason="datasets is not installed; pip install datasets")


@pytest.fixture(scope="module")
def made_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("sets") / "hand-5e700000")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


def loaded(reader: str, file: Path) -> Any:
    """The rows of one file as `datasets` reads them."""
    return datasets.load_dataset(reader, data_files={"train": str(file)}, split="train")


def test_datasets_opens_the_hf_folder(made_set: Path, tmp_path: Path) -> None:
    export(made_set, "hf", tmp_path / "out")
    splits = datasets.load_dataset(str(tmp_path / "out"))
    assert {name: split.num_rows for name, split in splits.items()} == {"seed": 1, "train": 5}
    assert splits["train"][2] == {
        "sample_id": "0000000000000003", "task": "roleplay", "question_type": "multi_turn", "novel": "三国演义",
        "character": "刘备", "source_id": "novels/sanguo", "messages": conversation(SCENE),
        "reference": SCENE.answer, "cluster_id": "0000000000000003",
    }  # fmt: skip


def test_datasets_knows_a_validation_split(tmp_path: Path) -> None:
    made = write_set(tmp_path / "set", {"train": (LINE,), "valid": (TALK,), "test": (QUIZ,)})
    export(made, "hf", tmp_path / "out")
    splits = datasets.load_dataset(str(tmp_path / "out"))
    assert {name: split["sample_id"][0][-1] for name, split in splits.items()} == {
        "train": "1",
        "validation": "4",
        "test": "2",
    }


@pytest.mark.parametrize(
    ("name", "file", "reader", "at", "record"),
    [
        ("messages", "train.jsonl", "json", 2, {"messages": conversation(SCENE)}),
        ("belle", "train.jsonl", "json", 1, {"input": QUIZ.messages[0]["content"], "target": "B. 三"}),
        ("context-target", "train.jsonl", "json", 1, {"context": QUIZ.messages[0]["content"], "target": "B. 三"}),
        ("llm-custome", "train.jsonl", "json", 0, {"context": LINE.messages[0]["content"], "chat": LINE.answer}),
        ("parquet", "train.parquet", "parquet", 3, {"answer": "桃园三结义。", "messages": list(TALK.messages)}),
        ("csv", "train.csv", "csv", 2, {"system": CARD, "response": SCENE.answer}),
        ("alpaca", "train.json", "json", 0, {"instruction": LINE.messages[0]["content"], "output": LINE.answer}),
        # ChatGLM-6B's ptuning/main.py: load_dataset(the file's ending, …), then these columns
        (
            "chatglm", "train.json", "json", 3,
            {"prompt": "举一例。", "response": "桃园三结义。", "history": [["何谓义？", "宜也。"]]},
        ),
    ],
)  # fmt: skip
def test_datasets_reads_the_files(
    made_set: Path, tmp_path: Path, name: str, file: str, reader: str, at: int, record: dict[str, Any]
) -> None:
    rows = export(made_set, name, tmp_path / "out", ["train"]).rows
    found = loaded(reader, tmp_path / "out" / file)
    assert found.num_rows == rows[file]
    assert {key: found[at][key] for key in record} == record


@pytest.mark.slow
def test_trl_applies_a_chat_template_to_the_messages(made_set: Path, tmp_path: Path) -> None:
    pytest.importorskip("trl", reason="trl is not installed; pip install trl")
    from tiny_model import tiny_tokenizer
    from trl.data_utils import apply_chat_template, is_conversational

    export(made_set, "messages", tmp_path / "out", ["train"])
    row = loaded("json", tmp_path / "out" / "train.jsonl")[2]
    assert is_conversational(row)
    said = [f"<|im_start|>{turn['role']}\n{turn['content']}<|im_end|>\n" for turn in conversation(SCENE)]
    assert apply_chat_template(row, tiny_tokenizer()) == {"text": "".join(said)}


@pytest.mark.slow
def test_trl_trains_on_the_messages(made_set: Path, tmp_path: Path) -> None:
    pytest.importorskip("trl", reason="trl is not installed; pip install trl")
    from tiny_model import tiny_model, tiny_tokenizer
    from trl import SFTConfig, SFTTrainer

    export(made_set, "messages", tmp_path / "out", ["train"])
    rows = loaded("json", tmp_path / "out" / "train.jsonl")
    tokenizer = tiny_tokenizer()
    config = SFTConfig(
        output_dir=str(tmp_path / "run"), max_steps=1, per_device_train_batch_size=2, max_length=1024, report_to=[],
        save_strategy="no", use_cpu=True, bf16=False, disable_tqdm=True, logging_strategy="no",
    )  # fmt: skip
    trainer = SFTTrainer(tiny_model(len(tokenizer), 1024), config, train_dataset=rows, processing_class=tokenizer)
    encoded: Any = trainer.train_dataset
    assert len(encoded) == len(ROWS["train"])
    whole = tokenizer.decode(encoded[2]["input_ids"])
    assert [turn["content"] in whole for turn in conversation(SCENE)] == [True] * 5
    assert trainer.train().global_step == 1


@pytest.mark.llamafactory
def test_llamafactory_reads_both_layouts(made_set: Path, tmp_path: Path) -> None:
    pytest.importorskip(
        "llamafactory.data.converter", reason="LLaMA-Factory is not installed; pip install llamafactory, in an "
        "environment of its own", exc_type=ImportError,
    )  # fmt: skip
    from llamafactory.data.converter import get_dataset_converter
    from llamafactory.data.parser import get_dataset_list

    export(made_set, "llamafactory", tmp_path / "out", ["train"])
    found: dict[str, list[dict[str, Any]]] = {}
    for attributes in get_dataset_list(["hand_train_alpaca", "hand_train_sharegpt"], str(tmp_path / "out")):
        convert = get_dataset_converter(attributes.formatting, attributes, None)
        rows = json.loads((tmp_path / "out" / attributes.dataset_name).read_text(encoding="utf-8"))
        found[attributes.dataset_name] = [convert(row) for row in rows]
    for file, rows in (("train_alpaca.json", (LINE, QUIZ)), ("train_sharegpt.json", (SCENE, TALK, POLITE))):
        assert [(row["_system"] or "", row["_prompt"], row["_response"]) for row in found[file]] == [
            (
                row.messages[0]["content"] if row.messages[0]["role"] == "system" else "",
                [turn for turn in row.messages if turn["role"] != "system"],
                [{"role": "assistant", "content": row.answer}],
            )
            for row in rows
        ]
