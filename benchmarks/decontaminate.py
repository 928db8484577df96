"""A curated lake in; how many rewritten copies of its held-out rows are caught, kind by kind, and how many other pairs, out.

    HUABEN_CORPORA=../shared/corpora huaben run --config configs/four_novels.toml      (or huaben ingest and build)
    .venv/bin/python benchmarks/decontaminate.py configs/four_novels.toml [ROWS] [-v]       600 held-out rows by default

Held-out rows are drawn by a seed, a third of each task. Of each a copy of each kind is made, where it has what that kind
changes, and put among all rows that are trained on; it counts as caught when it is rejected, and as named when the pair
is the row it was made from. -v shows what is missed. Decontamination is asked alone: most such copies would also be near-duplicates and share
their original's split. Other pairs are those of rows that were trained on and held out before it.
"""

import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import opencc

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # so that it runs from a bare checkout

from corpora.casts import all_casts  # noqa: E402
from extractors.cast import parse_cast  # noqa: E402
from flows.config import read_config  # noqa: E402
from warehouse.annotations_apply import standing  # noqa: E402
from warehouse.curate import plan  # noqa: E402
from warehouse.decontaminate import Text, contaminated  # noqa: E402
from warehouse.home import home_folder  # noqa: E402
from warehouse.lake import reading  # noqa: E402

SEED = 20251121
_MARKS = re.compile(r"[，。；：！？、“”‘’（）《》…—,.;:!?\s]+")
_CLAUSE = re.compile(r"[^，。；！？\n]+[，。；！？\n]?")
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def names() -> dict[str, dict[str, list[str]]]:
    """By novel, each name of two characters or more of its cast to the person's other ones, titles left out."""
    casts: dict[str, dict[str, list[str]]] = {}
    for cast in map(parse_cast, all_casts()):
        found = casts.setdefault(cast.novel, {})
        for person in cast.persons:
            own = [name for name in (person.name, *person.courtesy, *person.nicknames) if len(name) > 1]
            found |= {name: [other for other in own if other != name] for name in own if len(own) > 1}
    return casts


NAMES = names()


def punctuation(text: str, draw: random.Random) -> str:
    return _MARKS.sub(lambda _: draw.choice(["", " ", ",", "　", "！", "……"]), text)


def traditional(text: str, _: random.Random) -> str:
    return opencc.OpenCC("s2t").convert(text)


def full_width(text: str, _: random.Random) -> str:
    return text.translate(_FULL_WIDTH) if re.search(r"\d", text) else text


def other_names(text: str, draw: random.Random) -> str:
    """By the cast, of those there are, of whose names the text has most."""
    novel = max(NAMES, key=lambda novel: sum(name in text for name in NAMES[novel]))
    pattern = "|".join(sorted(map(re.escape, NAMES[novel]), key=len, reverse=True))
    return re.sub(pattern, lambda found: draw.choice(NAMES[novel][found[0]]), text)


def moved_clause(text: str, draw: random.Random) -> str:
    clauses = _CLAUSE.findall(text)
    if len(clauses) < 3:
        return text
    moved = clauses.pop(draw.randrange(len(clauses)))
    return "".join([*clauses, moved] if draw.random() < 0.5 else [moved, *clauses])


def all_of_these(text: str, draw: random.Random) -> str:
    return full_width(traditional(punctuation(other_names(moved_clause(text, draw), draw), draw), draw), draw)


def clause_left_out(text: str, draw: random.Random) -> str:
    clauses = _CLAUSE.findall(text)
    if len(clauses) < 3:
        return text
    del clauses[draw.randrange(len(clauses))]
    return "".join(clauses)


def tenth_changed(text: str, draw: random.Random) -> str:
    return "".join(chr(draw.randrange(0x4E00, 0x9000)) if draw.random() < 0.1 else letter for letter in text)


KINDS: dict[str, Callable[[str, random.Random], str]] = {
    "punctuation": punctuation, "traditional characters": traditional, "full-width digits": full_width,
    "other names": other_names, "a clause moved": moved_clause, "all five at once": all_of_these,
    "a clause left out": clause_left_out, "a tenth of the characters changed": tenth_changed,
}  # fmt: skip


def main(config_path: Path, rows: int) -> None:
    config = read_config(config_path).curate
    config = replace(config, decontaminate=replace(config.decontaminate, held_out=False))
    with reading(home_folder()) as lake:
        made = plan(lake, config, standing(lake))
    splits = {row["sample_id"]: row["split"] for row in made.decision.rows if row["split"]}
    kept = [
        Text(s.sample_id, s.task, s.core, splits[s.sample_id], s.document_id, novel=s.novel)
        for s in made.sifted.samples
        if s.sample_id in splits
    ]
    trained = [text for text in kept if text.where in ("seed", "train")]
    held_out = [text for text in kept if text.where not in ("seed", "train")]
    config = replace(config, decontaminate=replace(config.decontaminate, held_out=True))
    real = contaminated(trained, held_out, config.decontaminate)
    pairs, possible = sum(found.others for found in real.values()), len(trained) * len(held_out)
    by_task = defaultdict(list)
    for text in held_out:
        by_task[text.task].append(text)
    draw = random.Random(SEED)
    drawn = [t for _, ts in sorted(by_task.items()) for t in draw.sample(ts, min(rows // 3, len(ts)))]
    print(f"{len(drawn)} held-out rows drawn, among {len(trained):,} that are trained on")
    copies = {
        kind: [
            replace(text, text_id=f"{kind}: {text.text_id}", words=words, where="train", document_id=kind)
            for text in drawn
            if (words := change(text.words, draw)) != text.words
        ]
        for kind, change in KINDS.items()
    }
    every = [copy for some in copies.values() for copy in some]
    found = contaminated([*trained, *every], held_out, config.decontaminate)
    print("| copies | made | caught | with the right pair |\n|---|---:|---:|---:|")
    for kind, some in copies.items():
        caught = [copy.text_id for copy in some if copy.text_id in found]
        named = sum(found[name].other.text_id == name.removeprefix(f"{kind}: ") for name in caught)
        share = f"{len(caught) / max(len(some), 1):.1%} | {named / max(len(some), 1):.1%}"
        print(f"| {kind} | {len(some)} | {share} |")
        for copy in some if "-v" in sys.argv else ():
            if copy.text_id not in found:
                print(f"    missed: {copy.words!r}")
    print(
        f"\nother pairs flagged: {pairs} of {possible:,} ({pairs / possible:.2e}), {len(real)} rows of {len(trained):,}"
    )


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[2:] if word.isdecimal()]
    main(Path(sys.argv[1]), numbers[0] if numbers else 600)
