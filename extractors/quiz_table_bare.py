"""A table of questions without headings in, the field that each column stands for out, judged by what stands in it.

1,单选题,谁在长坂坡救出阿斗？,张飞,赵云,马超,黄忠,B        number type stem A B C D answer
"""

import csv
import re
from collections import Counter
from collections.abc import Callable

from extractors.question_type import DECLARED, letters, truth

DELIMITERS = ",\t;|"
LEAST_ROWS, LEAST_COLUMNS = 3, 3
ALIKE = 0.8  # of the rows have as many cells as most, and of a column's cells what it is taken for
LONG = 5  # characters on average of what may be questions
TYPE = re.compile("|".join(word for word in DECLARED if not word.isascii()))
ASKS = re.compile(r"[？?]|_{2,}|[（(]\s*[）)]|谁|哪|什么|几|何")


def bare_columns(text: str) -> tuple[str, list[str]]:
    """The delimiter, and a heading for each column (empty for those of no known meaning), as `field_of` names them.

    Both empty where the text is no table of questions: it must have three rows, a column that asks, and one of answers.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    for delimiter in DELIMITERS:
        if sum(delimiter in line for line in lines) < max(LEAST_ROWS, ALIKE * len(lines)):
            continue
        try:
            rows = [row for row in csv.reader(lines, delimiter=delimiter, strict=True) if row]
        except csv.Error:
            continue
        width, count = Counter(map(len, rows)).most_common(1)[0]
        if width >= LEAST_COLUMNS and count >= max(LEAST_ROWS, ALIKE * len(rows)):
            columns = [[row[i].strip() for row in rows if len(row) == width] for i in range(width)]
            if fields := _fields(columns):
                return delimiter, fields
    return "", []


def _fields(columns: list[list[str]]) -> list[str]:
    fields = [""] * len(columns)
    for i, cells in enumerate(columns):
        if i < 2 and _share(cells, str.isdigit) == 1 and len(set(cells)) == len(cells):
            fields[i] = "number"
        elif _share(cells, lambda cell: len(cell) <= 6 and bool(TYPE.search(cell))) >= ALIKE:
            fields[i] = "type"
    asking = [i for i, cells in enumerate(columns) if not fields[i] and sum(map(len, cells)) >= LONG * len(cells)]
    stem = max(asking, key=lambda i: _share(columns[i], lambda cell: bool(ASKS.search(cell))), default=-1)
    if stem < 0 or not any(map(ASKS.search, columns[stem])) or len(set(columns[stem])) < ALIKE * len(columns[stem]):
        return []
    fields[stem] = "stem"
    marked = [
        i for i in range(len(columns))
        if not fields[i] and _share(columns[i], lambda cell: bool(letters(cell) or truth(cell))) >= 0.4
    ]  # fmt: skip
    if not marked:
        return []
    answer = marked[-1] if marked[-1] > stem else marked[0]
    fields[answer] = "answer"
    options = list(range(stem + 1, answer)) if answer > stem else list(range(stem + 1, len(columns)))
    if not 2 <= len(options) <= 8 or any(fields[i] for i in options):
        options = []
    for i, letter in zip(options, "ABCDEFGH", strict=False):
        fields[i] = letter
    if answer + 1 < len(columns) and not fields[answer + 1] and any(len(cell) > 2 for cell in columns[answer + 1]):
        fields[answer + 1] = "explanation"
    return fields


def _share(cells: list[str], holds: Callable[[str], bool]) -> float:
    return sum(map(holds, cells)) / len(cells)
