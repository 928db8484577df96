"""A row in, a row of a Hugging Face dataset out: the whole conversation under `messages`, and what it is beside it.

`datasets.load_dataset(FOLDER)` opens the folder by the card in its README.md, and TRL trains on `messages` as it is.
"""

from warehouse.exports.row import Fitted, SetRow, conversation

SPLIT_NAMES = {"valid": "validation"}  # as Hugging Face names it; the others have the same name there
HF_COLUMNS = (
    "sample_id", "task", "question_type", "novel", "character", "source_id", "messages", "reference", "cluster_id",
)  # fmt: skip


def hf_record(row: SetRow) -> Fitted:
    """The whole conversation and what the row is. Holds every row."""
    return Fitted({name: conversation(row) if name == "messages" else getattr(row, name) for name in HF_COLUMNS})
