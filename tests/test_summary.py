"""The counts people ask for first, and the check that no tie straddles two splits."""

from collections.abc import Iterator

import pytest
from tiny import asked, document, new_lake, put, said

from extractors.records import Reject
from warehouse.curate import CurateConfig, curate
from warehouse.lake import Lake, writing
from warehouse.samples import SampleConfig
from warehouse.schema import columns
from warehouse.summary import check_leaks, fate_counts, leaks, split_counts, table_counts

LINES = [
    said(10, "曹操", "是。"), said(20, "曹操", "是！"), said(30, "曹操", "然。", confidence=0.3),
    said(40, "曹操", "善。", confidence=0.35), said(50, "关羽", "诺。"), said(60, "张飞", "诺！"), said(70, "", "谁？"),
]  # fmt: skip


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    with writing(new_lake(tmp_path_factory.mktemp("lakes") / "lake")) as opened:
        put(opened, (document("novels/sanguo"), LINES))
        put(
            opened,
            (document("quiz/bank", "quiz"), [asked(1, "何人献计？", {}, "王允。"), Reject("line 9", "", "no options")]),
        )
        curate(opened, CurateConfig(samples=SampleConfig(min_lines=2)))
        yield opened


def test_counts(lake: Lake) -> None:
    assert list(table_counts(lake)) == list(columns())
    assert table_counts(lake) == {
        "sources": 2, "documents": 2, "utterances": 7, "questions": 2, "support": 0, "evidence": 0,
        "instructions": 0, "conversations": 1, "samples": 10, "contaminations": 0, "annotations": 0, "training_sets": 0,
        "runs": 1,
    }  # fmt: skip
    assert fate_counts(lake) == [
        ("quiz", "kept", "", 1),
        ("quiz", "rejected", "rejected at extraction: no options", 1),
        ("roleplay", "rejected", "too few lines", 3),  # one of them of a conversation
        ("roleplay", "rejected", "speaker not sure enough", 2),
        ("roleplay", "kept", "", 1),
        ("roleplay", "merged", "same text", 1),
        ("roleplay", "rejected", "no speaker", 1),
    ]
    assert sum(count for *_, count in fate_counts(lake)) == table_counts(lake)["samples"]
    assert split_counts(lake) == [
        ("quiz", "short_answer", {"seed": 0, "train": 1, "valid": 0, "test": 0}),
        ("roleplay", "single_turn", {"seed": 0, "train": 1, "valid": 0, "test": 0}),
    ]


def test_a_planted_leak_is_found(lake: Lake) -> None:
    assert leaks(lake) == []
    check_leaks(lake)
    lake.connection.execute("BEGIN")
    try:
        lake.connection.execute(
            "UPDATE samples SET cluster_id = 'c1', scene_id = 's1', split = if(task = 'quiz', 'test', 'train') WHERE fate = 'kept'"
        )
        assert leaks(lake) == [("cluster_id", "c1", "test and train"), ("scene_id", "s1", "test and train")]
        with pytest.raises(RuntimeError, match="2 ties straddle two splits"):
            check_leaks(lake)
    finally:
        lake.connection.execute("ROLLBACK")
