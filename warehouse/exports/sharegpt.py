"""A row in, ShareGPT's {"id", "conversations": [{"from", "value"}, …]} out.

The system turn is the first of the conversation, `from: system`, where LLaMA-Factory looks for it. Under a key of its
own it would be lost, without a word, by every tool that does not know the key.
"""

from warehouse.exports.row import Fitted, SetRow, conversation

_FROM = {"system": "system", "user": "human", "assistant": "gpt"}


def sharegpt_record(row: SetRow) -> Fitted:
    """The whole conversation, the answer as its last turn. Holds every row."""
    turns = [{"from": _FROM[turn["role"]], "value": turn["content"]} for turn in conversation(row)]
    return Fitted({"id": row.sample_id, "conversations": turns})
