"""Messages reach a server on loopback in the form of each messenger, and the address is told to nobody."""

import base64
import hashlib
import json
import logging
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from robot_on_loopback import Robot

from corpora.errors import BadInput
from flows.notify.channel import NotifyConfig, address_of, lacking, secret_of
from flows.notify.notice import BYTES, Notice, cut, failed, payload, refused, rejected, worse
from flows.notify.send import send, wants

TOKEN = "planted-token-8f14e45f"
SECRET = "SECplanted-secret+/=c9f0f895"
FELL = Notice("worse", "retrain", "exact got worse, from 0.60 to 0.40")


@pytest.fixture
def robot(monkeypatch: pytest.MonkeyPatch) -> Iterator[Robot]:
    with Robot(f"/hook/{TOKEN}").listening() as made:
        monkeypatch.setenv("HUABEN_HOOK", made.url)
        yield made


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


def hmac_sha256(key: bytes, message: bytes) -> str:
    """RFC 2104 by hand, in base64."""
    block = (key if len(key) <= 64 else hashlib.sha256(key).digest()).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + message).digest()
    return base64.b64encode(hashlib.sha256(bytes(byte ^ 0x5C for byte in block) + inner).digest()).decode()


def feishu(path: str, body: dict[str, Any]) -> str:
    """As Feishu answers: time and sign stand in the body."""
    right = hmac_sha256(f"{body.get('timestamp')}\n{SECRET}".encode(), b"")
    young = abs(time.time() - int(body.get("timestamp", 0))) < 60
    return '{"code": 0}' if young and body.get("sign") == right else '{"code": 19021, "msg": "sign match fail"}'


def dingtalk(path: str, body: dict[str, Any]) -> str:
    """As DingTalk answers: time and sign stand in the address, beside the token."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    right = hmac_sha256(SECRET.encode(), f"{asked.get('timestamp')}\n{SECRET}".encode())
    young = abs(time.time() * 1000 - int(asked.get("timestamp", 0))) < 60_000
    known = asked.get("access_token") == TOKEN and young and asked.get("sign") == right
    return '{"errcode": 0}' if known else '{"errcode": 310000, "errmsg": "sign not match"}'


@pytest.mark.parametrize("form", ["feishu", "dingtalk"])
def test_a_signature_is_what_the_messenger_works_out(
    robot: Robot, form: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    robot.looks = {"feishu": feishu, "dingtalk": dingtalk}[form]
    monkeypatch.setenv("HUABEN_HOOK", f"{robot.url.removesuffix(TOKEN)}send?access_token={TOKEN}")
    monkeypatch.setenv("HUABEN_SECRET", SECRET)
    for at in (1763700000.25, 1763700001.5, 1763700002.75, 1763700004.0):  # base64 has + and / in some of them
        monkeypatch.setattr(time, "time", lambda at=at: at)
        assert send([FELL], [channel(form, secret_env="HUABEN_SECRET")]) == []
    assert all(SECRET not in path + str(body) for path, body in robot.got)
    monkeypatch.setenv("HUABEN_SECRET", "SECanother")
    (refusal,) = send([FELL], [channel(form, secret_env="HUABEN_SECRET")])
    assert refusal.endswith(("19021 sign match fail", "310000 sign not match"))
    (refusal,) = send([FELL], [channel(form)])
    assert "not delivered" in refusal
    monkeypatch.delenv("HUABEN_SECRET")
    assert send([FELL], [channel(form, secret_env="HUABEN_SECRET")]) == [
        "[[notify]]: the environment variable HUABEN_SECRET is not there; set it to the robot's secret"
    ]
    assert SECRET not in caplog.text + repr(channel(form, secret_env="HUABEN_SECRET"))


def test_a_secret_goes_with_robots_that_sign() -> None:
    for form in ("wecom", "slack"):
        with pytest.raises(ValueError, match=f"a robot of {form} signs nothing"):
            channel(form, secret_env="HUABEN_SECRET")
    with pytest.raises(ValueError, match="give secret_env or secret_block, not both"):
        channel("feishu", secret_env="A", secret_block="b")
    assert secret_of(channel("feishu")) == ""


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
    (said,) = lacking([channel()])
    assert said.startswith("[[notify]]: the environment variable HUABEN_HOOK is not there")


@given(st.text())
def test_what_is_sent_fits(text: str) -> None:
    short = cut(text.encode("utf-8", "replace").decode())
    assert len(short.encode()) <= BYTES
    for form in ("feishu", "dingtalk", "wecom", "slack"):
        json.dumps(payload(form, Notice("failed", "d", short), "k"))  # type: ignore[arg-type]
