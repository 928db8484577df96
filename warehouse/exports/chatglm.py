"""A row in, ChatGLM-6B's {"prompt", "response", "history": [[question, answer], …]} out.

ChatGLM-6B knows no system turn (the third generation does, and takes `messages`).
"""

from warehouse.exports.row import BROKEN, FOLDED, Fitted, SetRow, talk, with_system


def chatglm_record(row: SetRow) -> Fitted:
    """The question to answer, with those answered before as history. A system turn is folded into the first of them."""
    parts = talk(row)
    if parts is None:
        return Fitted(None, BROKEN)
    asked = [question for question, _ in parts.history] + [parts.question]
    asked[0] = with_system(parts.system, asked[0])
    history = [[question, answer] for question, (_, answer) in zip(asked, parts.history, strict=False)]
    record = {"prompt": asked[-1], "response": row.answer, "history": history}
    return Fitted(record, FOLDED if parts.system else "")
