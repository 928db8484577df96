"""A row in, Stanford Alpaca's {"instruction", "input", "output"} out.

The whole question is the instruction: where a source had an input, it was joined to its instruction by a line break,
as LLaMA-Factory joins them, and where the seam was is not kept.
"""

from warehouse.exports.row import Fitted, SetRow, one_question


def alpaca_record(row: SetRow) -> Fitted:
    """Question and answer. A system turn is folded; a row of several questions is left out."""
    return one_question(row, lambda question, answer: {"instruction": question, "input": "", "output": answer})
