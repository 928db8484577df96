"""A role-play row in, the {"context", "chat"} of the published role-play sets out.

`context` is the narration that leads in and ends with who speaks (`曹操曰：`), `chat` the words. The sets hold nothing
but lines from novels, so other tasks are left out.
"""

from warehouse.exports.row import Fitted, SetRow, one_question

NO_LINE = "no line from a novel: context and chat hold role-play only"


def llm_custome_record(row: SetRow) -> Fitted:
    """Lead-in and words. A role card is folded; other tasks and rows of several turns are left out."""
    if row.task != "roleplay":
        return Fitted(None, NO_LINE)
    return one_question(row, lambda context, chat: {"context": context, "chat": chat})
