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
        # Words that only look like people: places, offices, and what opens with a noun of one character.
        ("石秀挂念宋江，独自一个，行了半月，寻思道：", "石秀"),
        ("李逵便从树林子里跳将出来，大喝：", ""),
        ("宋江手拿石子，喝声道：", "宋江"),
        ("石秀撞至洞前。只见那门上有六个大字，却便站定，高叫道：", "石秀"),
        ("石秀坐着，门上进来回道：", "门上"),
        ("石秀即至台前，上将台，看时道：", "石秀"),
        ("石秀吃了一惊，又将言语分付道：", "石秀"),
        ("宋江先说了备细，后说：", "宋江"),
        ("宋江大惊。众军汉道：", "众军汉"),
        ("中书令徐盛谏曰：", "徐盛"),
        ("那石秀依命，紧随行者，转过山坡，叫声：", "石秀"),
        ("石秀出来见了是宋江，慌忙道：", "石秀"),
        # Who comes into sight goes on to act; who is seen right before the verb does not speak.
        ("玄德甚喜。正饮间，见一大汉推着车子，入店坐下，便唤酒保：", "大汉"),
        ("玄德见一大汉，问曰：", "玄德"),
        ("宋江坐下，只见个巡视军士来报道：", "军士"),
        # 二人 are those named side by side last.
        ("徐盛、丁奉看了，二人齐道：", "徐盛、丁奉"),
        ("却是宋江与吴用来到。两个问道：", "宋江、吴用"),
        ("宋江见了徐盛、丁奉，三人道：", "三人"),
        ("宋江听罢，又见石秀脸红，大怒喝道：", "宋江"),
        ("宋江坐下，又见石秀走来，唱喏道：", "石秀"),
        ("把个香菱急得跳脚，只骂石秀：", "香菱"),
        ("玄德向前一刀，砍下曹操首级，大呼左右：", "玄德"),
        ("宋江吃了几杯酒，想起多亏了石秀，", "宋江"),
        ("宋江次日又调徐盛、丁奉，扮做客人，去城中宿歇，", "宋江"),
        ("玄德来到营中，具言曹操之事，", "玄德"),
        ("宋江大惊。只见飞马又报：", "飞马"),
        ("正说之间，外面人报：", "人"),
        ("忽使人报：", ""),
        ("宋江坐在堂上。殿上喝声：", ""),
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
        ("石秀的脸越发红了，勉强一笑道：", "石秀"),
        ("吴用一拳打去，被石秀拿住，将他推开，喝道：", "石秀"),
        ("宋江看那河水，对岸一彪军到，为首石秀，挺枪大叫：", "石秀"),
        ("宋江坐下。官军未到，便分付道：", "宋江"),
        ("曹军众将都慌了，来告：", "众将"),
        ("那守园门的说道：", "守园门的"),
        ("那伙使枪棒的喝道：", "使枪棒的"),
        ("后面人马赶来，郡中掾吏闵荣，大呼：", "闵荣"),
        ("宋江与吴用陪话道：", "宋江"),
        ("宋江走过官道旁边，叫道：", "宋江"),
        ("只见人来回：", "人"),
        ("又见他戴着花，便笑道：", ""),
        ("门旗里虎将石秀，见了军功，寻思：", "石秀"),
        ("这里石秀也是问吴用：", "石秀"),
        ("那时贾母受了委屈，虽有香菱劝着，心上不安，想道：", "贾母"),
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


@pytest.mark.parametrize(
    ("text", "unseen"),
    [
        ("宋江坐着，只听得门外叫道：", True),
        ("石秀正走，忽背后一队人马赶来，大叫：", True),
        ("宋江正闷，忽报：", True),
        ("宋江听了，叫道：", False),
        ("宋江在马上叫道：", False),
    ],
)
def test_whoever_is_only_heard_is_nobody_who_was_named(text: str, unseen: bool) -> None:
    assert read(text).unseen is unseen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("那贾母天性喜静，他说：", "贾母"),
        ("贾母见他们不来，他便道：", "贾母"),
        ("宋江输了，众人要听曲，他道：", "宋江"),
        ("贾母走来，忽见香菱在树下，他便道：", "贾母"),
        ("他道：", ""),
    ],
)
def test_whom_a_pronoun_stands_for(text: str, expected: str) -> None:
    assert "、".join(m.core for m in read(text).antecedent) == expected


@pytest.mark.parametrize(
    ("text", "asks"),
    [("玄德问其故，答曰：", True), ("玄德见问，答曰：", False), ("玄德问其故，曹操答曰：", False)],
)
def test_who_asks_does_not_answer(text: str, asks: bool) -> None:
    assert read(text).asks is asks


@pytest.mark.parametrize(
    ("text", "expected"), [("玄德问守城人曰：", "守城人"), ("玄德见曹操，问之曰：", "曹操"), ("玄德问曰：", "")]
)
def test_who_is_asked(text: str, expected: str) -> None:
    assert "、".join(m.core for m in read(text).addressee) == expected


def test_one_unknown_character_before_the_verb_is_a_name() -> None:
    assert [read(text).unlisted for text in ("福曰：", "叹曰：", "乃曰：")] == ["福", "", ""]
