"""An exported training set, a base and configs in; all that training starts from, checked, out. Nothing is written.

What is wrong with the rows is said before the base is loaded, what is wrong with their tokens before its first pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from peft import PeftModel
from transformers import PreTrainedModel, PreTrainedTokenizerBase, set_seed

from train.adapters import AdapterConfig, attach, check, quantised_bits
from train.bases import BaseFingerprint, base_fingerprint, load_base
from train.config import TrainConfig
from train.dry_run import dry_run
from train.preflight import Preflight, encoded_faults, refuse, row_faults
from train.provenance import Provenance, check_files, places
from train.rows import Row, read_rows
from train.steps import Collator
from train.tokenise import Encoded, TokenConfig, TokenReport, encode_rows
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


def checked_rows(data: Sequence[Path], valid: Path | None) -> CheckedRows:
    """The rows of `data`. Raises BadInput when a file or any row must not be trained on; each such row is named."""
    provenance = check_files(data, valid)
    rows, where = read_rows(*data), places(data)
    held = [pair for path in provenance.held_out for pair in zip(read_rows(path), places([path]), strict=True)]
    refuse(row_faults(rows, where, held), len(rows))
    return CheckedRows(rows, where, provenance)


def prepare(
    data: Sequence[Path],
    valid: Path | None,
    base: str | Path,
    config: TrainConfig,
    adapter: AdapterConfig,
    tokens: TokenConfig,
) -> Prepared:
    """What training starts from. Raises BadInput at whatever would make the training worthless or stop it later."""
    check(adapter, config.gradient_checkpointing, config.precision)
    checked = checked_rows(data, valid)
    rows = checked.rows
    set_seed(config.seed)  # before the adapter's first weights are drawn
    model, tokenizer = load_base(base, config.precision, quantised_bits(adapter))
    fingerprint = base_fingerprint(base, model)
    limit = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    if limit is not None and tokens.max_length > limit:
        raise BadInput(f"{base}: takes {limit} tokens, max_length is {tokens.max_length}; lower it under [tokens]")
    encoded, report = encode_rows(rows, tokenizer, tokens)
    refuse(encoded_faults(rows, checked.places, encoded, report, tokenizer, tokens), len(rows))
    if not encoded:
        raise BadInput(f"{data[0]}: no row is left to train on: {report.reasons}; raise max_length under [tokens]")
    # Held-out rows are never measured cut.
    held, held_report = encode_rows(read_rows(valid) if valid else [], tokenizer, replace(tokens, overlong="skip"))
    tuned = attach(model, adapter)
    if config.gradient_checkpointing:
        tuned.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": False})
    longest = dry_run(tuned, encoded, Collator(tokenizer.pad_token_id), config, adapter)
    preflight = Preflight(
        rows=report.rows,
        kept=report.kept,
        left_out=report.skipped,
        held_out=checked.provenance.held_out,
        unchecked=checked.provenance.unchecked,
        longest=longest,
    )
    return Prepared(tuned, tokenizer, fingerprint, rows, encoded, report, held, held_report, preflight)
