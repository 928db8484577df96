"""The studio's pages on the warehouse of a finished run: labelled, written, asked and talked to as in a browser."""

import json
import logging
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from endpoint_elsewhere import drops, elsewhere, says
from main_job import Job
from streamlit.testing.v1 import AppTest
from studio_home import EVIL, planted

from eval.studio import store
from eval.studio.serve import SETTINGS
from warehouse.annotations import waiting_saves
from warehouse.reader import Reader

PAGES = "label write search novel people questions sql figures sets runs talk".split()


@pytest.fixture(scope="module")
def home(job: Job, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run's home, with a question that is a script, and which the novel contradicts."""
    return planted(job, tmp_path_factory.mktemp("studio"))


@pytest.fixture
def studio(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUABEN_HOME", str(home))
    monkeypatch.delenv(SETTINGS, raising=False)
    logging.getLogger("streamlit").setLevel(logging.ERROR)
    return home


def opened(page: str, annotator: str = "甲") -> AppTest:
    """The page, run once, with somebody's name given."""
    at = AppTest.from_string(f"from eval.studio import page_{page}\npage_{page}.page()\n", default_timeout=120)
    at.session_state["annotator"] = annotator
    return ran(at.run())


def ran(at: AppTest) -> AppTest:
    assert [e.value for e in at.exception] == []
    return at


def html(at: AppTest) -> str:
    return "\n".join(element.proto.body for element in at.get("html"))


def left(at: AppTest) -> int:
    return int(at.caption[0].value.split()[1].replace(",", ""))


def annotations(home: Path) -> list[dict[str, Any]]:
    reader = Reader(home)
    for _ in range(100):  # the app's own thread may be at it
        if store.bring_in_once(reader) or not waiting_saves(home):
            break
        time.sleep(0.1)
    reader.close()
    rows = rows_of(home, "SELECT table_name, field, value, annotator FROM annotations ORDER BY made_at, field")
    return [{**row, "value": json.loads(row["value"])} for row in rows]


def rows_of(home: Path, query: str) -> list[dict[str, Any]]:
    with closing(Reader(home)) as reader:
        return reader.rows(query)


def test_every_page_opens_and_none_shows_markup_of_the_data(studio: Path) -> None:
    for page in PAGES:
        assert "<script" not in html(opened(page)).lower(), page
    at = opened("label")
    assert "&lt;script&gt;alert(1)" in html(at)
    at.session_state["lang"] = "English"
    assert [title.value for title in ran(at.run()).title] == ["Label"]


def test_rows_are_accepted_fixed_rejected_skipped_and_undone(studio: Path) -> None:
    at = opened("label")
    many = left(at)
    ran(at.button(key="do-accept").click().run())
    ran(at.pills(key="whys").set_value(["speaker"]).run())
    speakers = left(at)
    named = next(button for button in at.button if button.key and button.key.startswith("name-2-"))
    ran(named.click().run())
    assert left(at) == speakers - 1
    ran(at.button(key="do-skip").click().run())
    ran(at.button(key="do-reject").click().run())
    ran(at.button(key="do-undo").click().run())
    ran(at.pills(key="whys").set_value(["speaker", "contradicted", "unsupported", "near", "disagreement"]).run())
    assert left(at) == many - 3  # accepted, fixed, skipped
    assert [(row["field"], row["value"]) for row in annotations(studio) if row["field"] in ("verdict", "speaker")] == [
        ("verdict", "accept"), ("speaker", named.label), ("verdict", "fix"), ("verdict", "reject"),
    ]  # fmt: skip


def test_two_people_at_one_row_do_not_overwrite_each_other(studio: Path) -> None:
    one, other = opened("label", "甲"), opened("label", "乙")
    ran(one.button(key="do-accept").click().run())
    ran(other.button(key="do-reject").click().run())
    assert [w.value for w in other.warning if "甲 has annotated" in w.value]
    assert [row["annotator"] for row in annotations(studio) if row["value"] == "reject"].count("乙") == 0


def test_what_is_written_is_kept(studio: Path) -> None:
    at = opened("write")
    at.text_area(key="instruction-").set_value("找出人名。")
    at.text_area(key="target").set_value(EVIL)
    ran(at.button[0].click().run())
    assert [row["value"]["target"] for row in annotations(studio) if row["field"] == "row"] == [EVIL]
    assert "&lt;script&gt;" in html(at)


def test_words_are_found_and_queries_run(studio: Path) -> None:
    at = opened("search")
    ran(at.text_input(key="words").set_value("沈渡 渡口").run())
    assert '<span class="hb-found" title="">沈渡</span>' in html(at)
    at = opened("sql")
    at.text_area(key="sql").set_value("SELECT count(*) AS n FROM questions")
    ran(at.button[0].click().run())
    assert at.dataframe[0].value["n"].tolist() == [120]
    at.text_area(key="sql").set_value("DELETE FROM questions")
    ran(at.button[0].click().run())
    assert "refused" in at.error[0].value


def test_a_scene_is_talked_judged_kept_and_read_again(studio: Path) -> None:
    at = opened("talk")
    ran(at.number_input(key="new_tokens").set_value(4).run())
    ran(at.multiselect(key="models").set_value(at.multiselect(key="models").options).run())
    ran(at.chat_input[0].set_value(EVIL).run())
    (chat,) = at.query_params["chat"] if isinstance(at.query_params["chat"], list) else [at.query_params["chat"]]
    turns = [json.loads(line) for line in (studio / "chats" / f"{chat}.jsonl").read_text().splitlines()]
    assert [turn["by_model"] for turn in turns] == [False, True]
    assert [one["model"] for one in turns[1]["answers"]] == at.multiselect(key="models").options  # side by side
    assert turns[1]["prompt"][0]["role"] == "system"
    assert turns[1]["prompt"][-1]["content"].startswith(EVIL)
    ran(at.button(key="down-1").click().run())
    ran(at.text_area(key="better-1").set_value("好雾。").run())
    ran(at.button(key="keep-1").click().run())
    assert [row["value"] for row in annotations(studio) if row["table_name"] == "chats"] == [
        "down",
        "好雾。",
        "written",
    ]
    again = AppTest.from_string("from eval.studio import page_talk\npage_talk.page()\n", default_timeout=120)
    again.query_params["chat"] = chat
    ran(again.run())
    assert "&lt;script&gt;" in html(again)
    assert "<script" not in html(again)
    ran(again.segmented_control(key="mode").set_value("quiz").run())
    ran(again.number_input(key="new_tokens").set_value(4).run())
    ran(next(button for button in again.button if button.label == "提问").click().run())
    assert "单项选择题" in html(again)


def test_models_elsewhere_answer_beside_those_that_are_here(studio: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with elsewhere(drops) as gone:
        pass
    with elsewhere(says("好", EVIL)) as far, elsewhere(drops, "cut") as cut:
        told = {"token": "", "bases": [], "endpoints": [far.url, cut.url, gone.url]}
        monkeypatch.setenv(SETTINGS, json.dumps(told))
        at = opened("talk")
        *here, big, cutting = at.multiselect(key="models").options
        assert [big, cutting] == [f"{name} @ {one.url[7:-3]}" for name, one in (("big", far), ("cut", cut))]
        assert at.multiselect(key="models").value == here[-1:]
        assert [
            c.value for c in at.caption if f"连不上 {gone.url[7:-3]}".replace(".", r"\.").replace(":", r"\:") in c.value
        ]
        assert not at.number_input(key="top_k").disabled
        at.number_input(key="new_tokens").set_value(4)
        at.text_input(key="until").set_value("。 ！")
        at.multiselect(key="models").set_value([cutting, here[-1], big])
        ran(at.chat_input[0].set_value("来者何人？").run())
        assert ["没说完就断了" in error.value for error in at.error] == [True]
        (turn,) = [turn for turn in at.session_state["scene"] if turn.by_model]
        assert [(one["model"], one.get("endpoint"), one["finished"]) for one in turn.answers][::2] == [
            ("cut", cut.url[7:-3], False), ("big", far.url[7:-3], True),
        ]  # fmt: skip
        assert turn.answers[2]["text"] == f"好{EVIL}" and "<script" not in html(at)
        assert "来者何人？" in turn.raw and not turn.raw.startswith("{")  # of the one that is here
        sent = far.asked[0]
        assert (sent["stop"], sent["max_tokens"], sent["top_p"]) == (["。", "！"], 4, 0.9) and "top_k" not in sent
        at.multiselect(key="models").set_value([big])
        ran(at.button(key="up-1").click().run())
        assert [at.number_input(key=key).disabled for key in ("top_k", "beams")] == [True, True]
        assert [c.value for c in at.caption if "不检查" in c.value]
    annotations(studio)
    seen = [
        json.loads(row["seen"]) for row in rows_of(studio, "SELECT seen FROM annotations WHERE table_name = 'chats'")
    ]
    kept = [one["shown"]["answers"][2] for one in seen if len(one["shown"]["answers"]) == 3]
    assert [(one["model"], one["endpoint"]) for one in kept] == [("big", far.url[7:-3])]


def test_strangers_see_nothing(studio: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Path(store.__file__).parent / "app.py"
    monkeypatch.setenv(SETTINGS, json.dumps({"token": "secret", "bases": []}))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    for shown in ("", "wrong"):
        at = AppTest.from_file(str(app), default_timeout=120)
        if shown:
            at.query_params["token"] = shown
        ran(at.run())
        assert [title.value for title in at.title] == []
        assert len(at.text_input) == 1
        assert len(at.error) == (1 if shown else 0)
    at = AppTest.from_file(str(app), default_timeout=120)
    at.query_params["token"] = "secret"
    ran(at.run())
    assert [title.value for title in at.title] == ["标注"]
    assert "token" not in at.query_params


def test_the_page_says_so_where_there_is_no_warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUABEN_HOME", str(tmp_path / "none"))
    at = ran(opened("search"))
    at.text_input(key="words").set_value("渡").run()
    assert "holds no warehouse yet" in at.info[0].value
