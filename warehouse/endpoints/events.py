"""The bytes of a stream of server-sent events in, what each event says out: the words added, and how the answer ended.

data: {"choices": [{"index": 0, "delta": {"content": "未"}, "finish_reason": null}]}

data: [DONE]

https://html.spec.whatwg.org/multipage/server-sent-events.html, and OpenAI's chat completions in it.
"""

import json
from dataclasses import dataclass, field
from typing import Any

DONE = "[DONE]"
_LONGEST_NAME, _MOST_MODELS = 200, 500  # of what a list of models may put before a person
MOST_BYTES = 1_000_000  # of one event, and of a whole answer: a server must not fill our memory


class Unreadable(ValueError):
    """What the server sent is no chat completion."""


class Complaint(ValueError):
    """The server sent an error in place of an answer; `str` of it is what it said."""


@dataclass(frozen=True)
class Chunk:
    """What one event adds. `reason` is why the answer ends, empty while it goes on."""

    text: str = ""
    reason: str = ""


@dataclass
class Events:
    """The events of a stream, as its bytes come in."""

    _line: bytearray = field(default_factory=bytearray)
    _data: list[str] = field(default_factory=list)
    _held: int = 0

    def feed(self, block: bytes) -> list[str]:
        """The data of every event that the block completes. Raises Unreadable when one grows without end."""
        self._line += block
        # By bytes: text would also be cut at line ends of Unicode, which JSON may hold as they are.
        *lines, rest = bytes(self._line).split(b"\n")
        self._line = bytearray(rest)
        found = []
        for line in lines:
            if text := line.removesuffix(b"\r").decode("utf-8", "replace"):
                name, _, value = text.partition(":")
                if name.lstrip("\ufeff") == "data":
                    self._data.append(value.removeprefix(" "))
                    self._held += len(line)
            elif self._data:
                found.append("\n".join(self._data))
                self._data, self._held = [], 0
        if self._held + len(rest) > MOST_BYTES:
            raise Unreadable("an event without end")
        return found


def read_chunk(data: str) -> Chunk:
    """What an event says. Raises Complaint when it is an error, Unreadable when it is neither."""
    made = _object(data)
    if made.get("error"):
        raise Complaint(complaint(data))
    return _chunk(made, "delta")


def read_whole(body: str) -> Chunk:
    """The answer in the body of a response that is no stream; raises as `read_chunk` does."""
    made = _object(body)
    if made.get("error"):
        raise Complaint(complaint(body))
    found = _chunk(made, "message")
    if not made["choices"]:
        raise Unreadable("no choice")
    return found


def read_models(body: str) -> list[str]:
    """The names of the models listed. Raises Unreadable when it is no list of models."""
    listed = _object(body).get("data")
    if not isinstance(listed, list):
        raise Unreadable("no list of models")
    names = [one.get("id") for one in listed if isinstance(one, dict)]
    plain = [name for name in names if isinstance(name, str) and name.isprintable() and 0 < len(name) <= _LONGEST_NAME]
    return list(dict.fromkeys(plain))[:_MOST_MODELS]


def complaint(body: str) -> str:
    """What a server says in the body of an error, on one line and cut: OpenAI's form, Ollama's, FastAPI's, or text."""
    try:
        made: Any = json.loads(body)
    except (ValueError, RecursionError):
        made = body
    for key in ("error", "detail", "message"):
        if isinstance(made, dict) and made.get(key):
            made = made[key]
    text = made if isinstance(made, str) else json.dumps(made, ensure_ascii=False)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= 200 else f"{text[:200]}…"


def _object(text: str) -> dict[str, Any]:
    try:
        made = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("no JSON") from None
    if not isinstance(made, dict):
        raise Unreadable("no JSON object")
    return made


def _chunk(made: dict[str, Any], key: str) -> Chunk:
    choices = made.get("choices")
    if not isinstance(choices, list):
        raise Unreadable("no choices")
    if not choices:  # the count of tokens at the end of a stream
        return Chunk()
    choice: dict[str, Any] = choices[0] if isinstance(choices[0], dict) else {}
    said: Any = choice.get(key)
    text, reason = (said if isinstance(said, dict) else {}).get("content") or "", choice.get("finish_reason") or ""
    if not isinstance(text, str) or not isinstance(reason, str):
        raise Unreadable("content that is no text")
    # Half of a surrogate pair can be written in JSON, but in no file.
    return Chunk(text.encode("utf-8", "replace").decode("utf-8"), reason)
