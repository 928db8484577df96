"""What a training set leaves out: by weight, by cap, by balance, always the same, never without a reason."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.sampling import QUESTION_TYPES, Drawable, Quota, Sampling, highest_level, left_out


def rows(count: int, task: str, kind: str, novel: str = "", character: str = "") -> list[Drawable]:
    return [Drawable(f"{task}{kind}{novel}{character}{k:04}", task, kind, novel, character) for k in range(count)]


LINES = [
    *rows(60, "roleplay", "single_turn", "三国演义", "曹操"), *rows(30, "roleplay", "single_turn", "三国演义", "刘备"),
    *rows(20, "roleplay", "multi_turn", "西游记", "孙悟空"),
]  # fmt: skip
QUIZ = [*rows(90, "quiz", "single_choice"), *rows(10, "quiz", "true_false"), *rows(5, "quiz", "fill_blank")]
TALKS = rows(50, "instruct", "instruction")
ALL = [*LINES, *QUIZ, *TALKS]


def reasons(sampling: Sampling, among: list[Drawable] = ALL) -> dict[str, int]:
    return dict(Counter(left_out(among, sampling).values()))


@pytest.mark.parametrize(
    ("sampling", "counts"),
    [
        (Sampling(), {}),
        (Sampling(tasks={"quiz": Quota(0.5)}), {"task quiz: beyond its weight or cap": 52}),
        (Sampling(tasks={"quiz": Quota(cap=5)}), {"task quiz: beyond its weight or cap": 100}),
        (Sampling(tasks={"quiz": Quota(0.0)}), {"task quiz: beyond its weight or cap": 105}),
        (Sampling(question_types={"single_turn": Quota(0.9, 70)}), {"question type single_turn: beyond its weight or cap": 20}),
        (Sampling(novels={"三国演义": Quota(0.1)}), {"novel 三国演义: beyond its weight or cap": 81}),
        (Sampling(characters={"曹操": Quota(cap=50)}, each_character=25),
         {"character 曹操: beyond its weight or cap": 10, "beyond 25 rows of one character": 5}),
        (Sampling(largest_type={"quiz": 0.5}), {"question type single_choice: beyond 50% of quiz": 75}),
        (Sampling(largest_type={"instruct": 0.1}), {}),  # a single type is all of its task
        (Sampling(instruct_share=0.1), {"general instructions: beyond 10% of all rows": 50 - 23}),
        (Sampling(instruct_share=0.0), {"general instructions: beyond 0% of all rows": 50}),
        (Sampling(tasks={"roleplay": Quota(cap=10)}, largest_type={"quiz": 0.5}, instruct_share=0.5),
         {"task roleplay: beyond its weight or cap": 100, "question type single_choice: beyond 50% of quiz": 75,
          "general instructions: beyond 50% of all rows": 10}),
    ],
)  # fmt: skip
def test_so_many_are_left_out_for_that_reason(sampling: Sampling, counts: dict[str, int]) -> None:
    assert reasons(sampling) == counts


def test_the_draw_depends_on_the_seed_and_on_nothing_else() -> None:
    sampling = Sampling(tasks={"roleplay": Quota(0.5)}, largest_type={"quiz": 0.6}, instruct_share=0.2)
    shuffled = ALL[:]
    random.Random(1).shuffle(shuffled)
    first = left_out(ALL, sampling)
    assert left_out(shuffled, sampling) == first
    assert left_out(ALL, replace(sampling, seed=2)) != first
    more = [*ALL, *rows(1, "roleplay", "single_turn", "水浒传", "宋江")]
    assert len(set(left_out(more, sampling)) ^ set(first)) <= 3


@given(st.lists(st.integers(0, 60), max_size=6), st.floats(0.05, 1))
def test_the_highest_level_is_the_highest(sizes: list[int], share: float) -> None:
    level = highest_level(sizes, share)
    reach = max(share, 1 / max(len(sizes), 1))

    def fits(level: int) -> bool:
        return level <= reach * sum(min(size, level) for size in sizes) + 1e-9

    assert fits(level) and 0 <= level <= max(sizes, default=0)
    assert level == max(sizes, default=0) or not fits(level + 1)


drawn_rows = st.lists(
    st.tuples(st.sampled_from(["roleplay", "quiz", "instruct"]), st.sampled_from(QUESTION_TYPES[:3]), st.sampled_from("甲乙")),
    max_size=60,
)  # fmt: skip
quotas = st.builds(Quota, st.floats(0, 1), st.integers(0, 20))


@given(drawn_rows, st.dictionaries(st.sampled_from(["roleplay", "quiz"]), quotas), st.floats(0.2, 1), st.floats(0, 0.9))
def test_limits_hold_together(drawn: list, tasks: dict[str, Quota], largest: float, instruct: float) -> None:
    made = [Drawable(f"{k}", task, kind, "n", name) for k, (task, kind, name) in enumerate(drawn)]
    sampling = Sampling(tasks=tasks, largest_type={"quiz": largest}, instruct_share=instruct, each_character=15)
    gone = left_out(made, sampling)
    left = [row for row in made if row.sample_id not in gone]
    assert all(gone.values())
    by_task = Counter(row.task for row in left)
    for task, quota in tasks.items():
        assert by_task[task] <= quota.of(sum(row.task == task for row in made))
    assert by_task["instruct"] <= instruct * len(left) + 1e-6
    assert max(Counter(row.character for row in left).values(), default=0) <= 15
    kinds = Counter(row.question_type for row in left if row.task == "quiz")
    assert max(kinds.values(), default=0) <= max(largest, 1 / max(len(kinds), 1)) * by_task["quiz"] + 1e-6


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"tasks": {"roleply": Quota()}}, "tasks has 'roleply'; choose among roleplay, quiz, instruct"),
        ({"question_types": {"riddle": Quota()}}, "question_types has 'riddle'"),
        ({"largest_type": {"quiz": 0.0}}, "must hold shares above 0"),
        ({"instruct_share": 1.5}, "instruct_share from 0 to 1"),
        ({"each_character": -1}, "each_character must be at least 0"),
    ],
)
def test_what_is_refused(fields: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Sampling(**fields)
    for quota in ((-0.1, 0), (1.1, 0), (1.0, -1)):
        with pytest.raises(ValueError, match="must be from 0 to 1"):
            Quota(*quota)
