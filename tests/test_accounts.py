"""Stage by stage everything that came in went somewhere, and what does not add up is said with its numbers."""

from collections.abc import Iterator

import pytest
from tiny import asked, document, new_lake, put, said, told

from extractors.records import Reject
from warehouse.accounts import Stage, check_fates, check_set
from warehouse.curate import CurateConfig, curate
from warehouse.lake import Lake, reading, writing
from warehouse.manifest import read_manifest
from warehouse.rehearse import DECONTAMINATION, Example, rehearse
from warehouse.training_set import BuildConfig, build

LINES = [
    said(10, "曹操", "是。"), said(30, "曹操", "是！", scene=2), said(60, "", "何人？", scene=3),
    said(90, "曹操", "宁教我负天下人，", scene=4), said(103, "曹操", "休教天下人负我。", scene=4, turn=2, context="又曰："),
]  # fmt: skip
TALKS = [
    told(1, "何谓义？", "宜也。"),
    told(2, "何谓忠？", "略"),
    told(3, "何谓信？", "罗贯中<br>曰诚也。"),
    told(4, "何谓智？", "略。"),
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with writing(new_lake(tmp_path_factory.mktemp("lakes") / "lake")) as opened:
        put(opened, (document("novels/sanguo", text="话说"), LINES))
        put(
            opened,
            (
                document("quiz/bank", "quiz"),
                [asked(1, "何人献连环计？", {}, "王允。"), Reject("line 9", "5. 谁", "no options")],
            ),
        )
        put(opened, (document("instruct/rows", "instruct"), TALKS))
        yield opened


def test_every_stage_hands_on_what_it_does_not_end(lake: Lake) -> None:
    assert check_fates(lake)[0] == Stage("extraction", 0, 0, 0)  # nothing is curated yet
    curate(lake, CurateConfig())
    assert check_fates(lake) == [
        Stage("extraction", 11, 1, 10), Stage("people", 10, 0, 10), Stage("making examples", 10, 1, 9),
        Stage("quality rules", 9, 3, 6), Stage("joining", 6, 1, 5), Stage("near-duplicates", 5, 1, 4), Stage("splits", 4, 0, 4),
        Stage("decontamination", 4, 0, 4),
    ]  # fmt: skip
    folder = build(lake, BuildConfig("one", tasks=("roleplay",)))
    assert (sum(read_manifest(folder).rows.values()), sum(read_manifest(folder).left_out.values())) == (2, 2)
    check_set(lake, folder)
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"train": 2', '"train": 3'), encoding="utf-8")
    with pytest.raises(RuntimeError, match="3 rows and 2 left out are not the 4 samples kept"):
        check_set(lake, folder)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("DELETE FROM samples WHERE answer = '王允。'", "1 records without a sample"),
        ("DELETE FROM utterances WHERE text = '何人？'", "5 records of which 0 rejected were extracted, 4 rows"),
        ("DELETE FROM questions WHERE fate = 'rejected'", "1 samples without a record"),
        ("UPDATE samples SET split = '' WHERE answer = '王允。'", "1 kept samples with a reason or without a split"),
        ("UPDATE samples SET fate = 'lost' WHERE answer = '王允。'", "1 samples of no known fate"),
        ("UPDATE samples SET duplicate_of = 'x' WHERE fate = 'merged'", "2 merged samples that no other sample stands for"),
        ("UPDATE samples SET split = 'dev' WHERE answer = '王允。'", "4 samples went through all stages, 3 are in a split"),
        ("INSERT INTO contaminations SELECT sample_id, '', '', 1, 1, 1, '' FROM samples WHERE answer = '王允。'",
         "1 contaminations whose sample is not rejected"),
    ],
)  # fmt: skip
def test_planted_faults_are_told_with_their_numbers(lake: Lake, fault: str, words: str) -> None:
    lake.connection.execute(f"BEGIN; {fault}")
    with pytest.raises(RuntimeError, match=words):
        check_fates(lake)
    lake.connection.execute("ROLLBACK")
    assert check_fates(lake)[-1].left == 4


def test_a_rehearsal_tells_what_would_go_and_writes_nothing(lake: Lake) -> None:
    home, before = lake.home, lake.snapshot()
    with reading(home) as read:
        found = rehearse(read, CurateConfig(), examples=1)
    assert {rule: count for rule, (count, _) in found.drops.items() if count} == {"empty": 2, "markup": 1}
    assert (found.drops["empty"][0], len(found.drops["empty"][1])) == (2, 1)
    (example,) = found.drops["markup"][1]
    assert example == Example(example.sample_id, "markup '<br>'", "何谓信？", "罗贯中<br>曰诚也。")
    assert (found.asked, found.drops[DECONTAMINATION], found.fates) == (
        8,
        (0, []),
        {"kept": 4, "merged": 2, "rejected": 5},
    )
    assert lake.snapshot() == before
