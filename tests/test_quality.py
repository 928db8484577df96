"""Each quality rule drops what it is for, and lets stand what only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.quality.damage import misread
from warehouse.quality.judge import drops
from warehouse.quality.shape import repeated_share
from warehouse.quality.sift import sift
from warehouse.quality.words import RULES, RulesConfig, Words
from warehouse.samples import Sample

CONFIG = RulesConfig()
ASKED = "请介绍一下三国演义的作者。"
GBK = "天下大势，分久必合，合久必分。".encode().decode("gbk", "ignore")
LATIN = "天下大势".encode().decode("latin-1")


def ruled(answer: str, asked: str = ASKED, task: str = "instruct") -> list[str]:
    return [rule for rule, _ in drops(Words(task, (asked,), answer), CONFIG)]


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        ("略", "empty"), ("（略）。", "empty"), ("参考答案：略", "empty"), ("见解析", "empty"), ("N/A", "empty"),
        ("罗贯中" * 2000, "length"),
        ("Luo Guanzhong wrote it, as far as anybody can tell from what is left.", "han"),
        ("罗贯中，" * 20, "repeats"), ("罗贯中写了三国演义这部书。" * 3 + "作者是罗贯中无疑。" * 3 + "此外没有别人。" * 4, "repeats"),
        ("罗贯\ufffd，名本。", "encoding"), ("罗贯\ue123，名本。", "encoding"), ("罗\x00贯中", "encoding"),
        ("锟斤拷锟斤拷", "encoding"), (GBK, "encoding"), (f"作者是{LATIN}。", "encoding"),
        ("罗贯中<br>，名本。", "markup"), ("罗贯中&nbsp;，名本。", "markup"), ("[url=a.cn]罗贯中[/url]", "markup"),
        ("[[罗贯中]]，名本。", "markup"), ("罗贯中<|im_end|>", "markup"), ("罗贯中。[/INST]", "markup"),
        ("问他：13905718823。", "contact"), ("写信到 liubowen88@qq.com 。", "contact"), ("加微信 luoguanzhong8", "contact"),
        ("罗贯中。关注公众号名著读书会", "contact"), ("罗贯中，更多答案请访问本站", "contact"), ("本章未完，点击下一页", "contact"),
        ("请介绍一下三国演义的作者", "echo"), ("請介紹一下《三國演義》的作者！", "echo"),
        ("罗贯中，名本，字贯中……（未完）", "truncated"), ("罗贯中，名本。展开全文", "truncated"),
        ("罗贯中是元末明初的小说家，名本，字贯中，号湖海散人，", "truncated"), ("作者：\n```\n罗贯中，名", "truncated"),
    ],
)  # fmt: skip
def test_what_is_dropped(answer: str, rule: str) -> None:
    assert rule in ruled(answer)


@pytest.mark.parametrize(
    ("answer", "asked", "task"),
    [
        ("罗贯中。", ASKED, "instruct"), ("是。", "刘备曰：", "roleplay"), ("略", "曹操曰：", "roleplay"), ("B", "选一项。", "quiz"),
        ("😀", "用一个表情回答。", "instruct"),
        ("善哉！善哉！善哉！善哉！", "唐僧道：", "roleplay"), ("哈哈哈哈哈哈哈哈", "鲁智深道：", "roleplay"),
        ("你且坐下，我有一件要紧的事，要同你商量商量，", "他道：", "roleplay"), ("此事未完", "他道：", "roleplay"),
        ("The weather is fine today, and we are going for a walk in the park.", "翻译成英语：今天天气好，我们去公园散步。", "instruct"),
        ("print('hello world, this is a line of code that says nothing in Chinese')", "写一段代码。", "instruct"),
        ("用 <br> 换行，用 &nbsp; 空格。", "HTML 里怎样换行？", "instruct"), ("`<b>`罗贯中`</b>`", ASKED, "instruct"),
        ("若 a<b，且 b>c，则不定。", "比较 a 和 c。", "instruct"),
        ("请拨 13812345678，或写信到 name@example.com。", ASKED, "instruct"), ("圆周率是3.14159265358979323846。", "写出圆周率。", "instruct"),
        ("周末大酬宾！关注我们的公众号，扫描二维码领取优惠。", "写一则广告。", "instruct"), ("张飞", "张飞字什么？", "quiz"),
        ('[{"predicate": "主演", "object": "白客"}, {"predicate": "主演", "object": "小爱"}]', "抽取三元组。", "instruct"),
        ("café…”、naïve、Ångström 这些词带有附加符号。", "举几个带附加符号的英语词。", "instruct"),
        ("作者：\n```\n罗贯中。", ASKED, "instruct"),
    ],
)  # fmt: skip
def test_what_stands(answer: str, asked: str, task: str) -> None:
    assert ruled(answer, asked, task) == []


@given(
    st.text(alphabet="天下大势分久必合诸葛亮曰臣本布衣躬耕于南阳苟全性命乱世不求闻达侯先帝", min_size=1, max_size=80)
)
def test_plain_chinese_is_never_read_as_garbled(text: str) -> None:
    assert misread(text) == ""
    garbled = text.encode().decode("gb18030", "ignore")
    if len(text) >= 12 and garbled.encode("gb18030") == text.encode():
        assert misread(garbled)


@given(st.text(alphabet="天下大势", max_size=40), st.integers(1, 6))
def test_repeated_share_is_that_of_brute_force(text: str, size: int) -> None:
    starts = [k for k in range(len(text) - size + 1) if text[k : k + size] in {text[j : j + size] for j in range(k)}]
    covered = {at for k in starts for at in range(k, k + size)}
    assert repeated_share(text, size) == len(covered) / max(len(text), 1)


def sample(key: str, answer: str, **fields: str) -> Sample:
    plain = {"refused": "", "joined_to": "", **fields}
    return Sample(
        sample_id=key, task="instruct", question_type="instruction", record_id=key, document_id="d", source_id="s", novel="",
        character="", messages=({"role": "user", "content": ASKED},), answer=answer, reference=answer, scene_id="",
        seed=False, core=answer, refused=plain["refused"], joined_to=plain["joined_to"],
    )  # fmt: skip


def test_sifting_refuses_by_the_first_rule_and_counts_with_all() -> None:
    given_ = [
        sample("a", "罗贯中。"), sample("b", "罗贯中<br>，13905718823"), sample("c", "略", refused="no answer"),
        sample("d", "略", joined_to="a"),
    ]  # fmt: skip
    done = sift(given_, CONFIG)
    assert [s.refused for s in done.samples] == ["", "quality rule markup: markup '<br>'", "no answer", ""]
    assert {rule: found for rule, found in done.dropped.items() if found} == {
        "markup": [("b", "markup '<br>'")],
        "contact": [("b", "telephone number 139…23")],
    }
    assert (list(done.dropped), done.asked) == (list(RULES), 2)
    assert sift(given_, RulesConfig(off=("markup", "contact"))).samples == given_


@pytest.mark.parametrize("fields", [{"off": ("spelling",)}, {"min_han": 2.0}, {"max_answer": 0}])
def test_thresholds_that_make_no_sense(fields: dict) -> None:
    with pytest.raises(ValueError, match=r"rules are|shares from 0 to 1|at least 1"):
        RulesConfig(**fields)
