"""What changed between two training sets or snapshots in; tables and a few rows for the terminal out."""

from flows.console import out, show_table
from warehouse.diff import Diff

_SHOWN = 60  # characters of a text


def show_diff(found: Diff, examples: int) -> None:
    """Rows added, removed and changed per task and split, what changed in them, and `examples` of each kind."""
    before, after = found.names
    if not found.changes.num_rows:
        out.print(f"no row differs between {before} and {after}: {found.rows[0]:,} rows", markup=False)
        return
    if found.counts:
        sums = ("all", "", *(sum(numbers) for numbers in zip(*(row[2:] for row in found.counts), strict=True)))
        header = ("task", "split", "added", "removed", "changed")
        show_table(f"From {before} to {after}", header, [*found.counts, sums], numbers_from=2)
    if found.fields:
        show_table("What changed", tuple(found.fields), [tuple(found.fields.values())], numbers_from=0)
    if found.moves:
        show_table("Rows that changed their split", ("from", "to", "rows"), found.moves, numbers_from=2)
    for change in ("added", "removed", "changed"):
        rows = found.examples(change, examples)
        if rows:
            out.print(f"[bold]{change}[/bold], {len(rows)} of {found.count(change):,}")
        for row in rows:
            out.print(_line(row), markup=False)
    out.print(f"{found.rows[0]:,} rows in {before}, {found.rows[1]:,} in {after}", markup=False)


def _line(row: dict[str, object]) -> str:
    where = f"  {row['sample_id']}  {row['task']} {row['question_type']}"
    if row["change"] != "changed":
        text = row["answer_after"] if row["change"] == "added" else row["answer_before"]
        why = f"  ({row['why']})" if row["why"] else ""
        return f"{where}  {row['split']}  {_short(text)}{why}"
    shown = []
    for name in row["what"]:  # type: ignore[attr-defined]
        if name in ("split", "answer"):
            shown.append(f"{name}: {_short(row[f'{name}_before'])} → {_short(row[f'{name}_after'])}")
        elif name == "prompt":
            shown.append(f"prompt: {_ends(row['messages_before'], row['messages_after'])}")
        else:
            shown.append(str(name))
    return f"{where}  {'; '.join(shown)}"


def _ends(before: object, after: object) -> str:
    """The turns that differ, from where they begin to differ."""
    old, new = ("\n".join(f"{turn['role']}: {turn['content']}" for turn in turns) for turns in (before, after))  # type: ignore[attr-defined]
    at = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    begin = max(0, at - 10)
    return f"{_short(old[begin:])} → {_short(new[begin:])}"


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
