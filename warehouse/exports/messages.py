"""A row in, OpenAI's and TRL's {"messages": [{"role", "content"}, …]} out.

No other key: OpenAI's fine-tuning refuses files with keys it does not know.
"""

from warehouse.exports.row import Fitted, SetRow, conversation


def messages_record(row: SetRow) -> Fitted:
    """The whole conversation, the answer as its last turn. Holds every row."""
    return Fitted({"messages": conversation(row)})
