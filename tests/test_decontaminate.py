"""Rewritten copies of held-out texts are not trained on, whatever file they are in; settled rows stay where they are."""

import json
from dataclasses import replace
from pathlib import Path

import opencc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import asked, document, new_lake, put, said, told

from corpora.errors import BadInput
from warehouse.against import benchmark_state, benchmark_texts
from warehouse.canonical import canonical, canonical_all
from warehouse.curate import CurateConfig, curate
from warehouse.decontaminate import DecontaminateConfig, Text, contaminated
from warehouse.lake import writing
from warehouse.overlap import HeldOut, Overlap
from warehouse.splits import SplitConfig
from warehouse.tables import Change
from warehouse.why import story

TRADITIONAL = opencc.OpenCC("s2t")
CONFIG = DecontaminateConfig()
HELD = "玄德曰：夫英雄者，胸怀大志，腹有良谋，建安13年，有包藏宇宙之机，吞吐天地之志者也。"
REWRITTEN = {
    "punctuation": "玄德曰夫英雄者 胸怀大志 腹有良谋 建安13年 有包藏宇宙之机 吞吐天地之志者也",
    "traditional": "玄德曰：夫英雄者，胸懷大志，腹有良謀，建安13年，有包藏宇宙之機，吞吐天地之志者也。",
    "full width": "玄德曰：夫英雄者，胸怀大志，腹有良谋，建安１３年，有包藏宇宙之机，吞吐天地之志者也。",
    "name": "刘备曰：夫英雄者，胸怀大志，腹有良谋，建安13年，有包藏宇宙之机，吞吐天地之志者也。",
    "clause": "玄德曰：夫英雄者，有包藏宇宙之机，胸怀大志，腹有良谋，建安13年，吞吐天地之志者也。",
    "inside": f"请看下面一段话，说出处：“{HELD}”这话出自《三国演义》第二十一回，是煮酒论英雄时所说，可谓千古名言。",
}
letters = st.text(alphabet="天下大势分久必合关于曹操刘备玄德孔明引兵去来道曰", max_size=40)


def text(key: str, words: str, where: str = "train", **fields: object) -> Text:
    return replace(Text(key, "roleplay", words, where, "d"), **fields)


@pytest.mark.parametrize("kind", REWRITTEN)
def test_rewritten_copies_are_caught_and_the_pair_is_named(kind: str) -> None:
    held = text("b" * 16, HELD, "test")
    found = contaminated(
        [text("copy", REWRITTEN[kind]), text("other", "燕人张翼德在此，谁敢来决一死战！")], [held], CONFIG
    )
    assert list(found) == ["copy"]
    assert (found["copy"].other, found["copy"].others) == (held, 1)
    assert found["copy"].reason.startswith(f"overlaps held-out text of {'b' * 16} (test): ")


def test_texts_too_short_for_pieces_overlap_when_their_characters_are_the_same() -> None:
    held = [text("h", "谁字云长？关羽", "valid")]
    trained = [text("moved", "关羽，谁字关云长？"), text("other", "谁字翼德？张飞"), text("tiny", "关羽")]
    assert list(contaminated(trained, held, CONFIG)) == ["moved"]


def test_a_settled_row_stays_and_the_new_held_out_one_goes() -> None:
    old, late = text("old", HELD, settled=True), text("late", REWRITTEN["clause"], "test")
    found = contaminated([old, text("new", REWRITTEN["name"])], [late], CONFIG)
    assert list(found) == ["late"] and found["late"].other == old
    assert found["late"].reason.startswith("overlaps trained-on text of old (train)")
    before = replace(late, settled=True)
    assert list(contaminated([old], [before], CONFIG)) == ["old"]
    assert contaminated([old], [before], CONFIG, judged=True) == {}
    bench = replace(late, where="benchmark", place="b.csv, line 2")
    assert list(contaminated([old], [bench], CONFIG, judged=True)) == ["old"]


def test_of_two_tasks_the_row_must_hold_the_held_out_text() -> None:
    quiz = text(
        "q",
        REWRITTEN["inside"] + "是谁说的？" + "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥" * 2,
        "test",
        task="quiz",
    )
    assert contaminated([text("line", HELD)], [quiz], CONFIG) == {}
    assert list(contaminated([replace(quiz, where="train")], [text("line", HELD, "test")], CONFIG)) == ["q"]


def test_a_fixed_instruction_is_no_overlap() -> None:
    fixed = "你现在是一个很厉害的阅读理解器，严格按照人类指令进行回答，不要输出别的。"
    rows = [text(f"{k:02}", f"{fixed}\n{chr(0x4E00 + 40 * k)}{chr(0x5E00 + 40 * k)}", "train") for k in range(25)]
    held = [text("h", f"{fixed}\n何人？", "test")]
    assert contaminated(rows, held, CONFIG) == {}
    assert len(contaminated(rows, held, replace(CONFIG, template_from=99))) == 25


@given(letters, st.lists(st.sampled_from("，。 　！“”…"), max_size=8), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=50)  # the first example loads the casts
def test_canonical_words_do_not_depend_on_marks_script_or_width(words: str, marks: list[str], draw) -> None:
    marked = words
    for mark in marks:
        at = draw.randrange(len(marked) + 1)
        marked = f"{marked[:at]}{mark}{marked[at:]}"
    if not words:
        return
    assert canonical(marked) == canonical(words)
    assert canonical(TRADITIONAL.convert(words)) == canonical(words)
    assert canonical(f"{words}１３ＡＢ") == canonical(f"{words}13ab")
    assert canonical_all([marked, words, ""], ["", "", ""]) == [canonical(words), canonical(words), ""]


def test_canonical_names() -> None:
    assert canonical("玄德、孔明與關雲長") == canonical("刘备诸葛亮与关羽") == "刘备诸葛亮与关羽"
    assert canonical("贾宝玉") == canonical("宝玉") == "贾宝玉"
    assert (canonical("美髯公大怒", "水浒传"), canonical("美髯公大怒", "三国演义")) == ("朱仝大怒", "关羽大怒")
    assert canonical("丞相大怒") == "丞相大怒"  # a title is nobody's name


@given(
    st.lists(letters, max_size=6),
    st.lists(letters, max_size=6),
    st.integers(1, 3),
    st.integers(1, 8),
    st.sampled_from([0.1, 0.5, 0.8, 1.0]),
)
def test_overlaps_are_those_of_brute_force(
    held: list[str], others: list[str], size: int, least: int, share: float
) -> None:
    def pieces(words: str) -> set[str]:
        return {words[k : k + size] for k in range(len(words) - size + 1)}

    expected = []
    for o, other in enumerate(others):
        for h, one in enumerate(held):
            a, b = pieces(one), pieces(other)
            if len(one) >= 5 and sorted(one) == sorted(other):
                expected.append(Overlap(h, o, 1.0, 1.0))
            elif min(len(a), len(b)) >= least and len(a & b) >= share * min(len(a), len(b)):
                expected.append(Overlap(h, o, len(a & b) / len(a), len(a & b) / len(b)))
    assert list(HeldOut(held, size, least, share).overlaps(others)) == expected


def test_rows_are_held_against_the_same_texts_however_many_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    held = [text(f"h{k}", words, "test") for k, words in enumerate(REWRITTEN.values())]
    rows = [text(f"r{k}", f"{name}{words}") for k, (name, words) in enumerate(REWRITTEN.items())]
    whole = contaminated(rows, held, CONFIG)
    assert len(whole) == len(rows) and {found.others for found in whole.values()} == {len(held)}
    monkeypatch.setattr("warehouse.overlap._BLOCK", 2)
    monkeypatch.setattr("warehouse.overlap._PAIRS_AT_A_TIME", 30)
    monkeypatch.setattr("warehouse.decontaminate._BLOCK", 5)
    assert contaminated(rows, held, CONFIG) == whole


QUESTIONS = [
    {"question": "何人献连环计于王允，使董卓与吕布反目成仇？", "answer": "貂蝉"},
    {"question": "谁？", "answer": "无名氏"},
]


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("bench.jsonl", "\n".join(json.dumps(row, ensure_ascii=False) for row in QUESTIONS), "line 1"),
        ("bench.csv", "题目,答案\n何人献连环计于王允，使董卓与吕布反目成仇？,貂蝉\n谁？,无名氏\n", "row 2"),
        ("paper.txt", "一、简答题\n1. 何人献连环计于王允，使董卓与吕布反目成仇？\n答案：貂蝉\n2. 谁字云长？\n答案：关羽\n"
         "3. 谁字翼德？\n答案：张飞\n", "line 2"),
        ("odd.jsonl", json.dumps({"text": {"zh": "何人献连环计于王允，使董卓与吕布反目成仇？"}}, ensure_ascii=False), "line 1"),
        ("plain.txt", "何人献连环计于王允，使董卓与吕布反目成仇？\n", "line 1"),
    ],
)  # fmt: skip
def test_benchmarks_of_any_format(tmp_path: Path, name: str, content: str, place: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    texts = benchmark_texts(path)
    trained = [
        text("row", "何人獻連環計于王允 使董卓与呂布反目成仇", task="quiz"),
        text("else", "何人献西川地图于刘备？张松也"),
    ]
    found = contaminated(trained, texts, CONFIG)
    assert list(found) == ["row"]
    assert found["row"].other.place == f"{name}, {place}"
    assert benchmark_texts(path) == texts


def test_a_benchmark_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        benchmark_state((str(tmp_path / "none.jsonl"),))
    (tmp_path / "empty.txt").write_text(" \n", encoding="utf-8")
    with pytest.raises(BadInput):
        benchmark_texts(tmp_path / "empty.txt")


def test_in_a_lake_a_benchmark_takes_rows_out_and_why_tells_of_it(tmp_path: Path) -> None:
    bench = tmp_path / "bench.jsonl"
    bench.write_text(json.dumps(QUESTIONS[0], ensure_ascii=False), encoding="utf-8")
    all_train = CurateConfig(split=SplitConfig(0.0, 0.0))
    against = replace(all_train, decontaminate=replace(CONFIG, against=(str(bench),)))
    item = asked(1, "何人献連環計于王允，使董卓与吕奉先反目成仇", {}, "貂蝉。")
    with writing(new_lake(tmp_path / "lake")) as lake:
        put(lake, (document("novels/sanguo", text="话说"), [said(10, "曹操", "燕人张翼德在此，谁敢来决一死战！")]))
        put(
            lake,
            (document("quiz/bank", "quiz"), [item]),
            (document("instruct/a", "instruct"), [told(1, "何谓义？", "宜也。")]),
        )
        assert curate(lake, all_train).fates == {"kept": 3}
        assert curate(lake, against).fates == {"kept": 2, "rejected": 1}
        assert curate(lake, against).done_before
        row = lake.connection.execute("SELECT sample_id, reason FROM samples WHERE fate = 'rejected'").fetchall()[0]
        assert row[1].startswith("overlaps benchmark text of ") and "(bench.jsonl, line 1)" in row[1]
        told_of = dict(story(lake, row[0]))
        assert "何人献连环计于王允" in told_of["overlaps"] and told_of["quality rules"].startswith("kept by")
        assert lake.connection.execute("SELECT DISTINCT why FROM fates WHERE fate = 'rejected'").fetchall() == [
            ("overlaps benchmark text",)
        ]
        bench.write_text(json.dumps(QUESTIONS[1], ensure_ascii=False), encoding="utf-8")
        assert curate(lake, against).change == Change(updated=1, unchanged=2)
        assert lake.connection.execute("SELECT count(*) FROM contaminations").fetchall() == [(0,)]


@pytest.mark.parametrize("fields", [{"share": 0.0}, {"share": 1.5}, {"ngram": 0}, {"least": 0}])
def test_thresholds_that_make_no_sense(fields: dict) -> None:
    with pytest.raises(ValueError, match=r"above 0|at least 1"):
        DecontaminateConfig(**fields)
