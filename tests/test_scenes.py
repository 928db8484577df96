"""Conversations cut apart, and the other party of an exchange."""

from extractors.scenes import Exchange, Turn, addressees, cut_scenes


def test_scenes_are_cut_at_markers_and_long_narration() -> None:
    text = "“一”甲“二”" + "叙" * 300 + "“三”。次日，“四”又“五”"
    spans = [(i, i + 3) for i, c in enumerate(text) if c == "“"]
    assert cut_scenes(spans, text, 0) == [Turn(1, 1), Turn(1, 2), Turn(2, 1), Turn(3, 1), Turn(3, 2)]


def test_addressees() -> None:
    def turn(speaker: str, named: str = "", reacts: str = "", scene: int = 1, gap: int = 3) -> Exchange:
        return Exchange(speaker, named, reacts, scene, gap)

    assert addressees([turn("甲"), turn("乙"), turn("甲")]) == ["乙", "甲", "乙"]
    assert addressees([turn("甲", named="丙"), turn("甲")]) == ["丙", "丙"]
    assert addressees([turn("甲"), turn("乙", scene=2)]) == ["", ""]
    assert addressees([turn("甲", reacts="丙"), turn("乙", gap=200)]) == ["", ""]
    assert addressees([turn("甲"), turn("乙", reacts="丙"), turn("丙")]) == ["乙", "", "乙"]
    assert addressees([turn("甲"), turn("乙", gap=99), turn("丙")]) == ["", "丙", "乙"]
    assert addressees([turn("")]) == [""]
