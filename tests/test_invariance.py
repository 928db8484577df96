"""One chapter in another script, encoding, line end or layout, or out of its book: the same utterances and speakers."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from corpora.chapters import Chapter, split_chapters
from corpora.decode import decode
from corpora.document import Document
from extractors.cast import Cast, parse_cast
from extractors.novel import extract_utterances
from extractors.records import Utterance

CORPORA = Path(__file__).parent.parent / "corpora"
EVERY = 9  # chapters; all of them take a minute
MARKS = str.maketrans("“”‘’", "「」『』")


@cache
def opencc(table: str) -> Any:
    from opencc import OpenCC

    return OpenCC(table)


def simple(text: str) -> str:
    """The text in simplified characters, taken one by one."""
    return "".join(opencc("t2s").convert(character) for character in text)


def traditional(text: str) -> str:
    written: str = opencc("s2t").convert(text)
    return written.translate(MARKS)


def other_bytes(text: str) -> str:
    return decode(text.encode("gb18030"))[0]


def windows_lines(text: str) -> str:
    return text.replace("\n", "\r\n")


def indented(text: str) -> str:
    return "\n".join("\u3000\u3000" + line if line.strip() else line for line in text.split("\n"))


CHANGES = (traditional, other_bytes, windows_lines, indented)


def rows_of(text: str, cast: Cast | None) -> list[Utterance]:
    return extract_utterances(Document("d", "s", "novel", "试", text, "", "utf-8", ""), cast)


def told(rows: list[Utterance]) -> list[tuple[str, ...]]:
    """What must not change, whatever the layout: kind, words, who speaks and to whom, and by what rule."""
    return [
        (row.kind, row.text.replace("\r", "").replace("\n\u3000\u3000", "\n"), row.speaker, row.addressee, row.rule)
        for row in rows
    ]


def changed_rows(changed: str, text: str, cast: Cast | None) -> float:
    """The share of rows that differ; words in traditional characters are compared by where they stand."""
    got, wanted = rows_of(changed, cast), rows_of(text, cast)
    pairs: list[tuple[Any, Any]] = list(zip(told(got), told(wanted), strict=False))
    if "「" in changed:
        pairs = list(zip(map(placed, got), map(placed, wanted), strict=False))
    return (sum(a != b for a, b in pairs) + abs(len(got) - len(wanted))) / max(1, len(wanted))


def placed(row: Utterance) -> tuple[str | int, ...]:
    return row.kind, row.char_start, row.char_end, simple(row.speaker), simple(row.addressee), row.rule


@cache
def chapters_of(path: Path) -> tuple[str, Cast, tuple[Chapter, ...], list[Utterance]]:
    text = path.read_text(encoding="utf-8")
    cast = parse_cast((CORPORA / "casts" / f"{path.stem}.toml").read_text(encoding="utf-8"))
    return text, cast, tuple(split_chapters(text)), rows_of(text, cast)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("with_cast", [True, False])
def test_the_sample_story(change: Callable[[str], str], with_cast: bool) -> None:
    text = (CORPORA / "sample" / "qinghe.txt").read_text(encoding="utf-8")
    cast = parse_cast((CORPORA / "sample" / "cast.toml").read_text(encoding="utf-8")) if with_cast else None
    assert changed_rows(change(text), text, cast) == 0


@pytest.mark.corpora
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("novel", ["sanguo", "shuihu", "xiyou", "honglou"])
def test_real_chapters(corpora_dir: Path, novel: str, change: Callable[[str], str]) -> None:
    text, cast, chapters, _ = chapters_of(corpora_dir / "novels" / f"{novel}.txt")
    parts = {chapter.number: text[chapter.start : chapter.end] for chapter in chapters[1::EVERY]}
    shares = {number: changed_rows(change(part), part, cast) for number, part in parts.items()}
    if change is traditional:  # the way there and back changes a name here and there (乾, 伕)
        assert sum(shares.values()) / len(shares) <= 0.02
    else:
        assert [number for number, share in shares.items() if share] == []


@pytest.mark.corpora
@pytest.mark.parametrize("novel", ["sanguo", "shuihu", "xiyou", "honglou"])
def test_a_chapter_alone_gives_what_it_gives_in_the_book(corpora_dir: Path, novel: str) -> None:
    text, cast, chapters, rows = chapters_of(corpora_dir / "novels" / f"{novel}.txt")
    for chapter in chapters[1::EVERY]:
        inside = [row for row in rows if chapter.start <= row.char_start < chapter.end]
        alone = rows_of(text[chapter.start : chapter.end], cast)
        assert [row.char_start + chapter.start for row in alone] == [row.char_start for row in inside]
        assert [(*pair, row.chapter, row.scene, row.turn) for pair, row in zip(told(alone), alone, strict=True)] == [
            (*pair, row.chapter, row.scene, row.turn) for pair, row in zip(told(inside), inside, strict=True)
        ]
