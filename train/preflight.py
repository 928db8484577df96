"""Rows to train on in, every one that must not be trained on by name out, before the first step.

    python -m train.finetune ... --preflight-only        huaben train --preflight-only

prompt  <|im_start|> user \\n 关羽字什么？ <|im_end|> \\n <|im_start|> assistant \\n   云长  <|im_end|>
        what evaluation and studio will send, token for token                      supervised, with its end
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerBase

from train.batches import Collator
from train.dry_run import Fit
from train.rows import Row
from train.template import end_id, prompt_ids
from train.tokenise import EMPTY, IGNORED, Encoded, TokenConfig, TokenReport, fit
from warehouse.kit import BadInput, track

SHOWN = 50  # faults in a message
AT_ONCE = 64  # rows collated together
UNSUPERVISED = "no token of it is supervised"
UNENDED = "it does not end with a supervised end of turn"
OTHER_LABELS = "its labels are not its own tokens"
OTHER_PROMPT = "its prompt's tokens are not those that evaluation will send"


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that must not be trained on."""

    sample_id: str
    place: str  # file and row number
    reason: str


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was checked before the first step, and found in order."""

    rows: int
    kept: int
    left_out: Mapping[str, str]  # sample_id: reason; rows that are skipped as [tokens] says
    cut_turns: int  # rows that lost whole turns from the far end of their conversation
    cut_text: int  # rows whose last turn lost its beginning too
    held_out: tuple[Path, ...]  # files whose rows are not among those trained on
    unchecked: tuple[str, ...]
    longest: Fit
    batches: str  # how rows share a batch, in words
    own_code: tuple[str, ...] = ()  # files that came with the base and run


def row_faults(rows: Sequence[Row], places: Sequence[str], held: Sequence[tuple[Row, str]]) -> list[Fault]:
    """The rows that are there twice, or are held out: by id, by cluster, or by the same prompt and answer.

    `held` are the held-out rows, each with its place.
    """
    by_id = {row.sample_id: place for row, place in held}
    by_cluster = {row.cluster_id: place for row, place in held if row.cluster_id}
    by_words = {_words(row): place for row, place in held}
    seen: dict[str, str] = {}
    faults = []
    for row, place in zip(rows, places, strict=True):
        reason = ""
        if row.sample_id in by_id:
            reason = f"it is held out: {by_id[row.sample_id]}"
        elif row.cluster_id in by_cluster:
            reason = f"it is a near-copy of what is held out: {by_cluster[row.cluster_id]} has its cluster_id"
        elif _words(row) in by_words:
            reason = f"its prompt and answer are held out: {by_words[_words(row)]}"
        elif row.sample_id in seen:
            reason = f"its sample_id is that of {seen[row.sample_id]}"
        if reason:
            faults.append(Fault(row.sample_id, place, reason))
        seen.setdefault(row.sample_id, place)
    return faults


def token_fault(ids: Sequence[int], labels: Sequence[int], prompt: Sequence[int], end: int) -> str:
    """Why a row, as it reaches the loss without padding, must not be trained on; empty if it may.

    `prompt` is what evaluation would send for it, `end` the id at which generation stops.
    """
    start = next((place for place, label in enumerate(labels) if label != IGNORED), None)
    if start is None:
        return UNSUPERVISED
    if ids[-1] != end or labels[-1] != end:
        return UNENDED
    if list(labels[start:]) != list(ids[start:]):
        return OTHER_LABELS
    return OTHER_PROMPT if list(ids[:start]) != list(prompt) else ""


def encoded_faults(
    rows: Sequence[Row],
    places: Sequence[str],
    encoded: Sequence[Encoded],
    report: TokenReport,
    tokenizer: PreTrainedTokenizerBase,
    config: TokenConfig,
    packed: bool = False,
) -> list[Fault]:
    """The rows whose tokens must not be trained on, looked at as the collator hands them to the loss.

    Each prompt is encoded again by itself, as evaluation does it; a prompt that was cut is cut again.
    """
    end = end_id(tokenizer)
    pad = tokenizer.pad_token_id if isinstance(tokenizer.pad_token_id, int) else end
    found = {sample_id: EMPTY for sample_id, reason in report.skipped.items() if reason == EMPTY}
    by_id = {row.sample_id: row for row in rows}
    for sample_id, ids, labels in track(_as_seen(encoded, Collator(pad, packed)), "Preflight", total=len(encoded)):
        row, answer = by_id[sample_id], [label for label in labels if label != IGNORED]
        again = fit(row, prompt_ids(tokenizer, row.messages, row.task), answer, tokenizer, config)
        prompt = again.input_ids[: again.prompt_length].tolist() if isinstance(again, Encoded) else []
        if reason := token_fault(ids, labels, prompt, end):
            found[sample_id] = reason
    return [
        Fault(row.sample_id, place, found[row.sample_id])
        for row, place in zip(rows, places, strict=True)
        if row.sample_id in found
    ]


def refuse(faults: Sequence[Fault], rows: int) -> None:
    """Raises BadInput naming each fault's row, its place and the reason, if there is any."""
    if not faults:
        return
    named = "".join(f"\n  {fault.place} ({fault.sample_id}): {fault.reason}" for fault in faults[:SHOWN])
    rest = f"\n  and {len(faults) - SHOWN:,} more" if len(faults) > SHOWN else ""
    raise BadInput(
        f"preflight: {len(faults):,} of {rows:,} rows must not be trained on; build the set again without them:"
        f"{named}{rest}"
    )


def told(done: Preflight) -> list[str]:
    """The preflight in lines for a person."""
    against = ", ".join(path.name for path in done.held_out) or "nothing"
    lines = [
        f"{done.kept:,} of {done.rows:,} rows: each ends with a supervised end of turn, its prompt as evaluation sends it",
        f"none of them held out: compared with {against}",
        done.longest.sentence,
        done.batches,
        *(
            [
                f"cut to max_length: {done.cut_turns:,} rows by whole turns, {done.cut_text:,} within their last turn; no answer"
            ]
            if done.cut_turns or done.cut_text
            else []
        ),
        *([f"the base runs code of its own, as [trust] allows: {', '.join(done.own_code)}"] if done.own_code else []),
        *(f"not checked: {line}" for line in done.unchecked),
    ]
    left = [f"left out: {sample_id}: {reason}" for sample_id, reason in list(done.left_out.items())[:SHOWN]]
    rest = len(done.left_out) - SHOWN
    return lines + left + ([f"left out: {rest:,} more"] if rest > 0 else [])


def _as_seen(encoded: Sequence[Encoded], collator: Collator) -> Iterator[tuple[str, list[int], list[int]]]:
    """Each row's ids and labels as they come out of the collator, without the padding."""
    for start in range(0, len(encoded), AT_ONCE):
        batch: dict[str, Any] = collator(encoded[start : start + AT_ONCE])
        ids, labels = batch["input_ids"].tolist(), batch["labels"].tolist()
        for sample_id, (line, first, end) in zip(batch["sample_ids"], batch["places"], strict=True):
            yield sample_id, ids[line][first:end], labels[line][first:end]


def _words(row: Row) -> tuple[tuple[tuple[str, str], ...], str]:
    return tuple((turn["role"], turn["content"]) for turn in row.messages), row.answer.strip()
