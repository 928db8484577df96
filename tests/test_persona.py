"""eval/persona.py: who falls out of the part, and the ways of speaking that only look like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.persona import PersonaLeaks, persona_leaks

IN_PART = [
    "吾有此志久矣，诸君所言，正合吾意。",
    "我曹操岂是忘恩之人！",
    "曹操在此，谁敢近前？",
    "小可曹操自蒙救护上山，到此连日饮宴。",
    "子曰：“学而时习之，不亦说乎？”",
    "古人云：“养兵千日，用在一时。”汝等休得多言。",
    "兵法有云：‘置之死地而后生。’",
    "他说：‘待我来。’便去了。",
    "这话说得极是，再说便是多余。",
    "且说那皂白原因来我听。",
    "你听我说：此事如此如此。",
    "抱歉得很，我不能饮酒。",
    "你帮我一把。",
    "问得好！答得妙！",
]
NARRATOR = [
    "却说曹兵大败，退三十里下寨。",
    "好！话说天下大势，分久必合。",
    "众人散了。毕竟性命如何，且听下回分解。",
    "后人有诗叹曰。",
    "玄德曰：“备一身如此。”",
    "好。”\n玄德曰：“备一身如此。”",
    "那人笑道：“你来了。”",
    "玄德曰：好。",
]
THIRD = [
    "曹操大怒，拔剑而起。",
    "众官皆散，曹操听了，沉吟半晌。",
    "曹操冷笑一声，不再言语。",
    "曹操点了点头。",
]
ASSISTANT = [
    "作为一个人工智能，我没有感情。",
    "您好，有什么可以帮您的吗？",
    "希望对您有所帮助！",
    "以下是一些建议：",
    "综上所述，应当退兵。",
    "好的。<|im_end|>",
    "好。\n用户：你是谁？",
    "**退兵**",
    "As an AI language model, I cannot.",
]


@pytest.mark.parametrize("text", IN_PART)
def test_in_part(text: str) -> None:
    assert persona_leaks(text, "曹操") == PersonaLeaks(False, False, False)


@pytest.mark.parametrize("text", NARRATOR)
def test_narrator(text: str) -> None:
    assert persona_leaks(text, "曹操") == PersonaLeaks(True, False, False)


@pytest.mark.parametrize("text", THIRD)
def test_third_person(text: str) -> None:
    assert persona_leaks(text, "曹操") == PersonaLeaks(False, True, False)
    assert persona_leaks(text, "刘备") == PersonaLeaks(False, False, False)  # of another he may speak so
    assert persona_leaks(text, "刘备、曹操") == PersonaLeaks(False, True, False)
    assert persona_leaks(text, "") == PersonaLeaks(False, None, False)


@pytest.mark.parametrize("text", ASSISTANT)
def test_assistant(text: str) -> None:
    assert persona_leaks(text, "曹操") == PersonaLeaks(False, False, True)


@given(st.text(max_size=80), st.text(max_size=4))
def test_any_text_is_judged(text: str, character: str) -> None:
    narrator, third, assistant = persona_leaks(text, character)
    assert {type(narrator), type(assistant)} == {bool}
    assert third in (None, True, False)
