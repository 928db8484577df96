"""A novel's utterance in, the words around it out: single-turn prompts, lead-ins and quoted speech, names canonical."""

import re

from warehouse.rows.prompt import Prompt, Row, user
from warehouse.rows.runs import Run

# The reporting clause that closes a lead-in, for utterances whose mention was inferred.
_CLOSING_CUE = re.compile(r"[^，。；！？、\s]{0,12}[曰道说云问]\s*[：:，,]?\s*$")

_CLOSING_MARKS = "，。；：！？、…—”’ \n\u3000"


def line_prompt(run: Run, previous: Run | None) -> Prompt:
    """The seeds' form: `{context}{name}曰：` and then the words, names in the prompt canonical.

    `previous` is put before the context as `{name}曰：“…”`.

        context 操执酒问玄德曰： mention 操 → 曹操曰：
    """
    row = run.utterances[0]
    lead = narration_before(row)
    before = f"{previous.speaker}曰：“{previous.text}”\n" if previous and previous.speaker else ""
    asked = f"{before}{lead}{row['speaker']}曰："
    core = f"{row['speaker']}\n{lead}\n{run.text}"  # 是谁？ of two people is two examples
    return Prompt((user(asked),), run.text, run.text, core)


def narration_before(row: Row) -> str:
    """The lead-in up to the clause that names the speaker."""
    context = _narration(row)
    start = row["mention_start"]
    if start is not None and start < row["char_start"] and row["speaker_mention"] in context:
        return context[: context.rindex(row["speaker_mention"])]
    return _CLOSING_CUE.sub("", context).strip()


def lead_in(run: Run) -> str:
    """All the narration that leads in, with the speaker's canonical name in the place of the mention; where none is
    named, or after the words only, `{name}曰：` ends it.

        context 操执酒问玄德曰： mention 操 → 曹操执酒问玄德曰：
        context 又问曰： no mention → 曹操曰：
    """
    row = run.utterances[0]
    context = _narration(row)
    if not run.speaker:
        return context
    if row["mention_start"] is not None and row["mention_start"] < row["char_start"]:
        head, mention, tail = context.rpartition(row["speaker_mention"])
        if mention and tail.endswith(("：", ":")):
            return f"{head}{run.speaker}{tail}"
    return f"{narration_before(row)}{run.speaker}曰："


def _narration(row: Row) -> str:
    """The lead-in without what closes the sentence before it (“……”他说。“……”)."""
    told: str = row["context"].strip().lstrip(_CLOSING_MARKS)
    return told


def quoted(run: Run) -> str:
    """The lead-in and the words as another person of the scene hears them."""
    return f"{lead_in(run)}“{run.text}”"
