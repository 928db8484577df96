"""An exported training set, a base and configs in; all that training starts from, checked, out. Nothing is written.

What is wrong with the rows is said before the base is loaded, what is wrong with their tokens before its first pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from peft import PeftModel
from transformers import PreTrainedModel, PreTrainedTokenizerBase, set_seed

from train.adapters import UNPACKED, AdapterConfig, attach, check, quantised_bits
from train.apart import rows_kept_apart
from train.bases import BaseFingerprint, base_fingerprint, load_base
from train.batches import Collator
from train.config import TrainConfig
from train.dry_run import dry_run
from train.head import SupervisedHead, supervised_head
from train.onward import check_start, descent, go_on, read_start
from train.preflight import Preflight, encoded_faults, refuse, row_faults
from train.provenance import Provenance, check_files, places
from train.rows import Row, read_rows
from train.spread import Spread, here
from train.tokenise import Encoded, TokenConfig, TokenReport, encode_rows
from train.trust import NOBODY, TrustConfig, own_code
from warehouse.kit import BadInput


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """Rows that may be trained on, each with its place, and how that was found."""

    rows: list[Row]
    places: list[str]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Prepared:
    """A model with its method's weights attached, and the rows as it sees them."""

    model: PeftModel | PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    fingerprint: BaseFingerprint
    rows: list[Row]
    encoded: list[Encoded]
    report: TokenReport
    held: list[Encoded]
    held_report: TokenReport
    preflight: Preflight
    packed: bool
    head: SupervisedHead | None
    descent: dict[str, Any]  # of the adapter it goes on from; empty where it starts anew
    own_code: dict[str, str]  # files that came with the base and run, with their hashes


def checked_rows(data: Sequence[Path], valid: Path | None) -> CheckedRows:
    """The rows of `data`. Raises BadInput when a file or any row must not be trained on; each such row is named."""
    provenance = check_files(data, valid)
    rows, where = read_rows(*data), places(data)
    held = [pair for path in provenance.held_out for pair in zip(read_rows(path), places([path]), strict=True)]
    refuse(row_faults(rows, where, held), len(rows))
    return CheckedRows(rows, where, provenance)


def check_measured(config: TrainConfig, valid: Path | None) -> None:
    """Raises BadInput when the config goes by held-out figures and there are no held-out rows."""
    if valid is None and (config.keep != "last" or config.patience):
        raise BadInput(
            "keep and patience go by held-out rows, and there are none; give --valid or take them out of [train]"
        )


def how_batched(model: Any, config: TrainConfig, adapter: AdapterConfig) -> tuple[bool, str]:
    """Whether rows are packed, and a sentence on it. Raises BadInput when they must be and this base mixes them up."""
    padded = "padded, rows of like length together" if config.by_length else "padded to the longest row of each"
    if config.packing == "never":
        return False, f"batches: {padded}"
    if adapter.method in UNPACKED:
        return False, f"batches: {padded} ({adapter.method} cannot be packed)"
    if rows_kept_apart(model):
        return (
            True,
            "batches: packed, rows end to end, each with positions and attention of its own (tried on this base)",
        )
    if config.packing == "always":
        raise BadInput('this base lets packed rows see each other; set packing = "auto" or "never" under [train]')
    return False, f"batches: {padded} (this base lets packed rows see each other)"


def prepare(
    data: Sequence[Path],
    valid: Path | None,
    base: str | Path,
    config: TrainConfig,
    adapter: AdapterConfig,
    tokens: TokenConfig,
    start: Path | None = None,
    spread: Spread = here,
    trust: TrustConfig = NOBODY,
) -> Prepared:
    """What training starts from, on the weights of the adapter `start` where one is given; `spread` tokenises, but not with
    a tokenizer of the base's own code, which other machines may not have.

    Raises BadInput at whatever would make the training worthless or stop it later.
    """
    check(adapter, config.gradient_checkpointing, config.precision, config.packing)
    check_measured(config, valid)
    born = read_start(start, adapter) if start else {}
    checked = checked_rows(data, valid)
    rows = checked.rows
    set_seed(config.seed)  # before the adapter's first weights are drawn
    model, tokenizer = load_base(base, config.precision, quantised_bits(adapter), trust)
    foreign = own_code(model, tokenizer)
    fingerprint = base_fingerprint(base, model)
    if start:
        check_start(start, born, fingerprint, tokenizer)
    limit = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    if limit is not None and tokens.max_length > limit:
        raise BadInput(f"{base}: takes {limit} tokens, max_length is {tokens.max_length}; lower it under [tokens]")
    encoded, report = encode_rows(rows, tokenizer, tokens, here if own_code(tokenizer) else spread)
    packed, batches = how_batched(model, config, adapter)
    refuse(encoded_faults(rows, checked.places, encoded, report, tokenizer, tokens, packed), len(rows))
    if not encoded:
        raise BadInput(f"{data[0]}: no row is left to train on: {report.reasons}; raise max_length under [tokens]")
    # Held-out rows are never measured cut.
    held, held_report = encode_rows(read_rows(valid) if valid else [], tokenizer, replace(tokens, overlong="skip"))
    tuned = go_on(model, start) if start else attach(model, adapter)
    head = None if adapter.method in UNPACKED else supervised_head(tuned)
    if config.gradient_checkpointing:
        tuned.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": False})
    longest = dry_run(tuned, encoded, Collator(tokenizer.pad_token_id, packed), config, adapter, head)
    preflight = Preflight(
        rows=report.rows,
        kept=report.kept,
        left_out=report.skipped,
        cut_turns=report.cut_turns,
        cut_text=report.cut_text,
        held_out=checked.provenance.held_out,
        unchecked=checked.provenance.unchecked,
        longest=longest,
        batches=batches,
        own_code=tuple(foreign),
    )
    parent = descent(start, born) if start else {}
    return Prepared(
        tuned,
        tokenizer,
        fingerprint,
        rows,
        encoded,
        report,
        held,
        held_report,
        preflight,
        packed,
        head,
        parent,
        foreign,
    )
