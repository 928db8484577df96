"""Endpoints elsewhere: our own answers as it does to others; whatever a hostile one does is one sentence in two languages."""

import io
import json
import threading
import time
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from endpoint_elsewhere import Reply, breaks, drops, elsewhere, garbage, says, silent, slow
from hypothesis import given
from hypothesis import strategies as st
from test_serving import MODELS, endpoint
from tiny_model import CHATML, tiny_model, tiny_tokenizer

from eval.serving.desk import Desk, DeskConfig
from eval.studio.elsewhere import Elsewhere, answer_elsewhere, asked
from eval.studio.talker import Talker, answer, decoding
from flows.commands.chat import chat
from train.rows import Turn
from warehouse.endpoints.apart import items, result
from warehouse.endpoints.client import Ask, Unanswered, connection, models, whole
from warehouse.endpoints.config import Endpoint, EndpointConfig, chosen, endpoints, of_url, plain_url
from warehouse.endpoints.events import Events, Unreadable, complaint, read_chunk
from warehouse.kit import BadInput

ASKED: list[Turn] = [{"role": "user", "content": "曹操举杯，谓众人曰："}]
KEY = "sk-very-secret"


def at(url: str, timeout: float = 5.0) -> Endpoint:
    return Endpoint("far", url, "", "FAR_TOKEN", timeout)


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAR_TOKEN", KEY)


def test_our_own_endpoint_answers_as_the_model_does_here() -> None:
    tokenizer = tiny_tokenizer(CHATML)
    talker = Talker("tiny", tiny_model(len(tokenizer)).eval(), tokenizer, False)
    with endpoint(Desk(MODELS, DeskConfig(), lambda model: talker)) as url:
        there = of_url(url)
        assert models(there) == ["tiny", "mine"]
        for values in ({"max_new_tokens": 30}, {"max_new_tokens": 9, "temperature": 1.2, "top_p": 0.9, "seed": 5}):
            config = decoding(**values)  # type: ignore[arg-type]
            one = Elsewhere(there, "tiny")
            far = list(answer_elsewhere(one, asked(one, ASKED, config)))
            near = list(answer(talker, ASKED, "instruct", config, threading.Event()))
            assert (far[-1].text, far[-1].finished) == (near[-1].text, near[-1].finished)
        other = Elsewhere(there, "gpt-4")
        with pytest.raises(Unanswered, match=r"answers 404: The model `gpt-4` does not exist"):
            list(answer_elsewhere(other, asked(other, ASKED, config)))


def test_what_the_protocol_has_is_sent_and_nothing_else() -> None:
    config = decoding(0.7, 0.9, top_k=5, beams=3, repetition_penalty=1.3, max_new_tokens=40, seed=2)
    with elsewhere(says(" 未", "知\u2028其", "详。 ")) as server:
        one = Elsewhere(at(server.url), "big")
        pieces = list(answer_elsewhere(one, asked(one, ASKED, config, ("曰", "道"))))
    assert (pieces[-1].text, pieces[-1].finished) == ("未知\u2028其详。", True)
    assert [piece.text for piece in pieces] == sorted((piece.text for piece in pieces), key=len)
    assert server.asked == [
        {"model": "big", "messages": ASKED, "temperature": 0.7, "top_p": 0.9, "max_tokens": 40, "seed": 2, "stream": True,
         "stop": ["曰", "道"], "authorization": f"Bearer {KEY}"}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "written", "english", "chinese", "again"),
    [
        (drops, "未知", "broke off before the answer was whole", "没说完就断了", True),
        (garbage, "未", "sends what is no chat completion", "不是对话补全", True),
        (breaks, "", r"answers 500: boom \[31m Bearer \*\*\*$", "答复 500", True),
        (silent, "", r"has not answered within 0\.3 s", "没有回应", True),
        (lambda h, a: h.send(200, "<html>你好</html>"), "", "broke off", "断了", True),
        (lambda h, a: h.send(302, "", Location="http://127.0.0.1:9/v1"), "", "answers 302: nothing more", "302", False),
        (lambda h, a: h.send(401, '{"error": "no key"}'), "", "answers 401: no key", "401", False),
        (lambda h, a: (h.begin(), h.raw('data: {"error": {"message": "out of memory"}}\n\n')), "", "out of memory", "报错", True),
        (lambda h, a: (h.begin(), h.raw('data: {"choices": 3}\n\n')), "", "no chat completion", "不是", True),
        (lambda h, a: (h.begin(), h.raw("data: " + "a" * 1_100_000)), "", "no chat completion", "不是", True),
        (lambda h, a: (h.begin(), h.raw("\x00\xff" * 9)), "", "broke off", "断了", True),
    ],
)  # fmt: skip
def test_whatever_goes_wrong_is_one_sentence(
    reply: Reply, written: str, english: str, chinese: str, again: bool
) -> None:
    with elsewhere(reply) as server:
        one, texts = Elsewhere(at(server.url, 0.3), "big"), [""]
        with pytest.raises(Unanswered, match=english) as failed:
            for piece in answer_elsewhere(one, asked(one, ASKED, decoding())):
                texts.append(piece.text)
    assert texts[-1] == written
    assert chinese in failed.value.chinese
    assert failed.value.again == again
    assert KEY not in str(failed.value) + failed.value.chinese
    assert "\n" not in str(failed.value)


def test_nobody_there_and_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    with elsewhere(says("")) as server:
        gone = at(server.url)
    with pytest.raises(Unanswered, match="cannot be reached") as failed:
        models(gone)
    assert failed.value.away and "连不上 far" in failed.value.chinese
    monkeypatch.delenv("FAR_TOKEN")
    with pytest.raises(BadInput, match=r"far: \$FAR_TOKEN is not set"):
        models(gone)
    monkeypatch.setenv("FAR_TOKEN", "two words\n")
    with pytest.raises(BadInput, match=r"is no token") as refused:
        models(gone)
    assert "two words" not in str(refused.value)


def test_an_echoed_token_is_starred_out_of_the_answer() -> None:
    with elsewhere(says("你的口令是", KEY[:6], KEY[6:])) as server:
        one = Elsewhere(at(server.url), "big")
        *_, last = answer_elsewhere(one, asked(one, ASKED, decoding()))
    assert last.text == "你的口令是***"


def test_leaving_closes_the_connection_at_once_though_nothing_comes() -> None:
    with elsewhere(slow) as server:
        one = Elsewhere(at(server.url, 30), "big")
        began, looked = time.perf_counter(), 0
        with closing(answer_elsewhere(one, asked(one, ASKED, decoding()))) as pieces:
            for piece in pieces:
                looked += 1
                if piece.text == "慢" and looked > 3:  # we are asked though the server is silent
                    break
        assert server.left.wait(5)
        assert time.perf_counter() - began < 5


def test_a_whole_answer_in_one_piece() -> None:
    async def ask(there: Endpoint) -> str:
        async with connection(there) as client:
            return await whole(client, there, Ask("big", [{"role": "user", "content": "谁？"}], max_tokens=8))

    with elsewhere(says("2")) as server:
        assert result(lambda: ask(at(server.url))) == "2"
        assert server.asked[0]["stream"] is False
    with elsewhere(silent) as server, pytest.raises(Unanswered, match=r"within 0\.2 s"):
        result(lambda: ask(at(server.url, 0.2)))


def test_endpoints_come_from_the_config_and_the_command_line_alone() -> None:
    known = {"vllm": EndpointConfig("http://gpu:8000", "Qwen/Qwen3-8B", "VLLM_TOKEN")}
    found = endpoints(known, ["http://gpu:8000/v1/", "http://[::1]:11434", "vllm"])
    assert {name: (one.url, one.model, one.token_env) for name, one in found.items()} == {
        "vllm": ("http://gpu:8000/v1", "Qwen/Qwen3-8B", "VLLM_TOKEN"),
        "[::1]:11434": ("http://[::1]:11434/v1", "", ""),
    }
    assert chosen(known, "http://gpu:8000", "other").token_env == "VLLM_TOKEN"
    assert chosen(known, "vllm").model == "Qwen/Qwen3-8B"
    with pytest.raises(BadInput, match=r"gpu is no endpoint.*huaben\.toml has vllm"):
        endpoints(known, ["gpu"])


@pytest.mark.parametrize(
    "url", ["ftp://x", "http://", "http://me:secret@x/v1", "http://x/v1?key=secret", "http://x:70000", "http://x y/", "/v1"]
)  # fmt: skip
def test_what_is_no_address_is_refused_and_no_secret_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="endpoint") as refused:
        plain_url(url)
    assert "secret" not in str(refused.value)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8), max_size=6), st.data())
def test_events_are_read_however_the_bytes_are_cut(texts: list[str], data: st.DataObject) -> None:
    events = [json.dumps({"choices": [{"delta": {"content": text}}]}, ensure_ascii=False) for text in texts]
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    stream = "".join(f": hello{end}event: x{end}data: {event}{end}{end}" for event in events).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    reader, found = Events(), []
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += reader.feed(stream[start:stop])
    assert [read_chunk(event).text for event in found] == texts


@given(st.text(max_size=30))
def test_any_event_is_read_or_refused(text: str) -> None:
    with suppress(Unreadable):
        assert isinstance(read_chunk(text).text, str)
    assert len(complaint(text)) <= 201


def test_the_command_talks_to_it_and_takes_no_mixture(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own_home.mkdir()
    with elsewhere(says("正是", "在下。"), "big", "", "a\nb", "small") as server:
        assert models(at(server.url)) == ["big", "small"]
        (own_home / "huaben.toml").write_text(f'[endpoints.far]\nurl = "{server.url}"\ntoken_env = "FAR_TOKEN"\n')
        monkeypatch.setattr("sys.stdin", io.StringIO("来者何人？\n"))
        chat(endpoint="far", model="small", temperature=0, max_new_tokens=5, seed=1)
    assert [(one["model"], one["temperature"], one["authorization"]) for one in server.asked] == [
        ("small", 0.0, f"Bearer {KEY}")
    ]
    printed = capsys.readouterr()
    assert printed.out == "正是在下。\n" and "small @ far; Ctrl-C stops" in printed.err and KEY not in printed.err
    monkeypatch.setattr("sys.stdin", io.StringIO("来者何人？\n"))
    with pytest.raises(Unanswered, match="cannot be reached"):  # it has gone meanwhile
        chat(endpoint="far", model="small")
    for mixed in ({"base": "x"}, {"adapter": "x"}, {"serve": True}):
        with pytest.raises(BadInput, match="asked for its own models"):
            chat(endpoint="far", **mixed)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="asked for its own models"):
        chat(model="small")
    with pytest.raises(BadInput, match=r"nowhere is no endpoint.*huaben\.toml has far"):
        chat(endpoint="nowhere")


def test_items_of_a_thread_come_with_pauses_and_errors() -> None:
    async def source() -> AsyncIterator[int]:
        yield 1
        raise BadInput("no more")

    found = items(source, 0.01)
    assert next(item for item in found if item) == 1
    with pytest.raises(BadInput, match="no more"):
        list(found)
