"""The registry: every format of `huaben export` by name, with its files and how they are written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from corpora.errors import BadInput
from warehouse.exports.alpaca import alpaca_record
from warehouse.exports.belle import belle_record
from warehouse.exports.card import write_card
from warehouse.exports.chatglm import chatglm_record
from warehouse.exports.columns import CSV_COLUMNS, PARQUET_COLUMNS, csv_record, parquet_record
from warehouse.exports.context_target import context_target_record
from warehouse.exports.hf import HF_COLUMNS, SPLIT_NAMES, hf_record
from warehouse.exports.llamafactory import plain_alpaca_record, write_dataset_info
from warehouse.exports.llm_custome import llm_custome_record
from warehouse.exports.messages import messages_record
from warehouse.exports.row import Fitted, SetRow
from warehouse.exports.sharegpt import sharegpt_record
from warehouse.exports.writers import Writer, csv_table, json_array, json_lines, parquet_table
from warehouse.manifest import Manifest

Fit = Callable[[SetRow], Fitted]


@dataclass(frozen=True, slots=True)
class Format:
    """One layout. A row goes to the first of `files` that holds it; `{split}` in a file's name is the row's split.

    `finish` adds what the folder needs beside the rows: it gets the folder, the set's manifest, and the files' rows.
    """

    files: Mapping[str, Fit]
    write: Writer
    split_names: Mapping[str, str] = field(default_factory=dict)
    finish: Callable[[Path, Manifest, Mapping[str, int]], None] | None = None


FORMATS: dict[str, Format] = {
    "messages": Format({"{split}.jsonl": messages_record}, json_lines),
    "sharegpt": Format({"{split}.json": sharegpt_record}, json_array),
    "alpaca": Format({"{split}.json": alpaca_record}, json_array),
    "belle": Format({"{split}.jsonl": belle_record}, json_lines),
    "llm-custome": Format({"{split}.jsonl": llm_custome_record}, json_lines),
    "context-target": Format({"{split}.jsonl": context_target_record}, json_lines),
    "chatglm": Format({"{split}.json": chatglm_record}, json_lines),  # its trainer goes by the ending json
    "llamafactory": Format(
        {"{split}_alpaca.json": plain_alpaca_record, "{split}_sharegpt.json": sharegpt_record},
        json_array,
        finish=write_dataset_info,
    ),
    "hf": Format({"data/{split}.parquet": hf_record}, parquet_table(HF_COLUMNS), SPLIT_NAMES, write_card),
    "parquet": Format({"{split}.parquet": parquet_record}, parquet_table(PARQUET_COLUMNS)),
    "csv": Format({"{split}.csv": csv_record}, csv_table(CSV_COLUMNS)),
}


def format_named(name: str) -> Format:
    """The format of that name. Raises BadInput listing all names when there is none."""
    if name not in FORMATS:
        raise BadInput(f"{name}: no format of this name; choose one of {', '.join(FORMATS)}")
    return FORMATS[name]
