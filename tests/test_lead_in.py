"""Who acts and who is spoken to, through lead-ins short and long."""

import pytest

from extractors.lead_in import LeadIn, parse_lead_in, speaker_words
from extractors.mentions import MentionFinder

FINDER = MentionFinder(
    ["刘备", "玄德", "曹操", "操", "徐盛", "丁奉", "宋江", "吴用", "贾母", "香菱", "多闻天王", "石秀"]
)


def read(text: str) -> LeadIn:
    return parse_lead_in(text, FINDER)


def subject(text: str) -> str:
    return "、".join(m.core for m in read(text).subject)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("玄德曰：", "玄德"),
        ("玄德听了，大惊，谓左右曰：", "玄德"),
        ("玄德见曹操兵到，大惊，谓左右曰：", "玄德"),
        ("曹操来见玄德曰：", "曹操"),
        ("玄德问曹操，操曰：", "操"),
        ("徐盛、丁奉自思：", "徐盛、丁奉"),
        ("宋江与吴用商议道：", "宋江"),
        ("宋江和吴用都道：", "宋江、吴用"),
        ("只见一个老者出来道：", "老者"),
        ("忽抬头，见多闻天王向前施礼道：", "多闻天王"),
        ("被贾母照脸啐了一口，骂道：", "贾母"),
        ("倒把香菱急得脸胀通红，说是：", "香菱"),
        ("宋江使石秀去探路。不多时，回来报道：", "石秀"),
        ("宋江看那老人时，似年近六旬，走将出来，喝问庄客：", "老人"),
        ("宋江听得玄德说道：", "玄德"),
        ("那外藩听了，知是世代勋戚，便说：", "外藩"),
        ("又唤宋江：", ""),
        ("又道：", ""),
    ],
)
def test_subject(text: str, expected: str) -> None:
    assert subject(text) == expected


@pytest.mark.parametrize(
    ("text", "cue", "addressee"),
    [
        ("玄德对曹操说道：", "说道", "曹操"),
        ("玄德谓左右曰：", "曰", "左右"),
        ("宋江便唤石秀：", "", "石秀"),
        ("玄德冷笑道：", "冷笑道", ""),
        ("宋江把吴用扶起，道：", "道", ""),
    ],
)
def test_cue_and_addressee(text: str, cue: str, addressee: str) -> None:
    lead = read(text)
    assert (lead.cue, "、".join(m.core for m in lead.addressee)) == (cue, addressee)


def test_offsets_are_within_the_lead_in() -> None:
    text = "话说当时，玄德大惊，谓曹操曰："
    lead = read(text)
    assert text[lead.subject[0].start : lead.subject[0].end] == "玄德"
    assert lead.cue_start is not None and text[lead.cue_start :].startswith("曰")
    assert (lead.distance, lead.crossed, lead.colon) == (1, False, True)


def test_names_in_inset_verse_do_not_act() -> None:
    assert subject("宋江有诗赞曰：\n\n玄德真英雄。\n\n看毕，笑道：") == "宋江"


@pytest.mark.parametrize(
    ("tail", "expected"),
    [("冯紫英也笑道", "冯紫英"), ("那薛蟠忙道", "薛蟠"), ("又笑道", ""), ("对宝玉道", ""), ("天色已晚", "")],
)
def test_speaker_words(tail: str, expected: str) -> None:
    assert speaker_words(tail) == expected


def test_long_runs_of_adverbs_are_read_in_linear_time() -> None:
    assert subject("大笑" * 4000 + "甲，道：") == ""
