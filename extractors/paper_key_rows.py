"""Tables and grids of a key in, their answers given to the paper's items.

1-5 BACDA            题号 1 2 3          题号 答案 解析
                     答案 B A C          1    B    见第三回
"""

import itertools
import re
from dataclasses import dataclass, field

from extractors.paper_items import Item
from extractors.paper_text import fold

LETTER_RUN = re.compile(r"(?:[A-H]+|[√×对错TF]+)(?:[\s,、;/|]+(?:[A-H]+|[√×对错TF]+))*[\s。.;]*")


@dataclass(slots=True)
class Scan:
    """Where the reading of a key stands: the sections' items in order, and the one whose answer is being read."""

    items: list[Item]
    at: int = -1  # index of the last item that was answered
    family: str = ""
    given: dict[int, str] = field(default_factory=dict)  # by id of the item
    parent: int = 0  # the number whose parts are being read
    open: bool = False  # lines without a number go on the last answer
    explaining: bool = False
    lines: bool = False  # the answers stand one on a line, without numbers
    every: list[Item] = field(default_factory=list)  # of all sections, where `items` are those under one heading

    def __post_init__(self) -> None:
        self.every = self.every or self.items


def means(scan: Scan, item: Item, value: int) -> bool:
    """Whether the key's number `value` is the item's: the printed one, or its place in the paper where no item of the
    section has that number, as when the questions begin with 1 in each section and the key counts on."""
    if item.value == value or item.parent:
        return item.value == value and not item.parent
    if value <= max((other.parent or other.value for other in scan.items), default=0):
        return False
    place = len({other.parent or id(other) for other in itertools.takewhile(lambda it: it is not item, scan.every)})
    return place + 1 == value


def find(scan: Scan, value: int, *, ahead: bool = True) -> int | None:
    """The next item with this number; with `ahead` False also one before the last that was answered."""
    order = range(scan.at + 1, len(scan.items))
    found = next((i for i in order if means(scan, scan.items[i], value)), None)
    if found is None and not ahead:
        found = next((i for i, item in enumerate(scan.items) if means(scan, item, value)), None)
    return found


def give(scan: Scan, index: int, answer: str) -> None:
    """Gives the answer to the item at `index`, from where the reading goes on; a second one there is its explanation."""
    item = id(scan.items[index])
    if scan.explaining and item in scan.given:
        answer = f"{scan.given[item]}\n【解析】{re.sub('^【解析】|^解析[:：]', '', answer)}"
    scan.given[item] = answer
    scan.at, scan.open = index, True


def explain(scan: Scan, value: int) -> bool:
    """Lets the lines that follow explain the item of this number, or that part of the item answered last."""
    last = scan.every[scan.at] if 0 <= scan.at < len(scan.every) and scan.items is scan.every else None
    same = [i for i, item in enumerate(scan.every) if item.value == value and id(item) in scan.given]
    near = [i for i in same if last is not None and scan.every[i].parent == last.parent]
    if not same:
        return False
    scan.items, scan.at, scan.open = scan.every, (near or same)[-1], True
    scan.given[id(scan.every[scan.at])] += "\n【解析】"
    return True


def go_on(scan: Scan, text: str) -> None:
    """Adds a line to the answer given last."""
    item = id(scan.items[scan.at])
    given = scan.given[item]
    scan.given[item] = f"{given}\n{text.strip()}" if given else text.strip()


def read_row(scan: Scan, numbers: list[str], answers: str) -> None:
    """Gives the answers of a row to the numbers of the row above it, cell by cell where there are tabs."""
    cells = [cell.strip() for cell in answers.split("\t")] if "\t" in answers else answers.split()
    first = next((int(printed) for printed in numbers if printed.isdigit()), 0)
    if find(scan, first) is None:  # the row is not of the section last named
        scan.items, scan.at = scan.every, -1
    for printed, answer in zip(numbers, cells, strict=False):
        if printed.isdigit() and (i := find(scan, int(printed))) is not None and answer:
            give(scan, i, answer)
    scan.open = False


def read_cells(scan: Scan, columns: list[str], cells: list[str]) -> bool:
    """A row under 题号 答案 解析, perhaps with several numbers side by side; whether it answered any."""
    index: int | None = None
    for field_name, cell in zip(columns, cells, strict=False):
        if field_name == "number":
            index = find(scan, int(cell.strip()), ahead=False) if cell.strip().isdigit() else None
        elif index is not None and cell.strip() and field_name == "answer":
            give(scan, index, cell.strip())
        elif index is not None and cell.strip() and field_name == "explanation":
            given = scan.given.get(id(scan.items[index]), "")
            scan.given[id(scan.items[index])] = f"{given}\n【解析】{cell.strip()}"
    return index is not None


def read_range(scan: Scan, first: int, last: int, body: str) -> int:
    """Gives a grid's answers to the items `first` to `last`; how many characters of `body` it took, 0 for none."""
    count = last - first + 1
    index = find(scan, first, ahead=False)
    if index is None or not 1 < count <= 100:
        return 0
    run = LETTER_RUN.match(fold(body))
    if run:
        tokens = re.findall(r"[A-H]+|[√×对错TF]+", run[0])
        letters = "".join(tokens)
        answers = tokens if len(tokens) == count else list(letters) if len(letters) == count else []
        taken = run.end()
    else:
        answers = [part for part in re.split(r"[\s,，、;；]+", body.strip()) if part]
        taken = len(body)
    if len(answers) != count:
        return 0
    for offset, answer in enumerate(answers):
        found = find(scan, first + offset, ahead=False)
        if found is not None:
            give(scan, found, answer)
    scan.open = False
    return taken
