"""Every record ends kept, merged or rejected with a reason; near-copies and scenes never straddle; nothing moves."""

import random
from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import asked, document, put, said, told

from extractors.records import Reject
from warehouse.curate import CurateConfig, curate
from warehouse.decide import decide, decision
from warehouse.decontaminate import DecontaminateConfig
from warehouse.lake import Lake
from warehouse.rows.conversations import ConversationConfig
from warehouse.rows.quiz import QuizConfig
from warehouse.samples import Sample, SampleConfig
from warehouse.splits import SplitConfig
from warehouse.summary import check_leaks
from warehouse.tables import Change

CONFIG = CurateConfig(SampleConfig(quiz=QuizConfig(shuffle=False)))
ALIKE = DecontaminateConfig(held_out=False)  # texts made up to be alike are told apart by their clusters alone
NOVEL = document("novels/sanguo", text="话说")
QUIZ = document("quiz/bank", "quiz")
OTHER_QUIZ = document("quiz/other", "quiz")
TALKS = document("instruct/rows", "instruct", novel="", title="rows")
PEOPLE = {"A": "刘备", "B": "关羽", "C": "张飞", "D": "赵云"}
SPEECH = "吾观今天下英雄，惟使君与操耳。夫英雄者，胸怀大志，腹有良谋，有包藏宇宙之机，吞吐天地之志者也。"
LINES = [
    said(10, "曹操", "是。"),
    said(30, "刘备", "然。", scene=2),
    said(50, "曹操", "是！", scene=2, turn=2),
    said(70, "曹操", SPEECH, scene=3),
    said(90, "曹操", "使君知龙之变化否？", kind="thought", scene=4),
    said(130, "", "何人？", scene=5),
]
ITEMS = [
    asked(1, "谁字云长？", PEOPLE, "B"),
    asked(2, "谁字翼德？", PEOPLE, "C"),
    asked(3, "谁 字 云长", dict(zip("ABCD", "张飞 赵云 关羽 刘备".split(), strict=True)), "C"),
    Reject("line 9", "5. 谁", "no options"),
    asked(4, "何人献连环计？", {}, None),
]
CONVERSATIONS = [told(1, "何谓义？", "宜也。"), told(2, "何谓义？", "宜也！"), Reject("line 3", "{}", "empty answer")]


def fates(lake: Lake) -> list[tuple[str, ...]]:
    return lake.connection.execute(
        "SELECT task, coalesce(nullif(answer, ''), '–'), fate, reason FROM samples "
        "ORDER BY task DESC, source_id, answer, fate, reason"
    ).fetchall()


def samples(lake: Lake) -> dict[str, dict[str, Any]]:
    rows = lake.connection.execute("SELECT * FROM samples ORDER BY sample_id").to_arrow_table().to_pylist()
    return {row["sample_id"]: row for row in rows}


def test_every_record_has_a_fate_and_a_reason(lake: Lake) -> None:
    put(lake, (NOVEL, LINES), (QUIZ, ITEMS), (TALKS, CONVERSATIONS))
    done = curate(lake, CONFIG)
    assert (done.fates, done.change, done.done_before) == (
        {"kept": 6, "merged": 3, "rejected": 5}, Change(inserted=14), False,
    )  # fmt: skip
    assert sum(done.fates.values()) == len(LINES) + len(ITEMS) + len(CONVERSATIONS)
    rows = samples(lake)
    keys = {(row["task"], row["answer"], row["fate"]): key for key, row in rows.items()}
    assert fates(lake) == [
        ("roleplay", "何人？", "rejected", "no speaker"),
        ("roleplay", "使君知龙之变化否？", "rejected", "kind thought is not trained on"),
        ("roleplay", SPEECH, "kept", ""),
        ("roleplay", "是。", "kept", ""),
        ("roleplay", "是！", "merged", f"same text as {keys['roleplay', '是。', 'kept']}"),
        ("roleplay", "然。", "kept", ""),
        ("quiz", "–", "rejected", "no answer"),
        ("quiz", "–", "rejected", "rejected at extraction: no options"),
        ("quiz", "B. 关羽", "kept", ""),
        ("quiz", "C. 关羽", "merged", f"same text as {keys['quiz', 'B. 关羽', 'kept']}"),
        ("quiz", "C. 张飞", "kept", ""),
        ("instruct", "–", "rejected", "rejected at extraction: empty answer"),
        ("instruct", "宜也。", "kept", ""),
        ("instruct", "宜也！", "merged", f"same text as {keys['instruct', '宜也。', 'kept']}"),
    ]
    for row in rows.values():
        assert bool(row["split"]) == (row["fate"] == "kept") == (not row["reason"])
        assert bool(row["duplicate_of"]) == (row["fate"] == "merged")
    check_leaks(lake)


def test_the_same_again_does_nothing_and_makes_no_snapshot(lake: Lake) -> None:
    put(lake, (NOVEL, LINES), (QUIZ, ITEMS))
    first = curate(lake, CONFIG)
    before, rows = lake.snapshot(), samples(lake)
    put(lake, (NOVEL, LINES), (QUIZ, ITEMS))
    second = curate(lake, CONFIG)
    assert (second.done_before, second.run_id, second.fates) == (True, first.run_id, first.fates)
    assert second.change == Change(unchanged=len(LINES) + len(ITEMS))
    assert (lake.snapshot(), samples(lake)) == (before, rows)


def test_another_document_moves_no_row(lake: Lake) -> None:
    put(lake, (NOVEL, LINES), (OTHER_QUIZ, ITEMS))
    curate(lake, CONFIG)
    before = samples(lake)
    put(lake, (QUIZ, ITEMS[:3]), (TALKS, CONVERSATIONS))  # `quiz/bank` is read before `quiz/other`
    done = curate(lake, CONFIG)
    after = samples(lake)
    assert done.change == Change(inserted=6, unchanged=len(before))
    assert {key: after[key] for key in before} == before
    new = [row for key, row in after.items() if key not in before and row["task"] == "quiz"]
    assert Counter(row["fate"] for row in new) == {"merged": 3}
    assert {row["duplicate_of"] for row in new} <= set(before)


def test_a_changed_document_takes_its_rows_with_it(lake: Lake) -> None:
    put(lake, (NOVEL, LINES), (QUIZ, ITEMS[:2]))
    curate(lake, CONFIG)
    before = samples(lake)
    put(
        lake,
        (replace(NOVEL, sha256="1" * 64, text="话说二"), [*LINES[:2], said(200, "张飞", "燕人张翼德在此！", scene=9)]),
    )
    done = curate(lake, CONFIG)
    after = samples(lake)
    assert done.change.inserted == 1 and done.change.deleted == len(LINES) - 2
    assert all(after[key] == before[key] for key in after if key in before)
    assert "燕人张翼德在此！" in {row["answer"] for row in after.values() if row["fate"] == "kept"}


def test_a_changed_description_is_work_too(lake: Lake) -> None:
    """The same bytes: only what the registry says of them has changed."""
    put(lake, (NOVEL, LINES[:1]))
    curate(lake, CONFIG)
    for change, records, novel in [
        ({"title": "三国志"}, LINES[:1], "三国志"),
        ({"kind": "instruct"}, CONVERSATIONS[:1], ""),
    ]:
        put(lake, (replace(NOVEL, **change), records))
        assert not curate(lake, CONFIG).done_before
        assert [row["novel"] for row in samples(lake).values()] == [novel]


def test_a_word_mended_at_the_top_deals_no_split_anew(lake: Lake) -> None:
    lines = [said(10 * n, "曹操", word * 6, scene=n) for n, word in enumerate("天地玄黄宇宙洪荒日月盈昃")]
    put(lake, (NOVEL, lines))
    curate(lake, CONFIG)
    before = {row["answer"]: (row["split"], row["cluster_id"]) for row in samples(lake).values()}
    assert len({split for split, _ in before.values()}) > 1
    moved = [replace(line, char_start=line.char_start + 1, char_end=line.char_end + 1) for line in lines]
    put(lake, (document("novels/sanguo", text="话说　"), moved))
    done = curate(lake, CONFIG)
    assert done.change == Change(inserted=len(lines), deleted=len(lines))  # every id is new
    assert {row["answer"]: (row["split"], row["cluster_id"]) for row in samples(lake).values()} == before


def test_two_people_who_say_the_same_are_two_examples(lake: Lake) -> None:
    put(lake, (NOVEL, [said(10, "紫鹃", "是谁？"), said(30, "贾珍", "是谁？", scene=2)]))
    assert curate(lake, CONFIG).fates == {"kept": 2}


def test_another_config_is_work_too(lake: Lake) -> None:
    put(lake, (NOVEL, LINES))
    assert curate(lake, CONFIG).fates == {"kept": 3, "merged": 1, "rejected": 2}
    done = curate(lake, CurateConfig(samples=SampleConfig(kinds=("speech", "thought"))))
    assert (done.done_before, done.fates) == (False, {"kept": 4, "merged": 1, "rejected": 1})


def test_seed_records_go_to_the_seed_split_and_their_copies_elsewhere_are_merged_into_them(lake: Lake) -> None:
    put(lake, (QUIZ, ITEMS[:2]), (replace(document("quiz/zz", "quiz"), seed=True), ITEMS[1:2]))
    curate(lake, CONFIG)
    rows = {(row["source_id"], row["answer"]): row for row in samples(lake).values()}
    assert rows["quiz/zz", "C. 张飞"]["split"] == "seed"
    assert rows["quiz/bank", "C. 张飞"]["duplicate_of"] == rows["quiz/zz", "C. 张飞"]["sample_id"]
    assert rows["quiz/bank", "B. 关羽"]["split"] == "train"


def test_the_turn_before_is_another_speech_of_the_scene(lake: Lake) -> None:
    put(lake, (NOVEL, [
        said(10, "刘备", "未知其详。"),
        said(30, "", "龙", kind="name", scene=1, turn=0),
        said(40, "刘备", "此人莫非疑我？", kind="thought", turn=2),
        said(60, "曹操", "龙能大能小。", turn=3),
        said(90, "曹操", "明日再议。", scene=2),
    ]))  # fmt: skip
    curate(lake, CONFIG)
    asked_for = {
        row["answer"]: row["messages"][0]["content"] for row in samples(lake).values() if row["fate"] == "kept"
    }
    assert asked_for["龙能大能小。"] == "刘备曰：“未知其详。”\n曹操曰："
    assert asked_for["明日再议。"] == "曹操曰："


def test_conversations_are_records_of_their_own(lake: Lake) -> None:
    config = CurateConfig(
        SampleConfig(conversations=ConversationConfig(min_lines=2)), split=SplitConfig(0.0, 0.4), decontaminate=ALIKE
    )
    words = "天地玄黄 宇宙洪荒 日月盈昃 辰宿列张 寒来暑往 秋收冬藏 闰馀成岁 律吕调阳".split()
    lines = [
        said(100 * n + 20 * turn, speaker, f"{word * 2}，{speaker}{turn}言。", scene=n, turn=turn)
        for n, word in enumerate(words, start=1)
        for turn, speaker in enumerate(["曹操", "刘备", "曹操", "刘备"], start=1)
    ]
    put(lake, (NOVEL, lines))
    done = curate(lake, config)
    assert done.fates == {"kept": len(lines) + 16}
    told = lake.connection.execute(
        "SELECT c.character, c.chapter, c.scene, c.turns, len(utterance_ids), s.question_type, s.scene_id = first.scene_id "
        "AND s.split = first.split FROM conversations c JOIN samples s ON s.record_id = c.conversation_id "
        "JOIN samples first ON first.record_id = c.utterance_ids[1] ORDER BY c.scene, c.character"
    ).fetchall()
    assert told == [(who, 1, n, 2, k, "multi_turn", True) for n in range(1, 9) for who, k in (("刘备", 4), ("曹操", 3))]
    before = lake.snapshot()
    assert curate(lake, config).done_before and lake.snapshot() == before
    check_leaks(lake)

    def splits() -> dict[tuple[str, ...], tuple[str, str]]:
        return {
            (row["question_type"], row["character"], row["answer"]): (row["split"], row["cluster_id"])
            for row in samples(lake).values()
        }

    first = splits()
    assert len({split for split, _ in first.values()}) > 1
    moved = [replace(line, char_start=line.char_start + 1, char_end=line.char_end + 1) for line in lines]
    put(lake, (document("novels/sanguo", text="话说　"), moved))
    assert curate(lake, config).change == Change(inserted=len(first), deleted=len(first))
    assert splits() == first
    put(lake, (document("novels/sanguo", text="话说　　"), [replace(line, kind="verse") for line in moved]))
    assert curate(lake, config).fates == {"rejected": len(lines)}
    assert lake.connection.execute("SELECT count(*) FROM conversations").fetchone() == (0,)


# --- decide: the pure part, on generated samples ---


def sample(
    key: str, core: str, scene: str = "", seed: bool = False, task: str = "roleplay", answer: str = ""
) -> Sample:
    return Sample(
        sample_id=key, task=task, question_type="t", record_id=key, document_id="d", source_id="s", novel="", character="",
        messages=(), answer=answer or core, reference=answer or core, scene_id=scene, seed=seed, core=core, refused="",
    )  # fmt: skip


def settled(rows: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    return {row["sample_id"]: (row["split"], row["cluster_id"]) for row in rows if row["fate"] == "kept"}


def windows(count: int, step: int) -> list[str]:
    letters = random.Random(3)
    whole = "".join(chr(0x4E00 + letters.randrange(3000)) for _ in range(100 + step * count))
    return [whole[k * step : k * step + 100] for k in range(count)]


def test_new_rows_that_bridge_train_and_test_are_refused_and_the_old_ones_stay() -> None:
    texts = windows(4, 14)
    half = CurateConfig(split=SplitConfig(valid=0.0, test=0.5), decontaminate=ALIKE)
    old = decide([sample("a", texts[0], answer="a"), sample("d", texts[3], answer="d")], {}, half)
    assert {row["split"] for row in old} == {"train", "test"}
    everything = [sample(key, text, answer=key) for key, text in zip("abcd", texts, strict=True)]
    everything.append(replace(sample("e", texts[2][:20]), joined_to="c"))
    rows = {row["sample_id"]: row for row in decide(everything, settled(old), half)}
    assert [rows["e"][key] for key in ("fate", "reason", "duplicate_of")] == ["rejected", rows["c"]["reason"], ""]
    assert [rows[row["sample_id"]] for row in old] == old
    assert rows["b"]["fate"] == "kept" and rows["b"]["split"] == rows["a"]["split"]
    assert rows["c"]["fate"] == "rejected" and rows["c"]["reason"] == "would straddle test and train (near-duplicate)"
    again = decide(everything, settled(list(rows.values())), half)
    assert {row["sample_id"]: row for row in again} == rows


word = st.sampled_from(["刘备", "曹操", "引兵而去", "大怒曰", "丞相", "使君", "天下英雄", "然", "是"])
drawn = st.lists(
    st.tuples(st.lists(word, min_size=1, max_size=6).map("".join), st.integers(0, 6), st.integers(0, 11).map(lambda n: n == 0)),
    min_size=1, max_size=40,
)  # fmt: skip


@given(drawn, st.randoms(use_true_random=False), st.integers(2, 4))
@settings(max_examples=60, deadline=None)  # the first example loads the casts
def test_growing_in_any_order_moves_nothing_and_leaks_nothing(rows: list, shuffle: random.Random, batches: int) -> None:
    config = CurateConfig(split=SplitConfig(valid=0.2, test=0.3))
    coming = [sample(f"{k:02}", text, f"s{scene}" if scene else "", seed) for k, (text, scene, seed) in enumerate(rows)]
    shuffle.shuffle(coming)
    before: dict[str, dict[str, Any]] = {}
    for batch in range(1, batches + 1):
        here = sorted(coming[: len(coming) * batch // batches], key=lambda s: (not s.seed, s.sample_id))
        made = decide(here, settled(list(before.values())), config)
        assert [row["sample_id"] for row in made] == [s.sample_id for s in here]
        now = {row["sample_id"]: row for row in made}
        for key, row in before.items():
            if row["fate"] == "kept":
                assert now[key] == row
        homes: defaultdict[str, set[str]] = defaultdict(set)
        for row in made:
            assert (row["fate"] == "kept") == bool(row["split"]) == (not row["reason"])
            if row["split"]:
                homes[f"cluster {row['cluster_id']}"].add(row["split"])
                homes[f"scene {row['scene_id'] or row['sample_id']}"].add(row["split"])
        assert all(len(splits) == 1 for splits in homes.values())
        before = now


def test_new_rows_that_bridge_two_clusters_of_one_split_move_no_old_row() -> None:
    texts = windows(4, 14)
    first = [
        sample("d", texts[3], answer="d"),
        sample("m", texts[3] + "也", answer="d"),
        sample("a", texts[0], answer="a"),
    ]
    train = CurateConfig(split=SplitConfig(valid=0.0, test=0.0))
    old = {row["sample_id"]: row for row in decide(first, {}, train)}
    assert {key: (row["fate"], row["cluster_id"]) for key, row in old.items()} == {
        "d": ("kept", "d"), "m": ("merged", "d"), "a": ("kept", "a"),
    }  # fmt: skip
    # What is new is read first, and m is like one of the new rows too.
    grown = [sample("b", texts[1], answer="b"), sample("c", texts[2], answer="d"), first[2], first[0], first[1]]
    rows = list(decision(grown, settled(list(old.values())), train, merged={"m": "d"}).rows)
    now = {row["sample_id"]: row for row in rows}
    assert {key: now[key] for key in old} == old
    assert {now[key]["cluster_id"] for key in "bc"} <= {"a", "d"}
    again = {row["sample_id"]: row for row in decision(grown, settled(rows), train, merged={"m": "d"}).rows}
    assert again == now
