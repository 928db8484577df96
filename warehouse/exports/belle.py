"""A row in, BELLE's {"input", "target"} out.

So BELLE publishes train_0.5M_CN and train_1M_CN: instruction and input merged into `input`, the output named `target`
(its data/1.5M/README.md).
"""

from warehouse.exports.row import Fitted, SetRow, one_question


def belle_record(row: SetRow) -> Fitted:
    """Question and answer. A system turn is folded; a row of several questions is left out."""
    return one_question(row, lambda question, answer: {"input": question, "target": answer})
