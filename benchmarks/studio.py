"""A home folder in, how long the warehouse takes for what each page of the studio shows out, in seconds.

    HUABEN_HOME=.huaben .venv/bin/python benchmarks/studio.py

Each is asked twice, and the second time counts: the first also reads files that lie in the system's cache from then on.
"""

import time
from collections.abc import Callable

from warehouse.annotations import annotations, saves
from warehouse.browse import figures, find, novels, people, questions, worth
from warehouse.home import home_folder
from warehouse.lake import Lake
from warehouse.reader import Reader


def pages(lake: Lake) -> dict[str, Callable[[], object]]:
    """What each page asks for when it opens, by the page's name."""
    book = novels.novels(lake)[0]
    who = people.people(lake, book["novel"], 1)[0]["speaker"]

    def of_person() -> None:
        people.people(lake, book["novel"])
        people.lines_by_chapter(lake, book["novel"], who)
        people.lines_of(lake, book["novel"], who)
        people.partners(lake, book["novel"], who)
        people.card(lake, book["novel"], who)

    return {
        "label: the queue": lambda: worth.queue(lake),
        "label: what people said": lambda: saves(annotations(lake.home, lake.connection)),
        "search: two words": lambda: find.search(lake, "桃园 结义"),
        "novel: a chapter": lambda: novels.chapter_of(lake, book["document_id"], 1),
        "people: whoever speaks most": of_person,
        "questions: a page": lambda: (questions.counted(lake), questions.listed(lake)),
        "charts": lambda: (figures.lengths(lake), figures.fates(lake)),
        "versions": lambda: (figures.snapshots(lake), figures.training_sets(lake)),
    }


def main() -> None:
    """Print a line for each page."""
    began = time.perf_counter()
    reader = Reader(home_folder())
    print(f"{time.perf_counter() - began:7.3f} s  opening the lake, once for all who use the studio")
    counts = reader.rows(
        "SELECT (SELECT count(*) FROM utterances) AS utterances, (SELECT count(*) FROM samples) AS samples"
    )
    print(f"          {counts[0]['utterances']:,} utterances, {counts[0]['samples']:,} samples")
    with reader.lake() as lake:
        for name, ask in pages(lake).items():
            ask()
            began = time.perf_counter()
            ask()
            print(f"{time.perf_counter() - began:7.3f} s  {name}")


if __name__ == "__main__":
    main()
