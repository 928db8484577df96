"""Every instruction layout gives its conversations whole, and broken ones are rejected by name."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Document
from corpora.errors import BadInput
from corpora.load import load_document, source_for_path
from extractors.instructions import extract_instructions
from extractors.records import Instruction, Message, Reject


def document(text: str) -> Document:
    return Document("d", "s", "instruct", "T", text, "a.jsonl", "utf-8", "0")


def read(*records: Any) -> list[Instruction | Reject]:
    text = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    return list(extract_instructions(document(text)))


def talk(*contents: str, system: str = "") -> tuple[Message, ...]:
    turns = [Message("user" if i % 2 == 0 else "assistant", text) for i, text in enumerate(contents)]
    return tuple([Message("system", system)] * bool(system) + turns)


@pytest.mark.parametrize(
    ("record", "shape", "messages"),
    [
        ({"instruction": "写诗", "input": "", "output": "好"}, "alpaca", talk("写诗", "好")),
        ({"instruction": "写诗", "input": "夏天", "output": "好"}, "alpaca", talk("写诗\n夏天", "好")),
        ({"instruction": "写诗", "input": "<noinput>", "output": "好"}, "alpaca", talk("写诗", "好")),
        ({"instruction": "写诗。\\n\n", "output": "好\n"}, "alpaca", talk("写诗。", "好")),
        (
            {"instruction": "丙", "input": "", "output": "丁", "system": "你是某", "history": [["甲", "乙"]]},
            "alpaca",
            talk("甲", "乙", "丙", "丁", system="你是某"),
        ),
        (
            {"id": "seed_task_8", "instruction": "写诗", "instances": [{"input": "夏", "output": "好"}]},
            "belle_seed",
            talk("写诗\n夏", "好"),
        ),
        ({"input": "甲", "target": "乙"}, "belle", talk("甲", "乙")),
        ({"kind": "NLI", "input": "甲", "target": "乙"}, "firefly", talk("甲", "乙")),
        ({"question": "甲", "std_answer": "乙", "class": "qa"}, "belle_eval", talk("甲", "乙")),
        ({"context": "甲", "target": "乙"}, "context_target", talk("甲", "乙")),
        (
            {"context": "Instruction: 按指令回答。\nInput: 抽取：\n\n某句\nAnswer: ", "target": "[]"},
            "context_target",
            talk("按指令回答。\n抽取：\n\n某句", "[]"),
        ),
        (
            {
                "conversations": [
                    {"from": "system", "value": "你是某"},
                    {"from": "human", "value": "甲"},
                    {"from": "gpt", "value": "乙"},
                    {"from": "human", "value": "丙"},
                    {"from": "gpt", "value": "丁"},
                ]
            },
            "sharegpt",
            talk("甲", "乙", "丙", "丁", system="你是某"),
        ),
        (
            {"messages": [{"role": "user", "content": "甲"}, {"role": "assistant", "content": "乙"}]},
            "openai",
            talk("甲", "乙"),
        ),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "text", "text": "甲"}, {"type": "text", "text": "一"}]},
                    {"role": "assistant", "content": "乙"},
                ]
            },
            "openai",
            talk("甲\n一", "乙"),
        ),
        (
            {"conversation": [{"human": "甲", "assistant": "乙"}, {"human": "丙", "assistant": "丁"}]},
            "firefly_turns",
            talk("甲", "乙", "丙", "丁"),
        ),
        ({"input": ["甲", "丙"], "output": ["乙", "丁"]}, "parallel", talk("甲", "乙", "丙", "丁")),
        (
            {"prompt": "丙", "response": "丁", "history": [["甲", "乙"]]},
            "chatglm",
            talk("甲", "乙", "丙", "丁"),
        ),
    ],
)
def test_layouts(record: Any, shape: str, messages: tuple[Message, ...]) -> None:
    assert read(record, record) == [Instruction(messages, shape, "line 1"), Instruction(messages, shape, "line 2")]
    assert list(extract_instructions(document(json.dumps([record])))) == [Instruction(messages, shape, "item 1")]
    laid_out = f"[\n{json.dumps(record)}\n]\n"
    assert list(extract_instructions(document(laid_out))) == [Instruction(messages, shape, "item 1")]
    wrapped = json.dumps({"data": [record]}, indent=1)
    assert list(extract_instructions(document(wrapped))) == [Instruction(messages, shape, "item 1")]
    assert list(extract_instructions(document(json.dumps(record, indent=1)))) == [
        Instruction(messages, shape, "line 1")
    ]


def turns(*pairs: tuple[str, Any]) -> dict[str, Any]:
    return {"conversations": [{"from": role, "value": value} for role, value in pairs]}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (
            turns(("human", "甲"), ("gpt", "乙"), ("human", "丙")),
            "odd number of turns: the last question has no answer",
        ),
        (turns(("gpt", "乙"), ("human", "甲")), "starts with the assistant"),
        (turns(("human", "甲"), ("human", "丙"), ("gpt", "乙")), "two turns in a row by the user"),
        (turns(("human", "甲"), ("gpt", "乙"), ("gpt", "丁")), "two turns in a row by the assistant"),
        (turns(("human", "甲"), ("gpt", "乙"), ("human", " "), ("gpt", "丁")), "an empty turn"),
        (turns(("human", "甲"), ("observation", "乙")), "unknown role 'observation'"),
        (turns(("human", "甲"), ("system", "某"), ("gpt", "乙")), "a system turn after the first turn"),
        (turns(("human", "甲"), ("gpt", {"a": 1})), "a turn that is not text"),
        (turns(("system", "某")), "no turns"),
        (turns(), "no turns"),
        ({"question": "甲", "std_answer": ""}, "no answer"),
        ({"instruction": " ", "input": "", "output": "乙"}, "no question"),
        ({"instruction": "甲", "input": {"a": 1}, "output": "乙"}, "a turn that is not text"),
        ({"input": ["甲", "丙"], "output": ["乙"]}, "odd number of turns: the last question has no answer"),
        ({"input": ["甲"], "output": ["乙", "丁"]}, "two turns in a row by the assistant"),
        ({"prompt": "丙", "response": "丁", "history": ["甲"]}, "an empty turn"),
        ({"text": "甲", "label": 1}, "unknown layout: keys text, label"),
        ({"conversations": "甲"}, "unknown layout: keys conversations"),
        (["甲", "乙"], "unknown layout: list, not an object"),
        (7, "unknown layout: int, not an object"),
    ],
)
def test_rejects(record: Any, reason: str) -> None:
    good = {"instruction": "写", "output": "好"}
    raw = json.dumps(record, ensure_ascii=False)
    assert read(good, record) == [
        Instruction(talk("写", "好"), "alpaca", "line 1"),
        Reject("line 2", raw, reason),
    ]
    if isinstance(record, dict):
        assert read(record, good)[0] == Reject("line 1", raw, reason)  # unknown records before the first known one too


def test_every_instance_of_a_seed_task_is_a_record() -> None:
    task = {"instruction": "写", "instances": [{"input": "春", "output": "甲"}, {"input": "夏", "output": ""}]}
    assert read(task, task)[:2] == [
        Instruction(talk("写\n春", "甲"), "belle_seed", "line 1 instance 1"),
        Reject(
            "line 1 instance 2",
            json.dumps({**task, "instances": task["instances"][1:]}, ensure_ascii=False),
            "no answer",
        ),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"instruction": "a", "output": "b"}\n' * 16 + '{"instruction": "a", "output": \n',
            "a.jsonl: line 17 column 32: broken",
        ),
        (
            '{"instruction": "a", "output: "b"}\n' + '{"instruction": "a", "output": "b"}\n' * 3,
            "a.jsonl: line 1 column",
        ),
        (
            '[\n {"instruction": "a",\n  "output" "b"}\n]',
            "a.jsonl: line 3 column 12: broken JSON: Expecting ':' delimiter",
        ),
        ('{"a": 1}\n{"b": 2}\n', "line 1: unknown layout: keys a; give a file in one of these layouts: sharegpt"),
        ("[]", "a.jsonl: no records; give a file"),
        ("写一首诗\n", "a.jsonl: line 1: no JSON object or array begins here"),
        ("[" * 100_000, "a.jsonl: line 1: JSON that cannot be read"),
    ],
)
def test_bad_input(text: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        list(extract_instructions(document(text)))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_line_separators_inside_a_string_do_not_break_the_line() -> None:
    assert read({"instruction": "甲\u2028乙\u0085丙", "output": "丁"}, {"instruction": "戊", "output": "己"}) == [
        Instruction(talk("甲\u2028乙\u0085丙", "丁"), "alpaca", "line 1"),
        Instruction(talk("戊", "己"), "alpaca", "line 2"),
    ]


KEYS = ["conversations", "messages", "instruction", "instances", "input", "output", "target", "role", "content", "from"]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
)


@given(st.lists(JSON, min_size=1, max_size=4))
def test_any_json_is_read_or_rejected_whole(records: list[Any]) -> None:
    """Every record ends as an instruction or a reject: none is lost, and only BadInput is raised."""
    try:
        items = list(extract_instructions(document(json.dumps(records))))
    except BadInput:
        return
    assert len({item.locator.split(" instance")[0] for item in items}) == len(records)


@given(st.text(alphabet=st.sampled_from(list('[]{}",:\n\\a1 甲'))))
def test_any_text_raises_nothing_but_bad_input(text: str) -> None:
    try:
        list(extract_instructions(document(text)))
    except BadInput as error:
        assert str(error).startswith("a.jsonl")


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("name", "kept", "rejected"),
    [
        ("llamafactory_alpaca_zh_demo.json", {"alpaca": 1000}, {}),
        ("belle_zh_seed_tasks.jsonl", {"belle_seed": 175}, {}),
        ("belle_eval_set.json", {"belle_eval": 631}, {"no answer": 369}),
        (
            "sharegpt_zh_first_rows.jsonl",
            {"sharegpt": 442},
            {"odd number of turns: the last question has no answer": 2, "an empty turn": 1},
        ),
        ("vicuna_guanaco_belle_sample.jsonl", {"alpaca": 10}, {}),
        ("vicuna_chat_sample.jsonl", {"parallel": 3}, {}),
        ("ie_cls_mixed_train_dataset.jsonl", {"context_target": 902}, {}),
        ("ie_cls_mixed_dev_dataset.jsonl", {"context_target": 122}, {}),
    ],
)
def test_the_real_files(corpora_dir: Path, name: str, kept: dict[str, int], rejected: dict[str, int]) -> None:
    items = list(extract_instructions(load_document(source_for_path(corpora_dir / "instruct" / name))))
    assert Counter(item.shape for item in items if isinstance(item, Instruction)) == kept
    assert Counter(item.reason for item in items if isinstance(item, Reject)) == rejected
    for item in items:
        if isinstance(item, Instruction):
            assert item.messages[-1].role == "assistant"
            assert all(message.content.strip() for message in item.messages)
