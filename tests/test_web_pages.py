"""Web pages give their content, and forms and hidden answers, however broken."""

import time
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from made_files import read, refusal

from corpora.readers.read import read_text
from corpora.readers.webpage import decode_page, page_text

PAGE = """<html><head><meta charset="gb2312"><title>题库</title><script>var a="1. 题 A. 甲";</script></head><body>
<ul class="nav"><li><a href="/">首页</a></li><li><a href="/x">题库</a></li></ul>
<div id="content"><h2>一、单选题</h2>
<p>&nbsp;&nbsp;1. 谁是<u>&nbsp;&nbsp;&nbsp;</u>？（&nbsp;&nbsp;）<br/>A. 甲&nbsp;&nbsp;B. 乙</p>
<div style="display:none">答案：B</div><!-- 2. 广告 A.是 -->
<ol start="2"><li>何处？<ol type="A"><li>山</li><li>水</li></ol></li><li>3、几时？</li></ol>
<table><tr><th>题号</th><th>答案</th></tr><tr><td>1</td><td>B</td></tr></table>
<p>着重<u>号</u></p></div>
<div class="rel"><ol><li><a href="#">1、别的题</a></li><li><a href="#">2、还有题</a></li></ol></div>
<div>友情：<a href="#">甲站</a> <a href="#">乙站</a></div></body></html>"""


def test_a_page_gives_its_content_and_its_hidden_answers() -> None:
    text, encoding = read_text(Path("a.html"), PAGE.encode("gbk"))
    assert encoding == "gb18030"
    assert [line.strip() for line in text.splitlines() if line.strip()] == [
        "一、单选题",
        "1. 谁是____？（  ）",
        "A. 甲  B. 乙",
        "答案：B",
        "2. 何处？",
        "A. 山",
        "B. 水",
        "3、几时？",
        "题号\t答案",
        "1\tB",
        "着重号",
    ]
    assert "着重<u>号</u>" in read("a.html", PAGE.encode("gbk"), underlines=True)


def test_forms_and_cells() -> None:
    page = """<form><div data-answer="A">谁？<label><input type="radio" value="A">甲</label>
    <label><input type="radio" value="B"> B. 乙</label></div><p>姓<input type="text">名</p></form>
    <table><tr><td><table><tr><td>1</td><td>甲</td></tr></table></td></tr></table><details><summary>答案</summary>A</details>"""
    assert page_text(page).split("\n") == [
        "谁？", "A. 甲", "B. 乙", "答案：A", "", "姓____名", "", "1\t甲", "", "答案", "A", "",
    ]  # fmt: skip


def test_what_a_paper_s_layout_says_is_kept_for_questions_only() -> None:
    page = """<h2>一、单选</h2><p>谁？</p><ul><li data-correct="0">甲</li><li data-correct="1">乙</li></ul>
    <p><font color=red>C、丙</font> <font color="#000000">D、丁</font> <span class="right">E、戊</span></p>
    <details><summary>点我看答案</summary><p>乙</p></details>"""
    assert [line for line in page_text(page, underlines=True).split("\n") if line] == [
        "# 一、单选", "谁？", "• 甲", "• <b>乙</b>", "<b>C、丙</b> D、丁 <b>E、戊</b>", "答案：", "乙",
    ]  # fmt: skip
    assert [line for line in page_text(page).split("\n") if line] == [
        "一、单选", "谁？", "甲", "乙", "C、丙 D、丁 E、戊", "答案：", "乙",
    ]  # fmt: skip


def test_buttons_without_letters_lists_in_letters_and_cells_over_rows() -> None:
    page = """<p>谁？<input type=radio name=q value=1>甲 <input type=radio name=q value=2>乙</p>
    <ul style="list-style-type: upper-alpha"><li>丙</li><li>丁</li></ul>
    <table><tr><td rowspan=2>单选</td><td>1</td></tr><tr><td>2</td></tr><tr><td>判断</td><td>3</td></tr><tr><td></td><td>4</td></tr></table>"""
    assert [line for line in page_text(page).split("\n") if line] == [
        "谁？", "A. 甲", "B. 乙", "A. 丙", "B. 丁", "单选\t1", "单选\t2", "判断\t3", "\t4",
    ]  # fmt: skip


def test_a_wrongly_declared_or_slightly_broken_page_is_still_read() -> None:
    page = '<html><meta charset="utf-8"><p>话说天下大势，分久必合，合久必分。</p></html>'
    assert "分久必合" in read("a.html", page.encode("gb18030"))
    long = page.replace("话说", "话说" * 3000).encode("utf-8")
    text, _ = decode_page(long[:500] + b"\xff" + long[500:], "", "a.html")
    assert "分久必合" in text and text.count("\ufffd") >= 1


def test_a_page_nested_without_end_is_refused_quickly() -> None:
    begin = time.monotonic()
    assert "nested more than 2000 deep" in refusal("a.html", b"<html>" + b"<div>" * 1_000_000)
    assert time.monotonic() - begin < 2


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<td>", "<tr>", "<ol>", "<li>", "<u>", "甲", "&nbsp;", "<a>", "<", "<!--", "\x1f"]
        )
    )
)
def test_any_page_gives_text(pieces: list[str]) -> None:
    text = page_text("".join(pieces))
    assert text.count("甲") <= pieces.count("甲")
    assert "\x1f" not in text and "\x00" not in text
