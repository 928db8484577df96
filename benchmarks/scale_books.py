"""The four novels in; copies of them with other people and other words, and their registry, out.

In a copy the people have swapped names, all forms of a name alike, and characters that no rule of extraction knows stand for
each other: its utterances are found as in the original, and it is no duplicate.
"""

import ast
import json
import random
import re
import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from corpora.casts import cast_of
from corpora.load import load_document
from corpora.registry import load_registry

ROOT = Path(__file__).parent.parent
SEED = 20261121
BAND = 40  # characters of like frequency stand for each other


@dataclass(frozen=True)
class Book:
    """A novel in pieces; every second one is a name. `forms` has what each person is called, by gender and person."""

    title: str
    pieces: list[str]
    forms: dict[str, dict[str, list[str]]]


def books() -> list[Book]:
    """The four novels that HUABEN_CORPORA names."""
    found = []
    for source in load_registry("classics"):
        if source.kind == "novel":
            document = load_document(source)
            people: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
            for table in tomllib.loads(cast_of(document))["person"]:
                named = people[table.get("gender", "")].setdefault(table["name"], [])
                keys = ("courtesy", "nicknames", "short")
                for form in (table["name"], *(form for key in keys for form in table.get(key, ()))):
                    if len(form) > 1 and form not in named:
                        named.append(form)
            forms = sorted({form for by in people.values() for all_ in by.values() for form in all_}, key=len)
            found.append(Book(source.novel, pieces(document.text, forms), dict(people)))
    return found


def pieces(text: str, forms: list[str]) -> list[str]:
    """The text in pieces; every second one is a form, the longest that stands there."""
    by_first: defaultdict[str, list[str]] = defaultdict(list)
    for form in reversed(forms):  # the longest first
        by_first[form[0]].append(form)
    cut, end = [], 0
    for found in re.finditer(f"[{''.join(by_first)}]", text):
        at = found.start()
        form = next((form for form in by_first[text[at]] if at >= end and text.startswith(form, at)), "")
        if form:
            cut += [text[end:at], form]
            end = at + len(form)
    return [*cut, text[end:]]


def copied(book: Book, fixed: set[str], number: int) -> str:
    """The text of copy `number`; 0 is the novel itself."""
    if not number:
        return "".join(book.pieces)
    draw = random.Random(f"{SEED} {book.title} {number}")
    renamed: dict[str, str] = {}
    for people in book.forms.values():
        names = [name for name, forms in people.items() if forms]
        for one, other in zip(names, draw.sample(names, len(names)), strict=True):
            for k, form in enumerate(people[one]):
                renamed.setdefault(form, people[other][k % len(people[other])])
    common = [
        c for c, _ in Counter("".join(book.pieces[::2])).most_common() if "\u4e00" <= c <= "\u9fff" and c not in fixed
    ]
    table: dict[str, str] = {}
    for first in range(0, len(common), BAND):
        band = common[first : first + BAND]
        table |= dict(zip(band, draw.sample(band, len(band)), strict=True))
    swapped = str.maketrans(table)
    return "".join(renamed[piece] if k % 2 else piece.translate(swapped) for k, piece in enumerate(book.pieces))


def known_characters() -> set[str]:
    """The characters by which the rules of extraction go, and which may not change. Not the word lists of
    extractors/lexicon.py: with them, no more than one character in ten would be left."""
    found: set[str] = set()
    for path in ROOT.glob("extractors/**/*.py"):
        if path.name != "lexicon.py" and not path.name.startswith("paper"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found |= set(node.value)
    return found


def write_books(folder: Path, times: int) -> None:
    """So many copies of each novel in `folder`, with a registry."""
    fixed = known_characters()
    lines: list[str] = []
    for book in books():
        for number in range(times):
            title = f"{book.title}{number or ''}"
            name = f"{len(lines):06}.txt"
            (folder / name).write_text(copied(book, fixed, number), encoding="utf-8")
            novel = "" if number else f"novel = {json.dumps(book.title)}\n"
            lines.append(
                f'[[sources]]\nid = "books/{name}"\nkind = "novel"\ntitle = {json.dumps(title)}\npath = "{name}"\n{novel}'
            )
    (folder / "books.toml").write_text("\n".join(lines), encoding="utf-8")
