"""Turns of a chat in; what a person thinks of them as annotations, and the chat as a file, out."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from eval.studio.scene import Said
from warehouse.annotations import Mark, annotations_of, save
from warehouse.kit import BadInput, write_whole
from warehouse.reader import Reader

_CHAT = re.compile(r"[0-9a-f]{16}")
MODES = {"character": "roleplay", "quiz": "quiz", "plain": "instruct"}  # the task whose template a base is prompted by


def vote(reader: Reader, annotator: str, turn: Said, verdict: str) -> None:
    """Say up or down to the answer that was chosen. Raises BadInput as `save` does."""
    _save(reader, annotator, turn, verdict, {})
    turn.vote = verdict


def better(reader: Reader, annotator: str, turn: Said, text: str) -> None:
    """Say what the answer should have been: it becomes a training row. Raises BadInput when it says nothing new."""
    if not text.strip() or text.strip() == turn.text.strip():
        raise BadInput("write another answer than the one that is there")
    _save(reader, annotator, turn, "written", {"better": text.strip()})
    turn.vote = "better"


def _save(reader: Reader, annotator: str, turn: Said, verdict: str, fixed: dict[str, str]) -> None:
    shown = {"messages": list(turn.prompt), "answer": turn.text, "answers": turn.answers, "speaker": turn.speaker}
    with reader.lake() as lake:
        known = annotations_of(reader.home, lake.connection, "chats", turn.turn_id)
        head = known[-1]["annotation_id"] if known else ""
        mark = Mark("chats", turn.turn_id, annotator, verdict, fixed, shown=shown, head=head)
        save(reader.home, lake.connection, mark)


def as_lines(said: Sequence[Said]) -> str:
    """The chat as JSON lines, a turn each."""
    return "".join(json.dumps(asdict(turn), ensure_ascii=False) + "\n" for turn in said)


def keep_chat(home: Path, chat: str, said: Sequence[Said]) -> None:
    """Keep the chat in the home folder, so that it is there again after the page is closed."""
    with write_whole(_path(home, chat)) as part:
        part.write_text(as_lines(said), encoding="utf-8")


def read_chat(home: Path, chat: str) -> list[Said]:
    """The turns of a chat; none when there is no such chat. Raises BadInput when the name is no chat's."""
    path = _path(home, chat)
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")  # splitlines would also cut at U+2028, which a text may hold
    return [Said(**json.loads(line)) for line in lines if line]


def _path(home: Path, chat: str) -> Path:
    if not _CHAT.fullmatch(chat):  # it comes from the address line of a browser
        raise BadInput("a chat is named by 16 hex digits")
    return Path(home) / "chats" / f"{chat}.jsonl"
