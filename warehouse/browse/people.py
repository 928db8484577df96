"""An open lake in; a novel's people, what one of them says where and to whom, and the card to speak as them by, out."""

from typing import Any

from corpora.casts import cast_of
from corpora.document import Document
from extractors.cast import Cast, parse_cast
from warehouse.lake import Lake
from warehouse.rows.cards import role_card, with_lines

Row = dict[str, Any]
_PEOPLE = (
    "SELECT speaker, lines, characters, chapters, first_chapter, last_chapter FROM speakers WHERE novel = ? LIMIT ?"
)
_NOVEL = "SELECT novel FROM speakers WHERE speaker = ? ORDER BY lines DESC, novel LIMIT 1"
_BY_CHAPTER = """SELECT chapter, count(*) AS lines, sum(length(text))::BIGINT AS characters FROM utterances
WHERE novel = ? AND speaker = ? GROUP BY chapter ORDER BY chapter"""
_LINES = """SELECT utterance_id, chapter, chapter_title, addressee, text, confidence, rule FROM utterances
WHERE novel = ? AND speaker = ? AND (? = -1 OR chapter = ?) ORDER BY char_start LIMIT ? OFFSET ?"""
_TALKS = """SELECT other, sum(said)::BIGINT AS said, sum(heard)::BIGINT AS heard FROM (
  SELECT addressee AS other, lines AS said, 0 AS heard FROM talks WHERE novel = $1 AND speaker = $2
  UNION ALL SELECT speaker, 0, lines FROM talks WHERE novel = $1 AND addressee = $2
) WHERE other <> $2 GROUP BY other ORDER BY sum(said) + sum(heard) DESC, other LIMIT $3"""
_CARD = """SELECT messages[1].content AS card FROM samples WHERE fate = 'kept' AND question_type = 'multi_turn'
AND novel = ? AND character = ? AND messages[1].role = 'system' ORDER BY sample_id LIMIT 1"""
_SAMPLE_LINES = """SELECT answer FROM samples WHERE fate = 'kept' AND split IN ('seed', 'train') AND task = 'roleplay'
AND question_type = 'single_turn' AND novel = ? AND character = ? AND length(answer) BETWEEN 8 AND 40
ORDER BY sample_id LIMIT ?"""
_DOCUMENT = """SELECT document_id, source_id, kind, documents.title, {text}, origin, encoding, documents.sha256, novel
FROM documents JOIN sources USING (source_id) WHERE kind = 'novel' AND coalesce(nullif(novel, ''), sources.title) = ?
LIMIT 1"""


def people(lake: Lake, novel: str, limit: int = 200) -> list[Row]:
    """Who speaks in the novel, whoever speaks most first: `speaker`, `lines`, `characters`, `chapters`, first and last."""
    return _rows(lake, _PEOPLE, novel, limit)


def novel_of(lake: Lake, speaker: str) -> str:
    """The novel in which they speak most; empty where they speak in none."""
    found = _rows(lake, _NOVEL, speaker)
    return str(found[0]["novel"]) if found else ""


def lines_by_chapter(lake: Lake, novel: str, speaker: str) -> list[Row]:
    """`chapter`, `lines` and `characters` for each chapter in which they speak."""
    return _rows(lake, _BY_CHAPTER, novel, speaker)


def lines_of(lake: Lake, novel: str, speaker: str, chapter: int = -1, limit: int = 50, offset: int = 0) -> list[Row]:
    """What they say, in order; of one chapter, or of all."""
    return _rows(lake, _LINES, novel, speaker, chapter, chapter, limit, offset)


def partners(lake: Lake, novel: str, speaker: str, limit: int = 14) -> list[Row]:
    """Whom they talk with most: `other`, lines `said` to them and `heard` from them."""
    return _rows(lake, _TALKS, novel, speaker, limit)


def other_names(lake: Lake, novel: str, character: str) -> tuple[str, ...]:
    """The character's other names, own ones before titles, as far as the novel has a cast."""
    cast = _cast(lake, novel)
    found = [person.other_names() for person in cast.persons if person.name == character] if cast else []
    return tuple(dict.fromkeys(name for names in found for name in names))


def card(lake: Lake, novel: str, character: str, lines: int = 3, names: int = 4) -> str:
    """The role card to open a conversation with: one that rows were trained on where there is one, else one made alike."""
    trained = _rows(lake, _CARD, novel, character)
    if trained:
        return str(trained[0]["card"])
    first = lines_by_chapter(lake, novel, character)
    made = role_card(character, novel, first[0]["chapter"] if first else 0, _cast(lake, novel), names)
    return with_lines(made, character, sample_lines(lake, novel, character, lines))


def sample_lines(lake: Lake, novel: str, character: str, limit: int = 3) -> list[str]:
    """A few things the character says in rows that are trained on."""
    return [row["answer"] for row in _rows(lake, _SAMPLE_LINES, novel, character, limit)]


def _cast(lake: Lake, novel: str) -> Cast | None:
    toml = ""
    for text in ("''", "text"):  # a megabyte that is looked at only where the title names no cast
        found = lake.connection.execute(_DOCUMENT.format(text=text), [novel]).fetchall()
        toml = cast_of(Document(*found[0])) if found else ""
        if toml:
            break
    return parse_cast(toml) if toml else None


def _rows(lake: Lake, sql: str, *values: Any) -> list[Row]:
    found: list[Row] = lake.connection.execute(sql, list(values)).to_arrow_table().to_pylist()
    return found
