"""Unnamed figures of a scene in, who they turn out to be out."""

from extractors.identity import Heard, reveal
from extractors.mentions import Mention
from extractors.speaker import HEARD, Voice

SAYS = {
    0: "壮士为何叹气？",
    1: "某姓何，名远，字子行。",
    2: "在下赶路。",
    3: "小人姓周，名铁。",
    4: "正是小人。",
    5: "壮士姓甚名谁？",
    6: "此人姓李名安。",
    7: "小人有个哥哥，姓李名安。",
}


def voice(speaker: str, addressee: str = "") -> Voice:
    return Voice(speaker, speaker, 0, "subject", 0.9, addressee)


def named(*speakers: str, scenes: tuple[int, ...] | None = None) -> list[str]:
    told = reveal(
        [voice(name) for name in speakers],
        scenes or (1,) * len(speakers),
        lambda i: Heard(SAYS[i], "", 0, ()),
        lambda alias: "",
    )
    return [one.speaker for one in told]


def test_two_strangers_of_one_scene_stay_two() -> None:
    assert named("一人", "其人", "沈青", "其人", "其人") == ["何远", "何远", "沈青", "周铁", "周铁"]


def test_before_anybody_is_named_the_next_revelation_counts() -> None:
    assert named("其人", "其人", "沈青") == ["何远", "何远", "沈青"]


def test_another_scene_has_another_stranger() -> None:
    assert named("那人", "其人", "沈青", "那人", "那人", scenes=(1, 1, 1, 2, 3)) == [
        "那人",
        "何远",
        "沈青",
        "周铁",
        "那人",
    ]


def test_whom_somebody_speaks_to_is_named_too() -> None:
    told = reveal(
        [voice("沈青", "其人"), voice("其人", "沈青")],
        (1, 1),
        lambda i: Heard(SAYS[i], "", 0, ()),
        lambda alias: "",
    )
    assert [(one.speaker, one.addressee) for one in told] == [("沈青", "何远"), ("何远", "沈青")]


def test_who_asks_for_a_name_or_tells_of_another_is_not_called_so() -> None:
    assert named("那人", "沈青", "那人", "那人", "沈青", "那人", "那人", "那人")[5:] == ["周铁"] * 3
    told = reveal([voice("那人")] * 3, (1, 1, 1), lambda i: Heard(SAYS[5 + i], "", 0, ()), lambda alias: "")
    assert [one.speaker for one in told] == ["那人"] * 3


def test_a_voice_from_outside_is_whose_it_turns_out_to_be() -> None:
    heard = Voice("", "", None, HEARD, 0.1, "")
    who = Mention(10, 12, "沈青", "沈青", "name")
    told = reveal(
        [heard, heard._replace(rule="nobody named")],
        (1, 1),
        lambda i: Heard("快走！", "众人回头看时，却是沈青。", 0, (who,)),
        lambda alias: alias,
    )
    assert [(one.speaker, one.rule) for one in told] == [("沈青", "shown afterwards"), ("", "nobody named")]
