"""Copies of a novel are no duplicates but read alike, seconds belong to one stage each."""

from pathlib import Path

from benchmarks.scale import Look, by_stage
from benchmarks.scale_books import Book, copied, pieces
from benchmarks.scale_stages import Clock

TEXT = "第一回\n刘备曰：“云长何在？”关羽笑曰：“某在此。”玄德大喜。"
FORMS = {"male": {"刘备": ["刘备", "玄德"], "关羽": ["关羽", "云长"]}}


def test_people_swap_names_and_other_characters_stand_for_each_other() -> None:
    book = Book("三国", pieces(TEXT, ["刘备", "玄德", "关羽", "云长"]), FORMS)
    assert book.pieces[1::2] == ["刘备", "云长", "关羽", "玄德"]
    fixed = set("第一回曰：“？”。\n")
    copies = [copied(book, fixed, number) for number in range(12)]
    assert copies[0] == TEXT and copies[3] == copied(book, fixed, 3)
    assert len(set(copies)) > 6
    named = {tuple(pieces(copy, ["刘备", "玄德", "关羽", "云长"])[1::2]) for copy in copies}
    assert named == {("刘备", "云长", "关羽", "玄德"), ("关羽", "玄德", "刘备", "云长")}
    for copy in copies:
        assert [c for c in copy if c in fixed] == [c for c in TEXT if c in fixed] and set(copy) == set(TEXT)


def test_a_second_and_a_megabyte_belong_to_one_stage(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("10.0\tstore\n11.0\textract\n13.0\tstore\n14.0\t\n", encoding="utf-8")
    looks = [
        Look(at, held, used)
        for at, held, used in ((10.5, 7, 1), (11.5, 9, 2), (12.5, 8, 4), (13.5, 6, 5), (14.5, 20, 6))
    ]
    seconds, cores, peak, last = by_stage(tmp_path / "log", looks)
    assert seconds == {"store": 2.0, "extract": 2.0} and peak == {"store": 7, "extract": 9}
    assert cores == {"store": 0.5 + 1.0, "extract": 3.0} and last == ""
    clock = Clock(tmp_path / "told")
    with clock.stage("outer"), clock.stage("inner"):
        pass
    told = [line.partition("\t")[2] for line in (tmp_path / "told").read_text("utf-8").splitlines()]
    assert told == ["outer", "inner", "outer", ""]
