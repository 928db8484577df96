"""A conversation of an instruction file in, the words of its training example out."""

from warehouse.rows.prompt import Prompt, Row


def instruct_prompt(row: Row) -> Prompt:
    """All turns but the last as they stand; the last is the answer."""
    turns = [{"role": turn["role"], "content": turn["content"]} for turn in row["messages"]]
    answer = turns[-1]["content"]
    return Prompt(tuple(turns[:-1]), answer, answer, "\n".join(turn["content"] for turn in turns))
