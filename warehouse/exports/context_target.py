"""A row in, the {"context", "target"} of HarderThenHarder's ChatGLM fine-tuning (transformers_tasks) out.

Its own files wrap the context in `Instruction: … Answer: `. That wrapping is left off: the trainer joins context and
target as they stand, and a model trained on the labels would expect them.
"""

from warehouse.exports.row import Fitted, SetRow, one_question


def context_target_record(row: SetRow) -> Fitted:
    """Question and answer. A system turn is folded; a row of several questions is left out."""
    return one_question(row, lambda context, target: {"context": context, "target": target})
