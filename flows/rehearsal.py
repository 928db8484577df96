"""What a rehearsed curation would drop in, tables for people out."""

from flows.console import out, say, show_table
from warehouse.rehearse import Rehearsal

CHARACTERS = 160  # of a text in the table of examples


def show_rehearsal(rehearsal: Rehearsal) -> None:
    """What each rule would drop, the first of its examples, and the fates of all."""
    rows = [(rule, count) for rule, (count, _) in rehearsal.drops.items()]
    show_table(f"What would be dropped of {rehearsal.asked:,} samples", ("rule", "samples"), rows)
    examples = [
        (rule, one.sample_id, one.reason, _short(one.asked), _short(one.answer))
        for rule, (_, found) in rehearsal.drops.items()
        for one in found
    ]
    if examples:
        show_table("Examples", ("rule", "sample", "why", "asked", "answer"), examples, numbers_from=5)
    out.print(", ".join(f"{count:,} {fate}" for fate, count in rehearsal.fates.items()))
    say("nothing was written")


def _short(text: str) -> str:
    return text if len(text) <= CHARACTERS else f"{text[: CHARACTERS // 2]} … {text[-CHARACTERS // 2 :]}"
