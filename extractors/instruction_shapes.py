"""One JSON record of an instruction file in; the name of its layout and its turns out."""

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, cast

from extractors.records import Message

Turn = tuple[str, Any]  # the role as written, and the content as written

ROLES = {
    "system": "system",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "model": "assistant",
    "bot": "assistant",
}
NO_INPUT = {"<noinput>", "<no input>", "n/a", "none", "nan"}  # Alpaca's and its translations' mark for no input
# The label words of HarderThenHarder's ChatGLM prompts. The chat template marks the turns, so they are dropped, and
# the rest is joined as in Alpaca; left in, they would teach a prompt format that no one will type.
WRAPPED = re.compile(r"Instruction: ?(.*?)\nInput: ?(.*?)(?:\nAnswer: ?)?\s*", re.S)


def read_turns(record: Mapping[str, Any]) -> tuple[str, list[Turn]] | None:
    """The layout's name and the turns in order, system first; None for an unknown layout."""
    for shape, needed, reader in SHAPES:
        if needed <= record.keys():
            turns = reader(record)
            if turns is not None:
                return shape, turns
    return None


def split_instances(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The record, or one record for each instance of a seed task that has several."""
    instances = record.get("instances")
    if not isinstance(instances, list) or len(instances) < 2:
        return [record]
    return [{**record, "instances": [instance]} for instance in instances]


def check_turns(turns: list[Turn]) -> tuple[Message, ...] | str:
    """The conversation as messages, or the reason why it is none.

    A conversation is an optional system turn, then question and answer in turn, ending with an answer, none empty.
    Broken ones are not mended: a cut would leave an answer to a question that was never asked.
    """
    messages: list[Message] = []
    for name, content in turns:
        role = ROLES.get(str(name).strip().lower())
        if role is None:
            return f"unknown role {str(name)[:30]!r}"
        text = _text(content)
        if text is None:
            return "a turn that is not text"
        if role == "system" and not text:
            continue  # an empty system turn says nothing
        messages.append(Message(cast(Any, role), text))
    talk = messages[1:] if messages and messages[0].role == "system" else messages
    if not talk:
        return "no turns"
    if any(message.role == "system" for message in talk):
        return "a system turn after the first turn"
    if talk[0].role == "assistant":
        return "starts with the assistant"
    for before, after in pairwise(talk):
        if before.role == after.role:
            return f"two turns in a row by the {after.role}"
    if talk[-1].role == "user":
        return "odd number of turns: the last question has no answer"
    if not talk[-1].content and len(talk) == 2:
        return "no answer"
    if not talk[0].content and len(talk) == 2:
        return "no question"
    if not all(message.content for message in talk):
        return "an empty turn"
    return tuple(messages)


def _text(content: Any) -> str | None:
    if content is None:
        return ""
    if isinstance(content, bool):
        return None
    if isinstance(content, int | float):
        return str(content)
    if isinstance(content, list) and content and all(isinstance(p, dict) and p.get("type") == "text" for p in content):
        content = "\n".join(str(part.get("text", "")) for part in content)  # OpenAI's list of parts
    if not isinstance(content, str):
        return None
    content = content.lstrip("\r\n").rstrip()
    while content.endswith("\\n"):  # BELLE rows that were escaped twice end in a literal backslash-n
        content = content[:-2].rstrip()
    return content


def _joined(instruction: Any, given: Any) -> Any:
    """Instruction and input in one turn, a line break between, as LLaMA-Factory and BELLE join them."""
    given_text, instruction_text = _text(given), _text(instruction)
    if given_text is None or instruction_text is None:
        return given if given_text is None else instruction  # no text: check_turns says so
    if not given_text or given_text.strip().lower() in NO_INPUT:
        return instruction_text
    return f"{instruction_text}\n{given_text}" if instruction_text else given_text


def _pair(question: Any, answer: Any, record: Mapping[str, Any]) -> list[Turn]:
    """A question and its answer after the record's system turn and history, if it has them."""
    turns: list[Turn] = [("system", record["system"])] if record.get("system") else []
    for past in record.get("history") or []:
        asked, answered = past if isinstance(past, list | tuple) and len(past) == 2 else (past, None)
        turns += [("user", asked), ("assistant", answered)]
    return [*turns, ("user", question), ("assistant", answer)]


def _alpaca(record: Mapping[str, Any]) -> list[Turn]:
    return _pair(_joined(record["instruction"], record.get("input")), record["output"], record)


def _seed_task(record: Mapping[str, Any]) -> list[Turn] | None:
    """The turns of a seed task with one instance; `split_instances` makes such of each."""
    instances = record["instances"]
    if not isinstance(instances, list) or len(instances) != 1 or not isinstance(instances[0], dict):
        return None
    return _pair(_joined(record["instruction"], instances[0].get("input")), instances[0].get("output"), {})


def _context_target(record: Mapping[str, Any]) -> list[Turn]:
    question = record["context"]
    if isinstance(question, str) and (wrapped := WRAPPED.fullmatch(question)):
        question = _joined(wrapped[1], wrapped[2])
    return _pair(question, record["target"], {})


def _listed(key: str) -> Callable[[Mapping[str, Any]], list[Turn] | None]:
    """A reader for a list of turns under `key`: {from, value}, {role, content} or {human, assistant}."""

    def read(record: Mapping[str, Any]) -> list[Turn] | None:
        if not isinstance(record[key], list):
            return None
        turns: list[Turn] = [("system", record["system"])] if record.get("system") else []
        for item in record[key]:
            if not isinstance(item, dict):
                return None
            if "human" in item and "assistant" in item:
                turns += [("user", item["human"]), ("assistant", item["assistant"])]
            elif "from" in item or "role" in item:
                content = item["value"] if "value" in item else item.get("content")
                turns.append((str(item.get("from", item.get("role"))), content))
            else:
                return None
        return turns

    return read


def _parallel(record: Mapping[str, Any]) -> list[Turn] | None:
    asked, answered = record["input"], record["output"]
    if isinstance(asked, str) and isinstance(answered, str):
        return _pair(asked, answered, record)
    if not isinstance(asked, list) or not isinstance(answered, list):
        return None
    turns: list[Turn] = []
    for i, question in enumerate(asked):
        turns += [("user", question)] + ([("assistant", answered[i])] if i < len(answered) else [])
    return turns + [("assistant", text) for text in answered[len(asked) :]]


def _training_set(record: Mapping[str, Any]) -> list[Turn] | None:
    """A row of a training set of ours: the prompt's turns, and the answer in a field of its own."""
    turns = _listed("messages")(record)
    if turns and ROLES.get(turns[-1][0]) == "user":
        turns.append(("assistant", record["answer"]))
    return turns


def _keys(question: str, answer: str) -> Callable[[Mapping[str, Any]], list[Turn]]:
    return lambda record: _pair(record[question], record[answer], record)


# The most particular first: {kind, input, target} before {input, target}.
SHAPES: list[tuple[str, frozenset[str], Callable[[Mapping[str, Any]], list[Turn] | None]]] = [
    ("sharegpt", frozenset({"conversations"}), _listed("conversations")),
    ("firefly_turns", frozenset({"conversation"}), _listed("conversation")),
    ("training_set", frozenset({"messages", "answer"}), _training_set),
    ("openai", frozenset({"messages"}), _listed("messages")),
    ("belle_seed", frozenset({"instruction", "instances"}), _seed_task),
    ("alpaca", frozenset({"instruction", "output"}), _alpaca),
    ("firefly", frozenset({"kind", "input", "target"}), _keys("input", "target")),
    ("belle", frozenset({"input", "target"}), _keys("input", "target")),
    ("context_target", frozenset({"context", "target"}), _context_target),
    ("llm_custome", frozenset({"context", "chat"}), _keys("context", "chat")),
    ("belle_eval", frozenset({"question", "std_answer"}), _keys("question", "std_answer")),
    ("parallel", frozenset({"input", "output"}), _parallel),
    ("chatglm", frozenset({"prompt", "response"}), _keys("prompt", "response")),
]
