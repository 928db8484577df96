"""Rows in, what LLaMA-Factory's `dataset_dir` holds out: Alpaca and ShareGPT files, and dataset_info.json over them.

    llamafactory-cli train … --dataset_dir FOLDER --dataset NAME_train_alpaca,NAME_train_sharegpt --mask_history true

A row of one question without a system turn goes to the Alpaca file, every other one to the ShareGPT file. With
`mask_history` only the last answer is learnt, as here: the earlier ones are prompt.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from warehouse.exports.alpaca import alpaca_record
from warehouse.exports.row import Fitted, SetRow, talk
from warehouse.manifest import Manifest

_ALPACA = {"columns": {"prompt": "instruction", "query": "input", "response": "output"}}
_SHAREGPT = {
    "formatting": "sharegpt",
    "columns": {"messages": "conversations"},
    "tags": {
        "role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt", "system_tag": "system",
    },
}  # fmt: skip


def plain_alpaca_record(row: SetRow) -> Fitted:
    """As Alpaca has it, where nothing need be folded for it."""
    parts = talk(row)
    return Fitted(None, "a conversation") if parts is None or parts.system else alpaca_record(row)


def write_dataset_info(folder: Path, manifest: Manifest, files: Mapping[str, int]) -> None:
    """dataset_info.json into the folder: each file under the training set's name, its split and its layout.

    ASCII, since LLaMA-Factory opens it in the encoding of the machine.
    """
    listed: dict[str, Any] = {}
    for file in files:
        stem = Path(file).stem  # train_alpaca
        layout = _ALPACA if stem.endswith("_alpaca") else _SHAREGPT
        listed[f"{manifest.name}_{stem}"] = {"file_name": file, **layout}
    (folder / "dataset_info.json").write_text(json.dumps(listed, indent=2) + "\n", encoding="ascii")
