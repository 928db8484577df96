"""Rows that could be trained on in; which of them a training set leaves out, and why, out. Pure and seeded."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from corpora.files import stable_id

K = TypeVar("K")

TASKS = ("roleplay", "quiz", "instruct")
QUESTION_TYPES = (
    "single_turn", "multi_turn", "single_choice", "multiple_choice", "true_false", "fill_blank", "short_answer",
    "instruction", "conversation",
)  # fmt: skip


@dataclass(frozen=True)
class Quota:
    """How many rows of one kind are taken."""

    weight: float = 1.0  # share of its rows, 0 to 1
    cap: int = 0  # rows at most; 0: no limit

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= 1 or self.cap < 0:
            raise ValueError(f"weight {self.weight} must be from 0 to 1, and cap {self.cap} at least 0")

    def of(self, rows: int) -> int:
        """How many of so many rows are taken."""
        taken = int(self.weight * rows + 0.5)
        return min(taken, self.cap) if self.cap else taken


@dataclass(frozen=True)
class Sampling:
    """Which rows of the split `train` are taken; `seed`, `valid` and `test` stay whole.

    The limits are applied in the order of the fields, each to what those before it have left. Which rows go is drawn
    by a hash of `seed` and sample_id, so that one row more changes the fate of few others.
    """

    seed: int = 20251121
    characters: dict[str, Quota] = field(default_factory=dict)
    each_character: int = 0  # rows of any one character of a novel at most; 0: no limit
    novels: dict[str, Quota] = field(default_factory=dict)
    question_types: dict[str, Quota] = field(default_factory=dict)
    tasks: dict[str, Quota] = field(default_factory=dict)
    # For a task, the share of its rows that one question type has at most: else the answers of the commonest type set
    # the style of all. Of n types each has 1/n at least.
    largest_type: dict[str, float] = field(default_factory=dict)
    instruct_share: float = 1.0  # of all rows, those of general instructions at most (they guard against forgetting)

    def __post_init__(self) -> None:
        for name, known in (("tasks", TASKS), ("largest_type", TASKS), ("question_types", QUESTION_TYPES)):
            if unknown := sorted(set(getattr(self, name)) - set(known)):
                raise ValueError(f"{name} has {unknown[0]!r}; choose among {', '.join(known)}")
        if self.each_character < 0 or not 0 <= self.instruct_share <= 1:
            raise ValueError("each_character must be at least 0, and instruct_share from 0 to 1")
        if not all(0 < share <= 1 for share in self.largest_type.values()):
            raise ValueError(f"largest_type {self.largest_type} must hold shares above 0 and up to 1")


@dataclass(frozen=True, slots=True)
class Drawable:
    """What the fate of a row depends on."""

    sample_id: str
    task: str
    question_type: str
    novel: str
    character: str


def left_out(rows: Sequence[Drawable], sampling: Sampling) -> dict[str, str]:
    """The reason for each row that is not taken, by sample_id. The same for the same rows in any order."""
    left = sorted(rows, key=lambda row: stable_id(sampling.seed, row.sample_id))
    reasons: dict[str, str] = {}
    for step in _STEPS:
        for row, reason in step(left, sampling):
            reasons[row.sample_id] = reason
        left = [row for row in left if row.sample_id not in reasons]
    return reasons


Fates = Iterator[tuple[Drawable, str]]
Rule = Callable[[Sequence[Drawable], Sampling], Fates]


def _characters(rows: Sequence[Drawable], sampling: Sampling) -> Fates:
    for (_, character), group in _groups(rows, lambda row: (row.novel, row.character)).items():
        if quota := sampling.characters.get(character):
            yield from _beyond(group, quota.of(len(group)), f"character {character}: beyond its weight or cap")
        elif character and sampling.each_character:
            reason = f"beyond {sampling.each_character:,} rows of one character"
            yield from _beyond(group, sampling.each_character, reason)


def _by_quota(label: str, name: Callable[[Drawable], str], quotas: Callable[[Sampling], Mapping[str, Quota]]) -> Rule:
    """Each group of rows that has a quota keeps what its weight and cap let it."""

    def rule(rows: Sequence[Drawable], sampling: Sampling) -> Fates:
        for group_name, group in _groups(rows, name).items():
            if quota := quotas(sampling).get(group_name):
                yield from _beyond(group, quota.of(len(group)), f"{label} {group_name}: beyond its weight or cap")

    return rule


def _balance(rows: Sequence[Drawable], sampling: Sampling) -> Fates:
    for task, group in _groups(rows, lambda row: row.task).items():
        share = sampling.largest_type.get(task, 1.0)
        kinds = _groups(group, lambda row: row.question_type)
        level = highest_level([len(members) for members in kinds.values()], share)
        for kind, members in kinds.items():
            yield from _beyond(members, level, f"question type {kind}: beyond {share:.0%} of {task}")


def _instructions(rows: Sequence[Drawable], sampling: Sampling) -> Fates:
    general = [row for row in rows if row.task == "instruct"]
    share, others = sampling.instruct_share, len(rows) - len(general)
    if share < 1:
        room = int(share / (1 - share) * others + 1e-9)
        yield from _beyond(general, room, f"general instructions: beyond {share:.0%} of all rows")


_STEPS: tuple[Rule, ...] = (
    _characters,
    _by_quota("novel", lambda row: row.novel, lambda sampling: sampling.novels),
    _by_quota("question type", lambda row: row.question_type, lambda sampling: sampling.question_types),
    _by_quota("task", lambda row: row.task, lambda sampling: sampling.tasks),
    _balance,
    _instructions,
)


def highest_level(sizes: Sequence[int], share: float) -> int:
    """The most rows of any one type such that none, cut to so many, has more than `share` of what is left of all.

    highest_level([900, 100, 50], 0.5) → 150
    """
    share = max(share, 1 / max(len(sizes), 1))
    low, high = 0, max(sizes, default=0)
    while low < high:  # what is over the share at some level is so at every higher one
        level = (low + high + 1) // 2
        if level <= share * sum(min(size, level) for size in sizes) + 1e-9:
            low = level
        else:
            high = level - 1
    return low


def _groups(rows: Sequence[Drawable], key: Callable[[Drawable], K]) -> dict[K, list[Drawable]]:
    found: defaultdict[K, list[Drawable]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def _beyond(group: Sequence[Drawable], taken: int, reason: str) -> Fates:
    return ((row, reason) for row in group[taken:])
