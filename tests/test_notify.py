"""Messages reach a server on loopback in the form of each messenger, and the address is told to nobody."""

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import BadInput
from flows.notify.channel import NotifyConfig, address_of
from flows.notify.notice import BYTES, Notice, cut, failed, payload, refused, rejected, worse
from flows.notify.send import send, wants

TOKEN = "planted-token-8f14e45f"
FELL = Notice("worse", "retrain", "exact got worse, from 0.60 to 0.40")


class Robot:
    """A messenger on loopback: keeps what it is posted, and answers as it was told to, the last answer for ever."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[tuple[int, str]] = [(200, "ok")]
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                robot.got.append((self.path, json.loads(body)))
                status, text = robot.answers.pop(0) if robot.answers[1:] else robot.answers[0]
                self.send_response(status)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook/{TOKEN}"


@pytest.fixture
def robot(monkeypatch: pytest.MonkeyPatch) -> Iterator[Robot]:
    made = Robot()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("HUABEN_HOOK", made.url)
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def channel(form: str = "slack", **more: Any) -> NotifyConfig:
    return NotifyConfig(form, url_env="HUABEN_HOOK", backoff_s=0, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("feishu", {"msg_type": "text", "content": {"text": "huaben: retrain: a < b"}}),
        ("dingtalk", {"msgtype": "text", "text": {"content": "huaben: retrain: a < b"}}),
        ("wecom", {"msgtype": "text", "text": {"content": "huaben: retrain: a < b"}}),
        ("slack", {"text": "huaben: retrain: a &lt; b"}),
    ],
)
def test_each_messenger_gets_its_own_form(robot: Robot, form: str, body: dict[str, Any]) -> None:
    robot.answers = [(200, '{"errcode": 0, "code": 0, "errmsg": "ok"}')]
    assert send([Notice("failed", "retrain", "a < b")], [channel(form)]) == []
    assert robot.got == [(f"/hook/{TOKEN}", body)]


@pytest.mark.parametrize(
    ("form", "answer", "why"),
    [
        ("feishu", '{"code": 19024, "msg": "Key Words Not Found"}', "19024 Key Words Not Found"),
        ("dingtalk", '{"errcode": 310000, "errmsg": "keywords not in content"}', "310000 keywords not in content"),
        ("wecom", '{"errcode": 93000, "errmsg": "invalid webhook url"}', "93000 invalid webhook url"),
    ],
)
def test_a_refusal_in_the_body_is_told(robot: Robot, form: str, answer: str, why: str) -> None:
    robot.answers = [(200, answer)]
    assert send([FELL], [channel(form)]) == [f"[[notify]] 1 ({form}): worse of retrain not delivered: {why}"]
    assert refused(form, json.loads('{"errcode": 0}')) == ""  # type: ignore[arg-type]


def test_a_server_that_stumbles_is_asked_again(robot: Robot) -> None:
    robot.answers = [(503, ""), (429, ""), (200, "ok")]
    assert send([FELL], [channel()]) == []
    assert len(robot.got) == 3
    robot.answers = [(500, "")]
    assert send([FELL], [channel(retries=1)]) == [
        "[[notify]] 1 (slack): worse of retrain not delivered: the server answered 500, 2 times"
    ]
    robot.answers = [(404, "")]
    assert send([FELL], [channel()]) == [
        "[[notify]] 1 (slack): worse of retrain not delivered: the server answered 404"
    ]
    assert len(robot.got) == 3 + 2 + 1


def test_who_is_told_what() -> None:
    few, many = rejected("c", 1000, 20, []), rejected("c", 1000, 200, ["bank (200)"])
    assert [wants(channel(), one) for one in [*few, *many]] == [False, True]
    assert not wants(channel(on=("failed",)), FELL)
    assert many[0].text == "200 of 1,000 records that came in were rejected (20.0 %): bank (200); why: huaben stats"
    assert rejected("c", 0, 0, []) == rejected("c", 9, 0, []) == worse("r", "") == []
    error = BadInput("x.txt: no text\nmore")
    error.add_note("load x failed")
    assert failed("c", error) == [Notice("failed", "c", "load x failed: x.txt: no text")]
    assert failed("c", KeyError())[0].text == "KeyError"


def test_the_address_is_in_no_message_and_no_log(
    robot: Robot, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    told = send([FELL], [channel()])
    robot.answers = [(500, "")]
    told += send([FELL], [channel(retries=0)])
    for url in (
        f"http://127.0.0.1:9/{TOKEN}",
        f"http://[bad/{TOKEN}",
        f"nonsense-{TOKEN}",
        f"http://127.0.0.1:x/{TOKEN}",
    ):
        monkeypatch.setenv("HUABEN_HOOK", url)
        told += send([FELL], [channel(retries=0)])
    assert len(told) == 5
    written = capfd.readouterr()
    assert TOKEN not in "\n".join([*told, caplog.text, written.out, written.err, repr(channel())])


def test_a_variable_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUABEN_HOOK", raising=False)
    with pytest.raises(BadInput, match="the environment variable HUABEN_HOOK is not there"):
        address_of(channel())


@given(st.text())
def test_what_is_sent_fits(text: str) -> None:
    short = cut(text.encode("utf-8", "replace").decode())
    assert len(short.encode()) <= BYTES
    for form in ("feishu", "dingtalk", "wecom", "slack"):
        json.dumps(payload(form, Notice("failed", "d", short), "k"))  # type: ignore[arg-type]
