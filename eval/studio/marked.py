"""Text and spans of it in, HTML out in which every character of the text stands as text.

All that comes from files and people goes through here: markupsafe escapes what is not our own markup.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from markupsafe import Markup, escape

SHADES = 8  # speakers with a colour of their own; the rest share one
Span = tuple[int, int, str, str]  # start, end, class, title: in characters of the text


def style() -> str:
    """The style sheet of the pages, for the head of each."""
    return Markup("<style>{}</style>").format(Markup((files("eval.studio") / "style.css").read_text(encoding="utf-8")))


def marked(text: str, spans: Iterable[Span], kind: str = "novel") -> str:
    """The text as a block, its spans in elements of their class; of spans that overlap, the later begins where the
    earlier ends."""
    parts, at = [], 0
    for start, end, name, title in sorted(spans):
        start = max(start, at)
        if end <= start or start >= len(text):
            continue
        parts += [escape(text[at:start]), Markup('<span class="{}" title="{}">').format(name, title)]
        parts += [escape(text[start:end]), Markup("</span>")]
        at = min(end, len(text))
    return Markup('<div class="hb-{}">').format(kind) + Markup("").join([*parts, escape(text[at:])]) + Markup("</div>")


def spoken(text: str, start: int, rows: Sequence[Mapping[str, Any]], shades: Mapping[str, int], focus: str = "") -> str:
    """A stretch of a novel with its utterances in their speakers' colours, the one with the id `focus` outlined, and the
    words that name its speaker underlined. `start` is where the stretch begins in the document."""
    spans: list[Span] = []
    for row in rows:
        mine = row["utterance_id"] == focus
        name = f"hb-{shade(row['speaker'], shades)}" + (" hb-focus" if mine else "")
        title = f"{row['speaker'] or '？'}{' → ' + row['addressee'] if row['addressee'] else ''} · {row['kind']}"
        spans.append((row["char_start"] - start, row["char_end"] - start, name, title))
        if mine and row["mention_start"] is not None and row["speaker_mention"]:
            at = row["mention_start"] - start
            spans.append((at, at + len(row["speaker_mention"]), "hb-mention", row["speaker"]))
    return marked(text, [span for span in spans if span[1] > 0])


def shade(speaker: str, shades: Mapping[str, int]) -> str:
    """The class of a speaker's colour."""
    if not speaker:
        return "nobody"
    number = shades.get(speaker, SHADES)
    return f"s{number}" if number < SHADES else "others"


def legend(shades: Mapping[str, int]) -> str:
    """The speakers that have a colour, each in it."""
    named = [name for name, number in sorted(shades.items(), key=lambda item: item[1]) if number < SHADES]
    parts = [Markup('<span class="hb-{}">{}</span>').format(shade(name, shades), name) for name in named]
    return Markup('<div class="hb-legend">') + Markup("").join(parts) + Markup("</div>")


def found(text: str, words: Iterable[str], kind: str = "novel") -> str:
    """The text with every place where one of the words stands marked."""
    spans = []
    for word in {word for word in words if word.strip()}:
        at = text.find(word)
        while at >= 0:
            spans.append((at, at + len(word), "hb-found", ""))
            at = text.find(word, at + len(word))
    return marked(text, spans, kind)


def entry(head: str, body: str) -> str:
    """A block made here, such as `found` gives, under a line that says where it stands."""
    return Markup('<div class="hb-entry"><div class="hb-meta">{}</div>{}</div>').format(head, Markup(body))


def framed(page: str) -> str:
    """A whole page as the content of a frame in which it runs no script, reaches no other page and opens nothing."""
    return Markup(
        "<style>html, body {{ margin: 0; height: 100% }} iframe {{ border: 0; width: 100%; height: 100% }}</style>"
        '<iframe sandbox srcdoc="{}"></iframe>'
    ).format(page)


def said(speaker: str, text: str, note: str = "", mine: bool = False) -> str:
    """One turn of a conversation."""
    head = Markup('<div class="hb-who">{}<small>{}</small></div>').format(speaker, note)
    return (
        Markup('<div class="hb-said{}">').format(" hb-mine" if mine else "")
        + head
        + marked(text, [])
        + Markup("</div>")
    )


def card(title: str, lines: Iterable[tuple[str, str]], short: bool = False) -> str:
    """A card of headings and texts; `short` ones stand two beside each other where there is room."""
    body = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(head, text) for head, text in lines if text)
    return Markup('<div class="hb-card{}"><h4>{}</h4><dl>{}</dl></div>').format(
        " hb-short" if short else "", title, body
    )
