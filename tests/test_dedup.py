"""Which items are the same, which are only alike, and that alike ones never end in two splits."""

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.dedup import Item, Verdict, deduplicate
from warehouse.near import NearConfig
from warehouse.normalise import normalise

CONFIG = NearConfig()
LONG = "却说董卓字仲颖，陇西临洮人也，官拜河东太守，自来骄傲。当日怠慢了玄德，张飞性发，便欲杀之。玄德与关公急止之。"


def judge(*items: Item) -> dict[str, Verdict]:
    return deduplicate([replace(item, text=normalise(item.text)) for item in items], CONFIG)


def text_of(seed: int, length: int) -> str:
    letters = random.Random(seed)
    return "".join(chr(0x4E00 + letters.randrange(3000)) for _ in range(length))


def test_equal_words_merge_whatever_their_marks_and_script() -> None:
    assert judge(
        Item("a", "g", "天下大势，分久必合。", "合"),
        Item("b", "g", "天下大勢：分久必合！", "合"),
        Item("c", "g", "　天下大势分久必合", "合"),
    ) == {
        "a": Verdict("a"),
        "b": Verdict("a", "a", "same text as a"),
        "c": Verdict("a", "a", "same text as a"),
    }


def test_one_character_texts_are_handled_exactly() -> None:
    assert judge(
        Item("a", "g", "是。", "是。"),
        Item("b", "g", "然。", "然。"),
        Item("c", "g", "是！", "是！"),
        Item("d", "g", "善", "善"),
    ) == {"a": Verdict("a"), "b": Verdict("b"), "c": Verdict("a", "a", "same text as a"), "d": Verdict("d")}


def test_long_near_copies_merge_only_when_the_answer_agrees() -> None:
    near = LONG.replace("陇西", "陇右")
    verdicts = judge(
        Item("a", "g", LONG, "董卓"),
        Item("b", "g", near, "董卓。"),
        Item("c", "g", near.replace("自来", "向来"), "张飞"),
    )
    assert verdicts["a"] == Verdict("a")
    assert verdicts["b"].duplicate_of == "a" and verdicts["b"].reason.startswith("near-duplicate of a, similarity 0.8")
    assert verdicts["c"] == Verdict("a")  # the same cluster, hence the same split, but a row of its own


def test_answers_that_differ_in_one_character_do_not_agree() -> None:
    verdicts = judge(
        Item("a", "g", LONG, "一共是十二人马"), Item("b", "g", LONG.replace("当日", "是日"), "一共是十三人马")
    )
    assert verdicts == {"a": Verdict("a"), "b": Verdict("a")}


def test_short_near_copies_share_a_cluster_and_stay() -> None:
    assert judge(Item("a", "g", "吾乃常山赵子龙也", "吾"), Item("b", "g", "我乃常山赵子龙也", "吾")) == {
        "a": Verdict("a"),
        "b": Verdict("a"),
    }


def test_exact_items_merge_only_when_equal() -> None:
    near = LONG.replace("急止", "不止")
    assert judge(
        Item("a", "quiz", LONG, "A", exact=True),
        Item("b", "quiz", near, "A", exact=True),
        Item("c", "quiz", LONG + "！", "A", True),
    ) == {"a": Verdict("a"), "b": Verdict("a"), "c": Verdict("a", "a", "same text as a")}


def test_equal_texts_of_two_groups_stay_and_are_tied() -> None:
    assert judge(
        Item("a", "roleplay", "是", "是"), Item("b", "instruct", "是。", "是"), Item("c", "roleplay", "是", "是")
    ) == {
        "a": Verdict("a"),
        "b": Verdict("a"),
        "c": Verdict("a", "a", "same text as a"),
    }


def test_settled_items_never_merge_into_a_near_copy() -> None:
    verdicts = judge(
        Item("a", "g", LONG, "x", split="train"), Item("b", "g", LONG.replace("当日", "是日"), "x", split="train")
    )
    assert verdicts == {"a": Verdict("a"), "b": Verdict("a")}


def test_a_new_item_between_two_splits_is_tied_to_neither() -> None:
    whole = text_of(1, 130)
    verdicts = judge(
        Item("a", "g", whole[:100], "1", split="train"),
        Item("b", "g", whole[28:128], "2", split="test"),
        Item("c", "g", whole[14:114], "3"),
        Item("d", "g", whole[14:114] + "终", "4"),  # like c
    )
    assert verdicts["c"].straddles == verdicts["d"].straddles == "test and train"
    assert [verdicts[key].cluster for key in "abcd"] == ["a", "b", "c", "d"]


def test_a_chain_of_new_items_unites_no_two_splits() -> None:
    whole = text_of(2, 150)
    verdicts = judge(
        Item("a", "g", whole[:100], "1", split="train"),
        Item("z", "g", whole[42:142], "2", split="test"),
        Item("b", "g", whole[14:114], "3"),  # like a
        Item("y", "g", whole[28:128], "4"),  # like b and z
    )
    assert [verdicts[key].cluster for key in "azby"] == ["a", "z", "a", "y"]
    assert verdicts["y"].straddles == "test and train"


words = st.lists(st.sampled_from(["刘备", "曹操", "孙权", "引兵", "而去", "大怒"]), min_size=1, max_size=8).map("".join)


@given(st.lists(st.tuples(words, st.sampled_from(["是", "然"]), st.sampled_from(["", "train", "test"])), max_size=12))
@settings(max_examples=80)
def test_every_item_gets_a_verdict_and_every_merge_leads_to_a_kept_one(rows: list[tuple[str, str, str]]) -> None:
    rows.sort(key=lambda row: not row[2])  # settled ones first
    items = [Item(str(k), "g", text, answer, split=split) for k, (text, answer, split) in enumerate(rows)]
    verdicts = deduplicate(items, CONFIG)
    assert set(verdicts) == {item.item_id for item in items}
    order = [item.item_id for item in items]
    for key, verdict in verdicts.items():
        assert bool(verdict.duplicate_of) == bool(verdict.reason)
        if verdict.duplicate_of:
            assert order.index(verdict.duplicate_of) < order.index(key)
            assert verdicts[verdict.duplicate_of].cluster == verdict.cluster
        assert order.index(verdict.cluster) <= order.index(key)
    assert deduplicate(items, CONFIG) == verdicts
