"""A source becomes a document, or one sentence says why not."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Document
from corpora.errors import BadInput
from corpora.files import stable_id
from corpora.kinds import guess_kind
from corpora.load import load_document, source_for_path
from corpora.registry import Source, load_registry

NOVEL = "第一回　甲乙丙　丁戊己\n\n话说。\n\n第二回　庚辛壬　癸子丑\n\n却说。\n"


def test_load_document(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    raw = NOVEL.encode("utf-8-sig").replace(b"\n", b"\r\n")
    path.write_bytes(raw)
    sha256 = hashlib.sha256(raw).hexdigest()
    source = Source("novels/a", "novel", "甲", str(path), sha256=sha256.upper(), novel="甲", licence="CC0-1.0")
    assert load_document(source) == Document(
        document_id=stable_id("document", "novels/a"),
        source_id="novels/a",
        kind="novel",
        title="甲",
        text=NOVEL.replace("\n", "\r\n"),
        origin=str(path),
        encoding="utf-8",
        sha256=sha256,
        novel="甲",
        licence="CC0-1.0",
        seed=False,
    )


def test_gutenberg_source_is_stripped_and_names_its_url(tmp_path: Path) -> None:
    path = tmp_path / "pg1.txt"
    source = Source("g", "novel", "甲", str(path), url="http://host/pg1.txt", strip="gutenberg")
    with pytest.raises(BadInput, match=r"no such file; run huaben fetch to get http://host/pg1\.txt"):
        load_document(source)
    text = f"*** START OF THE PROJECT GUTENBERG EBOOK X ***\n\n{NOVEL}\n*** END OF THE PROJECT GUTENBERG EBOOK X ***\n"
    path.write_text(text, encoding="utf-8")
    document = load_document(source)
    assert (document.text, document.origin) == (NOVEL.strip(), "http://host/pg1.txt")


def test_bad_files(tmp_path: Path) -> None:
    def message(path: Path, **more: str) -> str:
        with pytest.raises(BadInput) as caught:
            load_document(Source("a", "quiz", "A", str(path), **more))  # type: ignore[arg-type]
        return str(caught.value)

    (tmp_path / "a.csv").write_text("question,answer\n谁？,某\n", encoding="utf-8")
    assert message(tmp_path / "gone.csv") == f"{tmp_path / 'gone.csv'}: no such file; check the path"
    assert message(tmp_path) == f"{tmp_path} is a folder; give the path of a file in it"
    assert "but the registry says 000000" in message(tmp_path / "a.csv", sha256="0" * 64)
    assert "declared gb18030" in message(tmp_path / "a.csv", encoding="gb18030")
    assert "cannot be read" in message(tmp_path / ("长" * 300))
    assert "is no file name" in message(Path("a\0b"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (NOVEL, "novel"),
        ("题号,题型,题目,答案\n1,简答题,谁？,某\n", "quiz"),
        (",Question,A,B,C,D,Answer\n0,谁？,甲,乙,丙,丁,A\n", "quiz"),
        ('[{"question": "谁？", "answer": "某"}]', "quiz"),
        ('{"name": "甲是乙。", "value": 1}\n', "quiz"),
        ("1. 谁？\nA. 甲\nB. 乙\n2. 何处？（ ）\n3. 几时？（B）\n", "quiz"),
        ('{"question": "谁？", "std_answer": "某", "class": "qa"}\n', "instruct"),
        ('[\n {"instruction": "写", "input": "", "output": "好"}\n]', "instruct"),
        ('{"conversations": []}', "instruct"),
        ('{"unknown": 1}', ""),
        ("一篇短文，没有回目。", ""),
        ("{ broken", ""),
    ],
)
def test_guess_kind(text: str, kind: str) -> None:
    assert guess_kind(text) == kind


@given(st.text())
def test_guess_kind_never_raises(text: str) -> None:
    assert guess_kind(text) in ("", "novel", "quiz", "instruct")


def test_source_for_path(tmp_path: Path) -> None:
    path = tmp_path / "books" / "a.txt"
    path.parent.mkdir()
    path.write_text(NOVEL, encoding="utf-8")
    assert source_for_path(path) == Source("books/a.txt", "novel", "a", str(path))
    assert source_for_path(path, "quiz", source_id="q", title="T", novel="甲") == Source(
        "q", "quiz", "T", str(path), novel="甲"
    )
    with pytest.raises(BadInput, match="kind 'poem' is unknown; pass novel, quiz or instruct"):
        source_for_path(path, "poem")
    path.write_text("一篇短文。", encoding="utf-8")
    with pytest.raises(BadInput, match=r"cannot tell .*; pass --kind"):
        source_for_path(path)


@pytest.mark.corpora
def test_every_classic_loads_and_its_kind_is_guessed(corpora_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUABEN_CORPORA", str(corpora_dir))
    lengths, encodings = {}, {}
    for source in load_registry("classics"):
        document = load_document(source)
        lengths[source.id] = len(document.text)
        assert guess_kind(document.text) == source.kind, source.id
        encodings[source.id] = document.encoding
    assert {name.rpartition("/")[2][:4]: found for name, found in encodings.items() if found != "utf-8"} == {
        "dev2": "gb18030",
        "dev3": "gb18030",
        "dev4": "docx",
        "dev5": "gb18030",
    }
    assert {name: lengths[f"novels/{name}"] for name in ("sanguo", "shuihu", "xiyou", "honglou")} == {
        "sanguo": 599_460,
        "shuihu": 900_163,
        "xiyou": 720_681,
        "honglou": 865_713,
    }
