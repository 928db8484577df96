"""Every novel of the lake comes whole, and nothing else does."""

from tiny import asked, document, put

from warehouse.lake import Lake
from warehouse.novel_texts import novel_texts


def test_the_novels_alone_come_with_their_texts(lake: Lake) -> None:
    novels = [document(f"novels/{n}", text=f"第{n}回\n却说", novel=f"书{n}", origin=f"{n}.txt") for n in range(40)]
    put(lake, *((novel, []) for novel in novels))
    put(lake, (document("quiz/bank", "quiz"), [asked(1, "谁？", {}, "刘备")]))
    assert sorted(novel_texts(lake), key=lambda novel: novel.source_id) == sorted(
        novels, key=lambda novel: novel.source_id
    )


def test_a_lake_without_novels_gives_none(lake: Lake) -> None:
    assert list(novel_texts(lake)) == []
