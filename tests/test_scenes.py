"""Conversations cut apart: by a new time or thread, by long narration, and by other company."""

from extractors.scenes import Turn, cut_scenes


def spans(text: str) -> list[tuple[int, int]]:
    return [(i, i + 3) for i, c in enumerate(text) if c == "“"]


def test_scenes_are_cut_at_markers_and_long_narration() -> None:
    text = "“一”甲“二”" + "叙" * 300 + "“三”。次日，“四”又“五”"
    assert cut_scenes(spans(text), text, 0) == [Turn(1, 1), Turn(1, 2), Turn(2, 1), Turn(3, 1), Turn(3, 2)]


def test_a_word_that_only_looks_like_a_marker_does_not_cut() -> None:
    text = "“一”。只说了这一句，众人都笑。“二”"
    assert cut_scenes(spans(text), text, 0) == [Turn(1, 1), Turn(1, 2)]


def test_other_company_after_a_paragraph_opens_a_scene() -> None:
    text = "“一”“二”" + "叙" * 60 + "\n" + "叙" * 60 + "“三”“四”"
    assert cut_scenes(spans(text), text, 0, ["甲", "乙", "丙", "丁"])[2:] == [Turn(2, 1), Turn(2, 2)]
    assert cut_scenes(spans(text), text, 0, ["甲", "乙", "丙", "甲"])[2:] == [Turn(1, 3), Turn(1, 4)]


def test_a_poem_between_the_same_people_does_not_cut() -> None:
    text = "“一”“二”好一场恶斗：\n\n" + "诗" * 300 + "\n\n“三”“四”"
    assert cut_scenes(spans(text), text, 0, ["甲", "乙", "甲", "乙"])[2:] == [Turn(1, 3), Turn(1, 4)]
    assert cut_scenes(spans(text), text, 0, ["甲", "乙", "丙", "丁"])[2:] == [Turn(2, 1), Turn(2, 2)]
