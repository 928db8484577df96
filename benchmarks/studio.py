"""A home folder in, how long the warehouse takes for what each page of the studio shows out, in seconds.

    HUABEN_HOME=.huaben .venv/bin/python benchmarks/studio.py

Each is asked twice, and the second time counts: the first also reads files that lie in the system's cache from then on.
"""

import time
from collections.abc import Callable

from eval.studio.choices import models
from eval.studio.labelling import shown
from warehouse.annotations import annotations, newest, saves
from warehouse.browse import figures, find, novels, people, questions, worth
from warehouse.home import home_folder
from warehouse.lake import Lake
from warehouse.reader import Reader


def pages(lake: Lake) -> dict[str, Callable[[], object]]:
    """What each page asks for when it opens, by the page's name."""
    book = novels.novels(lake)[0]
    who = people.people(lake, book["novel"], 1)[0]["speaker"]

    rows = worth.queue(lake)
    looked_at = [next(row for row in rows if row.table == table) for table in ("questions", "utterances")]

    def of_question() -> None:
        row = questions.listed(lake)[0]["question_id"]
        questions.question(lake, row)
        questions.passages(lake, row)

    def of_row() -> None:
        for row in looked_at:
            shown(lake, row.table, row.record_id)

    def of_talk() -> None:
        novels.novels(lake)
        names = people.people(lake, book["novel"], 300)
        people.card(lake, book["novel"], names[0]["speaker"])
        people.sample_lines(lake, book["novel"], names[0]["speaker"], 3)
        find.quiz_example(lake, "single_choice", find.quiz_examples(lake, "single_choice") - 1)
        models(lake.home, [])

    def of_person() -> None:
        people.people(lake, book["novel"])
        people.lines_by_chapter(lake, book["novel"], who)
        people.lines_of(lake, book["novel"], who)
        people.partners(lake, book["novel"], who)
        people.card(lake, book["novel"], who)

    return {
        "talk: the cast, a card, a question": of_talk,
        "label: the queue": lambda: worth.queue(lake),
        "label: what people said": lambda: saves(annotations(lake.home, lake.connection)),
        "label: two rows with their places": of_row,
        "write: what was written": lambda: newest(saves(annotations(lake.home, lake.connection))),
        "search: two words": lambda: find.search(lake, "桃园 结义"),
        "novel: a chapter": lambda: novels.chapter_of(lake, book["document_id"], 1),
        "people: whoever speaks most": of_person,
        "people: a page far down": lambda: people.lines_of(lake, book["novel"], who, -1, 40, 400),
        "questions: a page": lambda: (questions.counted(lake), questions.listed(lake)),
        "questions: by type and words": lambda: questions.listed(lake, "single_choice", "", "谁"),
        "questions: one with its passages": of_question,
        "charts": lambda: (figures.lengths(lake), figures.fates(lake)),
        "versions": lambda: (figures.snapshots(lake), figures.training_sets(lake)),
        "runs": lambda: figures.runs(lake),
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
            began, worked = time.perf_counter(), time.process_time()
            ask()
            print(f"{time.perf_counter() - began:7.3f} s, {time.process_time() - worked:7.3f} s of a processor  {name}")
    for sql in ("SELECT * FROM utterances", "SELECT speaker, count(*) FROM utterances GROUP BY ALL ORDER BY 2 DESC"):
        reader.ask(sql)
        print(f"{reader.ask(sql).seconds:7.3f} s  sql: {sql}")


if __name__ == "__main__":
    main()
