"""What a novel says to a question: hand-written passages, whole rows, and the bundled sample."""

from collections import Counter
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import document

from corpora.load import load_document
from corpora.numerals import read_number
from corpora.registry import load_registry
from extractors.extract import extract
from extractors.records import Question
from warehouse.evidence.check import Checked, check
from warehouse.evidence.claims import Claim, claim_of
from warehouse.evidence.highlight import highlights
from warehouse.evidence.index import build_index
from warehouse.evidence.letters import bare, fold, fold_evenly, letters_of
from warehouse.evidence.novel import Novel, novel_of, open_novel
from warehouse.evidence.numbers import number_variants
from warehouse.evidence.outside import Outside
from warehouse.evidence.passages import Passage, cut_passages
from warehouse.evidence.support import EvidenceConfig, Finding, judge_options, judge_words, too_weak
from warehouse.evidence.weigh import Weighed

TEXT = """第一回 庄前种桃
却说玄德住在楼桑村，屋后有一株大桑树，高五丈余。玄德与母亲织席为业，每日挑席到集上去卖，换米二斗。
这日下雨，玄德在桥头遇见一个卖酒的黑汉，便是张飞。张飞道：“俺家后园有桃花三百株，明日请来吃酒。”
第二回 月下借马
且说关羽推车到庄前，车上装着绿豆。曹操正在庄里磨刀，听得狗叫，提刀出门，喝问：“何人推车？”关羽答道：“某是卖豆的。”
曹操借了关羽一匹黄骠马，骑到洛阳，献与王允。王允大喜，赏曹操白金十八斤。
次日孙权在江边钓鱼，钓得一尾金鲤，重十二斤，放在船头。鲁肃见了，劝孙权放生。孙权不听，叫人煮了。
"""
PEOPLE = {"A": "关羽", "B": "张飞", "C": "曹操", "D": "孙权"}
MET = "与刘备在桥头相遇的卖酒人是谁？"
CARP = "鲁肃看见孙权钓得金鲤以后怎样了？"


@pytest.fixture(scope="module")
def novel() -> Novel:
    return open_novel(document("novels/hand", text=TEXT, novel="三国演义"))


def asked(
    kind: str, stem: str, answer: Any, options: dict[str, str] | None = None, novel: str = "三国演义"
) -> dict[str, Any]:
    return {"type": kind, "stem": stem, "options": options or {}, "answer": answer, "novel": novel}


def test_letters_are_folded_for_comparison() -> None:
    assert fold("孫悟空會７２變，重13500斤！") == "孙悟空会七十二变,重一万三千五百斤!"
    assert bare("“曹操”（字 孟德）") == "曹操字孟德"
    assert number_variants("三天") == ["三天", "三日"]
    assert number_variants("一百零八位")[0] == "一百零八位" and "一百单八" in number_variants("一百零八位")
    assert number_variants("曹操") == ["曹操"]


@given(st.integers(0, 99_999_999))
def test_a_number_in_digits_is_folded_to_what_it_says(number: int) -> None:
    assert read_number(fold(str(number))) == number


@given(st.text("曹操，刘備乾１2。\n a〇魏徵", max_size=30))
def test_every_letter_leads_back_to_its_character(text: str) -> None:
    letters = letters_of(text)
    assert "".join(map(chr, letters.codes)) == "".join(c for c in fold_evenly(text) if c.isalnum())
    assert [fold_evenly(text[at]) for at in letters.offsets] == list(map(chr, letters.codes))
    assert len(fold_evenly(text)) == len(text)


@given(st.text("甲乙丙，", max_size=40), st.text("甲乙丙", min_size=1, max_size=4))
def test_the_index_finds_what_a_search_finds(text: str, phrase: str) -> None:
    letters = bare(text)
    naive = [at for at in range(len(letters)) if letters.startswith(phrase, at)]
    assert build_index(text).find(phrase).tolist() == naive


@given(st.text("甲乙。；\n”", max_size=900))
def test_passages_are_the_whole_text_and_none_spans_two_paragraphs(text: str) -> None:
    starts = cut_passages(text).tolist()
    parts = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    assert "".join(parts) == text and starts == sorted(set(starts))
    assert not any("\n" in part.rstrip("\n") for part in parts)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (asked("single_choice", MET, "b", PEOPLE), Claim("options", MET, PEOPLE, ("B",), False, None)),
        (
            asked("single_choice", "下列没有到过江边的是谁？", "A", PEOPLE),
            Claim("options", "下列没有到过江边的是谁？", PEOPLE, ("A",), True, None),
        ),
        (
            asked("fill_blank", "孙权钓得____，重____斤。", ["金鲤", "十二"]),
            Claim("words", "孙权钓得____，重____斤。", {}, ("金鲤", "十二"), False, None),
        ),
        (asked("true_false", "曹操借马。", "True"), Claim("statement", "曹操借马。", {}, ("true",), False, None)),
        (
            asked("multiple_choice", "人物与绰号对应正确的有", "AB", {"A": "宋江——及时雨", "B": "花荣：小李广"}),
            Claim("pairs", "人物与绰号对应正确的有", {"A": "宋江——及时雨", "B": "花荣：小李广"}, ("A", "B"), False, None),
        ),
        (
            asked("single_choice", "下列说法错误的一项是", "A", PEOPLE),
            Claim("statements", "下列说法错误的一项是", PEOPLE, ("A",), True, None),
        ),
        (asked("short_answer", "何人？", None), Claim("words", "何人？", {}, (), False, Outside("it has no answer"))),
    ],
)  # fmt: skip
def test_what_a_question_claims(question: dict[str, Any], expected: Claim) -> None:
    assert claim_of(question) == expected


@pytest.mark.parametrize(
    ("stem", "answer", "about"),
    [
        ("《三国演义》的作者是____。", "罗贯中", "it asks about the author or the making of the book"),
        ("这部小说是谁写的？", "曹雪芹", "it asks about the author or the making of the book"),
        ("歇后语：周瑜打黄盖——____", "一个愿打，一个愿挨", "it asks about words"),
        ("屡试不中（名一）", "白胜", "it asks about words"),
        ("简析曹操的性格。", "多疑", "it asks about literature"),
        ("87版电视剧里演黛玉的是谁？", "陈晓旭", "it asks about stage or screen"),
        ("正史中斩华雄的是谁？", "孙坚", "it asks about history"),
    ],
)  # fmt: skip
def test_what_no_novel_tells(novel: Novel, stem: str, answer: str, about: str) -> None:
    (found,) = check([asked("short_answer", stem, answer)], [novel])
    assert (found.support, found.reason) == ("unknown", f"{about}, which the novel does not tell")


def test_an_answer_near_the_question_is_supported_by_whatever_name_people_go(novel: Novel) -> None:
    assert check([asked("single_choice", MET, "B", PEOPLE)], [novel]) == [
        Checked(
            "supported",
            "nearest to the question's words: 关羽 -1.1、张飞 +0.8、曹操 -1.5、孙权 -2.4",
            novel.document_id,
            (Passage(59, 108, 1, 53.77), Passage(9, 58, 1, 49.28), Passage(118, 177, 2, 35.89)),
        )
    ]
    assert TEXT[59:108].startswith("这日下雨，玄德在桥头")  # the question says 刘备


@pytest.mark.parametrize(
    ("question", "support", "reason"),
    [
        (asked("single_choice", MET, "D", PEOPLE), "contradicted", "张飞 is nearer: "),
        (asked("fill_blank", "王允賞曹操白金____斤。", ["18"]), "supported", "near the question's words: 18 "),
        (asked("fill_blank", "王允赏曹操白金____斤。", ["30"]), "unsupported", "30 does not stand in the novel"),
        (asked("fill_blank", "孙权钓得____，重____斤。", ["金鲤", "十二"]), "supported", "near the question's words: 金鲤 "),
        (asked("fill_blank", "孙权钓得____，重____斤。", ["金鲤"]), "unsupported", "it has 2 blanks, and words for 1"),
        (asked("true_false", "孙权在江边钓鱼，钓得的金鲤重十二斤。", "true"), "supported", "the novel has it so: 孙权 "),
        (asked("true_false", "孙权在江边钓鱼，钓得的金鲤重八十斤。", "true"), "contradicted",
         "the novel has it otherwise: 十二斤, not 八十斤"),
        (asked("true_false", "孙权在江边钓鱼，钓得的金鲤重八十斤。", "false"), "supported",
         "the novel has it otherwise: 十二斤, not 八十斤"),
        (asked("true_false", "孙权没有在江边钓鱼。", "false"), "unknown", "a denial: "),
        (asked("true_false", "玄德是刘备的字。", "true"), "supported", "both names are of one person, as the cast has it"),
        (asked("true_false", "翼德是刘备的字。", "true"), "contradicted", "the names are of two people, as the cast has it"),
        (asked("fill_blank", "刘备，字____。", ["玄德"]), "supported", "near the question's words: 玄德 +15.0"),
        (asked("multiple_choice", "孙权钓鱼那天在江边的有哪些人？", "AB", {"A": "鲁肃", "B": "孙权", "C": "王允"}),
         "supported", "nearest to the question's words: "),
        (asked("single_choice", "下列人物没有到过江边的是谁？", "C", {"A": "鲁肃", "B": "孙权", "C": "王允"}), "supported",
         "farthest from the question's words: "),
        (asked("multiple_choice", "人物与事情对应正确的有", "AB", {"A": "张飞——卖酒", "B": "关羽——推车", "C": "鲁肃——磨刀"}),
         "supported", "nearest to the question's words: "),
        (asked("short_answer", CARP, "他劝孙权把鱼放生，孙权没有听，叫人把鱼煮了。"), "supported",
         "the novel tells of it where it tells of the question: "),
        (asked("short_answer", CARP, "他推着车子到庄前去卖绿豆，听得狗叫便停下来。"), "unsupported",
         "the novel tells of it elsewhere than of the question: "),
        (asked("single_choice", MET, "B", PEOPLE, novel="西游记"), "unknown", "《西游记》 is not in the warehouse"),
        (asked("single_choice", "哪种动物三年不吃？", "A", {"A": "蜗牛", "B": "猪"}, novel=""), "unknown",
         "it names no novel in the warehouse, nor people of one alone"),
        (asked("single_choice", "事情先后排列正确的是", "A", {"A": "①②③", "B": "②①③"}), "unknown",
         "its options are numbers of what the stem lists, which are not judged"),
        (asked("single_choice", "①借马献与王允 ②屋后有一株大桑树 ③劝孙权放生 按先后顺序排列正确的是", "B",
               {"A": "①②③", "B": "②①③", "C": "③①②"}), "supported", "nearest to the question's words: ①②③ +1.0、②①③ +3.0"),
        (asked("single_choice", "按情节的先后顺序排列正确的是", "A",
               {"A": "借马献与王允→屋后大桑树→劝孙权放生", "B": "屋后大桑树→借马献与王允→劝孙权放生"}), "contradicted", "屋后"),
        (asked("single_choice", "孙权在江边钓得金鲤，写在第几回？", "B", {"A": "第一回", "B": "第二回"}), "supported",
         "nearest to the question's words: "),
        (asked("fill_blank", "孙权在江边钓得金鲤，写在第____回。", ["1"]), "unsupported", "not nearer "),
        (asked("fill_blank", "孙权在江边钓得金鲤，写在第____回。", ["2"]), "supported", "near the question's words: 2 "),
        (asked("fill_blank", "孙权钓鱼，鲁肃劝他；“翼德”是____。", ["张飞"]), "supported", "near the question's words: 张飞 +15.0"),
        (asked("fill_blank", "孙权在江边钓得____。", ["锦鳞（或金鲤）"]), "supported", "near the question's words: 金鲤 "),
        (asked("fill_blank", "王允赏曹操____十八斤。", ["白金（2分）"]), "supported", "near the question's words: 白金 "),
        (asked("single_choice", "桥头的酒客刘备又叫什么？", "A", {"A": "玄德", "B": "刘使君"}), "supported",
         "nearest to the question's words: "),
    ],
)  # fmt: skip
def test_verdicts_with_their_reasons(novel: Novel, question: dict[str, Any], support: str, reason: str) -> None:
    (found,) = check([question], [novel])
    assert found.support == support
    assert found.reason.startswith(reason)


def test_a_question_quoting_the_novel_is_not_outside_it() -> None:
    text = (
        "第一回 题石\n后有一绝云：“满纸荒唐言，一把辛酸泪。都云作者痴，谁解其中味？”\n" + "石头无言，流水不语。\n" * 40
    )
    novel = open_novel(document("novels/stone", text=text, novel="石头"))
    question = asked("fill_blank", "满纸荒唐言，____。都云作者痴，谁解其中味？", ["一把辛酸泪"], novel="石头")
    assert [found.support for found in check([question], [novel])] == ["supported"]


def test_a_rare_letter_may_be_blank_in_the_text() -> None:
    text = (
        "第一回 剑\n操有宝剑二口，一名“倚天”，一名“青 ”。那青 剑砍铁如泥。\n" + "石头无言，流水不语，青山在望。\n" * 40
    )
    novel = open_novel(document("novels/sword", text=text, novel="剑"))
    assert novel.positions("青釭").tolist() == [16, 18]  # 青山 is no sword
    assert novel.positions("青釭剑").tolist() == [18]
    assert novel.positions("釭鈇").tolist() == []
    told = [
        check([asked("fill_blank", "他有宝剑____。", [said], novel="剑")], [novel])[0].support
        for said in ("青釭", "七星")
    ]
    assert told == ["supported", "unsupported"]


def test_a_book_keeps_its_title_where_its_other_name_is_asked() -> None:
    text = "第一回 石\n此书原名石头记，曰红楼梦，曰情僧录。\n" + "风月宝鉴照人，牡丹亭上唱曲。\n" * 40
    novel = open_novel(document("novels/stone", text=text, novel="红楼梦"))
    options = {"A": "牡丹亭", "B": "石头记", "C": "风月宝鉴"}
    (found,) = check([asked("single_choice", "《红楼梦》又名____", "B", options, novel="红楼梦")], [novel])
    assert found.support == "supported"


def test_people_are_found_where_they_are_introduced() -> None:
    text = "第一回 关\n把关将姓卞，名喜，善使流星锤。\n" + "流水不语。\n" * 20
    positions = open_novel(document("novels/pass", text=text, novel="三国演义")).people.mentions["卞喜"]
    assert positions.tolist() == [7]


def test_which_novel_a_question_is_on(novel: Novel) -> None:
    other = open_novel(document("novels/other", text="第一回 山\n行者遇见八戒。\n", novel="西游记", title="西游记"))
    both = [novel, other]
    for stem, filed_under, expected in [
        ("何人？", "《三国演义》", novel),
        ("《西游记》中，谁会变化？", "", other),
        ("《西游记》和《三国演义》哪部早？", "", "it names several novels"),
        ("《金瓶梅》里有谁？", "", "it asks about a work that is not in the warehouse"),
        ("刘备的义弟张飞卖什么？", "", novel),
        ("“白金十八斤”是谁得的？", "", novel),  # a phrase that it quotes
        ("天文台在哪里？", "", "it names no novel in the warehouse, nor people of one alone"),  # 文台 is no 孙坚 here
    ]:
        assert novel_of(claim_of(asked("short_answer", stem, "某")), filed_under, both) == expected


def weighed(text: str, strength: float, position: int = 7) -> Weighed:
    return Weighed(text, strength, 0.0, 1.0, position)


def test_decisions_on_plain_numbers() -> None:
    config = EvidenceConfig(words=4.0, each=1.5, margin=0.0, contradicted=1.5)
    texts, strengths = {"A": "甲", "B": "乙", "C": "丙"}, {"A": 2.0, "B": 0.5, "C": -1.0}
    told = "甲 +2.0、乙 +0.5、丙 -1.0"
    assert [
        judge_options(strengths, texts, "A", False, config),
        judge_options(strengths, texts, "B", False, config),
        judge_options({**strengths, "B": 0.6}, texts, "B", False, config),
        judge_options(strengths, texts, "AB", False, config),
        judge_options(strengths, texts, "AC", False, config),
        judge_options(strengths, texts, "C", True, config),
    ] == [
        Finding("supported", f"nearest to the question's words: {told}"),
        Finding("contradicted", f"甲 is nearer: {told}"),
        Finding("unsupported", "the novel does not set them apart: 甲 +2.0、乙 +0.6、丙 -1.0"),
        Finding("supported", f"nearest to the question's words: {told}"),
        Finding("unsupported", f"the novel does not set them apart: {told}"),
        Finding("supported", f"farthest from the question's words: {told}"),
    ]
    words = [judge_words([weighed("甲", a), weighed("乙", b)], config).support for a, b in [(4, 4), (7, 1), (6.5, 1.5)]]
    assert words == ["supported", "unsupported", "supported"]
    assert judge_words([weighed("甲", 9), weighed("乙", -50, -1)], config) == Finding(
        "unsupported", "乙 does not stand in the novel"
    )


def test_the_least_support_that_is_asked_for() -> None:
    order = ["contradicted", "unsupported", "unknown", "supported"]
    kept = {
        least: [s for s in order if not too_weak(s, least)] for least in ("", "unsupported", "unknown", "supported")
    }  # type: ignore[arg-type]
    assert kept == {"": order, "unsupported": order[1:], "unknown": order[2:], "supported": order[3:]}
    assert too_weak("unknown", "supported") == "its answer is unknown by the novel, and supported is asked for"


def test_words_looked_for_are_marked(novel: Novel) -> None:
    passage = "这日下雨，玄德在橋头遇见张飞。"
    spans = highlights(passage, ["刘备", "桥头", "张飞", "雨"], novel.people)
    assert [passage[a:b] for a, b in spans] == ["玄德", "橋头", "张飞"]
    assert highlights(passage, [], novel.people) == []


def test_an_empty_novel_and_a_novel_without_a_cast_have_something_to_say() -> None:
    empty = open_novel(document("novels/empty", text="", novel="空"))
    plain = open_novel(
        document("novels/plain", text="甲" * 3 + "东村王二卖鱼，西村李三卖酒。" + "天地玄黄。" * 50, novel="平")
    )
    questions = [
        asked("short_answer", "谁卖鱼？", "王二", novel="空"),
        asked("single_choice", "东村谁卖鱼？", "A", {"A": "王二", "B": "李三"}, novel="平"),
    ]
    assert [found.support for found in check(questions, [empty, plain])] == ["unsupported", "supported"]


def test_the_bundled_sample_and_its_answers_swapped() -> None:
    story, *banks = load_registry("sample")[:4]
    novels = [open_novel(load_document(story))]
    rows = [
        asdict(record)
        for bank in banks
        for record in extract(load_document(bank))
        if isinstance(record, Question)
    ]  # fmt: skip
    assert len(rows) == 120
    true = Counter((row["type"], found.support) for row, found in zip(rows, check(rows, novels), strict=True))
    assert true == {
        ("single_choice", "supported"): 23, ("single_choice", "contradicted"): 1,
        ("multiple_choice", "supported"): 17, ("multiple_choice", "unsupported"): 7,
        ("true_false", "supported"): 7, ("true_false", "unknown"): 16, ("true_false", "contradicted"): 1,
        ("fill_blank", "supported"): 24, ("short_answer", "supported"): 24,
    }  # fmt: skip
    wrong = []
    for kind in ("single_choice", "fill_blank", "short_answer"):
        of_kind = [row for row in rows if row["type"] == kind]
        answers = [row["answer"] for row in of_kind]
        moved = zip(of_kind, answers[1:] + answers[:1], strict=True)  # each has the next one's answer
        wrong += [{**row, "answer": answer} for row, answer in moved if answer != row["answer"]]
    supported = sum(found.support == "supported" for found in check(wrong, novels))
    assert len(wrong) > 60 and supported / len(wrong) < 0.1
