"""The endpoint speaks OpenAI's protocol: its own Python client lists, asks, streams and is refused as there."""

import io
import json
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from main_job import HUABEN, Job, environment
from tiny_model import CHATML, QWEN3, tiny_base, tiny_model, tiny_tokenizer

import eval.serving.desk as desk_module
from eval.serving.app import Door, make_app
from eval.serving.asked import Refused, read_asked
from eval.serving.desk import Desk, DeskConfig
from eval.serving.offer import offered, preferred
from eval.serving.serve import address
from eval.studio.choices import Model
from eval.studio.talker import Piece, Talker, decoding
from flows.commands.chat import _card, chat
from train.template import prompt_ids, template_hash
from warehouse.kit import BadInput

ASKED: list[Any] = [{"role": "user", "content": "曹操举杯，谓众人曰："}]
MODELS = {"tiny": Model("tiny", "tiny"), "mine": Model("tiny + mine", "tiny", "adapters/mine")}
PLAIN: dict[str, Any] = {"model": "tiny", "messages": ASKED, "max_tokens": 8, "temperature": 0}


@pytest.fixture(scope="module")
def talker() -> Talker:
    tokenizer = tiny_tokenizer(CHATML)
    return Talker("tiny", tiny_model(len(tokenizer)).eval(), tokenizer, False)


@contextmanager
def endpoint(desk: Desk, door: Door | None = None) -> Iterator[str]:
    """The base URL of a server in a thread of its own."""
    door = door or Door()
    server = uvicorn.Server(uvicorn.Config(make_app(desk, door), port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1"
    desk.close()
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


def client(url: str, key: str = "none") -> openai.OpenAI:
    return openai.OpenAI(base_url=url, api_key=key, max_retries=0, timeout=60)


@pytest.fixture(scope="module")
def url(talker: Talker) -> Iterator[str]:
    with endpoint(Desk(MODELS, DeskConfig(), lambda model: talker)) as url:
        yield url


def test_the_client_lists_the_models(url: str) -> None:
    with client(url) as one:
        assert [(model.id, model.object) for model in one.models.list()] == [("tiny", "model"), ("mine", "model")]
        assert one.models.retrieve("mine").id == "mine"
        with pytest.raises(openai.NotFoundError, match="does not exist"):
            one.models.retrieve("other")


def test_the_client_asks_and_tokens_are_counted(url: str, talker: Talker) -> None:
    parts = [{"type": "text", "text": "曹操举杯，"}, {"type": "text", "text": "谓众人曰："}]
    with client(url) as one:
        plain = one.chat.completions.create(**PLAIN)
        again = one.chat.completions.create(**PLAIN | {"messages": [{"role": "user", "content": parts}]})
        system = one.chat.completions.create(
            **PLAIN | {"messages": [{"role": "system", "content": "你是曹操。"}, *ASKED]}
        )
        more: list[Any] = [*ASKED, plain.choices[0].message.model_dump(), *ASKED]
        further = one.chat.completions.create(**PLAIN | {"messages": more})
    assert plain.choices[0].message.content == again.choices[0].message.content
    assert (plain.choices[0].finish_reason, plain.choices[0].message.role, plain.model) == (
        "length",
        "assistant",
        "tiny",
    )
    asked = len(prompt_ids(talker.tokenizer, ASKED))
    assert plain.usage and (plain.usage.prompt_tokens, plain.usage.completion_tokens) == (asked, 8)
    assert plain.usage.total_tokens == asked + 8
    assert system.usage and further.usage and asked < system.usage.prompt_tokens < further.usage.prompt_tokens


def test_a_stream_brings_the_same_answer(url: str) -> None:
    with client(url) as one:
        whole = one.chat.completions.create(**PLAIN | {"max_tokens": 60})
        chunks = list(
            one.chat.completions.create(
                **PLAIN | {"max_tokens": 60}, stream=True, stream_options={"include_usage": True}
            )
        )
        bare = list(one.chat.completions.create(**PLAIN, stream=True))
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(c.choices[0].delta.content or "" for c in chunks[:-1]) == whole.choices[0].message.content
    assert [c.choices[0].finish_reason for c in chunks[-3:-1]] == [None, "length"]
    assert (chunks[-1].choices, chunks[-1].usage) == ([], whole.usage)
    assert {chunk.id for chunk in chunks} == {chunks[0].id}
    assert all(chunk.usage is None for chunk in bare)


def test_an_answer_ends_before_a_stop_word(url: str, talker: Talker) -> None:
    with client(url) as one:
        full = one.chat.completions.create(**PLAIN | {"max_tokens": 60})
        text = full.choices[0].message.content or ""
        word = text[len(text) // 2 :][:3]
        cut = one.chat.completions.create(**PLAIN | {"max_tokens": 60}, stop=[word, "不会出现的话"])
        chunks = list(
            one.chat.completions.create(
                **PLAIN | {"max_tokens": 60}, stop=word, stream=True, stream_options={"include_usage": True}
            )
        )
    assert cut.choices[0].message.content == text[: text.index(word)].strip()
    assert cut.choices[0].finish_reason == "stop"
    assert "".join(c.choices[0].delta.content or "" for c in chunks[:-1]) == text[: text.index(word)].strip()
    assert cut.usage and full.usage and chunks[-1].usage == cut.usage
    assert cut.usage.completion_tokens < full.usage.completion_tokens  # nothing was written after the word


def test_a_seed_gives_the_same_answer_again(url: str) -> None:
    drawn = {**PLAIN, "temperature": 1.5, "top_p": 0.9, "max_tokens": 12}
    with client(url) as one:
        texts = [one.chat.completions.create(**drawn, seed=seed).choices[0].message.content for seed in (1, 1, 2, 3)]
        unseeded = {one.chat.completions.create(**drawn).choices[0].message.content for _ in range(4)}
    assert texts[0] == texts[1]
    assert len(set(texts)) > 1 and len(unseeded) > 1


@pytest.mark.parametrize(
    ("change", "status", "param", "code"),
    [
        ({"model": "gpt-4"}, 404, "model", "model_not_found"),
        ({"n": 2}, 400, "n", "unsupported_parameter"),
        ({"tools": [{}]}, 400, "tools", "unsupported_parameter"),
        ({"presence_penalty": 0.5}, 400, "presence_penalty", "unsupported_parameter"),
        ({"top_k": 5}, 400, "top_k", "unsupported_parameter"),
        ({"temperature": 2.5}, 400, "temperature", "invalid_value"),
        ({"temperature": "warm"}, 400, "temperature", "invalid_value"),
        ({"top_p": 0}, 400, "top_p", "invalid_value"),
        ({"max_tokens": 0}, 400, "max_tokens", "invalid_value"),
        ({"messages": []}, 400, "messages", "invalid_value"),
        ({"messages": [{"role": "tool", "content": "a"}]}, 400, "messages.0.role", "invalid_value"),
        ({"messages": [{"role": "assistant", "content": "a"}]}, 400, "messages", None),
        ({"messages": [*ASKED, {"role": "system", "content": "a"}, *ASKED]}, 400, "messages", None),
        ({"messages": [{"role": "user", "content": "\ud800"}]}, 400, None, "invalid_value"),
        ({"messages": [{"role": "user", "content": "曹操" * 200}]}, 400, "messages", "context_length_exceeded"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    url: str, change: dict[str, Any], status: int, param: str | None, code: str | None
) -> None:
    found = httpx.post(
        f"{url}/chat/completions", content=json.dumps(PLAIN | change), headers={"Content-Type": "application/json"}
    )
    told = found.json()["error"]
    assert (found.status_code, told["param"], told["code"]) == (status, param, code)
    assert told["type"] == "invalid_request_error" and told["message"]


def test_parameters_that_ask_for_nothing_are_taken() -> None:
    asked = read_asked(
        PLAIN
        | {"n": 1, "presence_penalty": 0.0, "logprobs": False, "user": "me", "stop": None, "max_completion_tokens": 5}
    )
    assert (asked.most, asked.until, asked.config, asked.task) == (5, [], decoding(seed=asked.config.seed), "instruct")
    with pytest.raises(Refused, match="JSON object"):
        read_asked([])


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_KEYS = [
    *PLAIN,
    "n",
    "tools",
    "stop",
    "seed",
    "stream",
    "stream_options",
    "logit_bias",
    "top_p",
    "response_format",
    "task",
]


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(st.sampled_from(_KEYS), _JSON, max_size=3))
def test_any_body_is_understood_or_refused(change: dict[str, Any]) -> None:
    try:
        asked = read_asked(PLAIN | change)
    except Refused as refused:
        assert refused.status == 400 and refused.message
    else:
        assert asked.messages[-1]["role"] == "user" and 0 < asked.config.top_p <= 1


def test_strangers_stay_outside(talker: Talker) -> None:
    with endpoint(Desk(MODELS, DeskConfig(), lambda model: talker), Door("secret", body_bytes=2_000)) as url:
        ask, key = f"{url}/chat/completions", {"Authorization": "Bearer secret"}
        with client(url, "secret") as one:
            assert one.chat.completions.create(**PLAIN).choices
        with client(url, "secrets") as one, pytest.raises(openai.AuthenticationError, match="token"):
            one.models.list()
        assert httpx.get(f"{url}/models").status_code == 401
        assert httpx.get(f"{url}/models", headers=key | {"Host": "evil.example"}).status_code == 421
        assert (
            httpx.post(ask, content=json.dumps(PLAIN), headers=key | {"Content-Type": "text/plain"}).status_code == 415
        )
        assert httpx.post(ask, json=PLAIN | {"user": "a" * 3_000}, headers=key).status_code == 413
        assert (
            httpx.post(ask, content=b"[" * 1_900, headers=key | {"Content-Type": "application/json"}).status_code == 400
        )
        elsewhere = httpx.options(
            ask, headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
        )
        assert elsewhere.status_code == 405 and "access-control-allow-origin" not in elsewhere.headers
        assert httpx.get(f"{url}/docs", headers=key).json()["error"]["type"] == "invalid_request_error"


class Endless:
    """Stands for `answer`: writes until it is told to stop."""

    def __init__(self) -> None:
        self.ended = threading.Event()

    def __call__(
        self, talker: Talker, messages: object, task: str, config: object, stop: threading.Event, *_: object
    ) -> Any:
        count = 0
        while not stop.wait(0.01):
            count += 1
            yield Piece("一" * count, None, count)
        self.ended.set()
        yield Piece("一" * count, False, count)


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Endless:
    made = Endless()
    monkeypatch.setattr(desk_module, "answer", made)
    return made


def test_an_answer_stops_when_its_reader_leaves_and_others_wait(talker: Talker, endless: Endless) -> None:
    with (
        endpoint(Desk(MODELS, DeskConfig(waiting=0), lambda model: talker)) as url,
        client(url) as one,
        client(url) as two,
    ):
        with one.chat.completions.create(**PLAIN, stream=True) as stream:
            next(iter(stream))
            with pytest.raises(openai.RateLimitError):
                two.chat.completions.create(**PLAIN)
            assert not endless.ended.is_set()
        assert endless.ended.wait(20)
        endless.ended.clear()
        with pytest.raises(openai.APITimeoutError):  # one who waits for the whole answer may leave as well
            one.with_options(timeout=0.5).chat.completions.create(**PLAIN)
        assert endless.ended.wait(20)


def test_a_desk_that_closes_says_so(talker: Talker, endless: Endless) -> None:
    desk = Desk(MODELS, DeskConfig(), lambda model: talker)
    with endpoint(desk) as url, client(url) as one:
        stream = iter(one.chat.completions.create(**PLAIN, stream=True))
        next(stream)
        desk.close()
        with pytest.raises(openai.APIError, match="closing"):
            list(stream)
        with pytest.raises(openai.InternalServerError, match="closing"):
            one.chat.completions.create(**PLAIN)


def test_models_are_loaded_once_and_make_room(talker: Talker) -> None:
    loaded: list[str] = []

    def load(model: Model) -> Talker:
        if model.base == "broken":
            raise BadInput("broken: no such folder")
        loaded.append(model.label)
        return talker

    models = {name: Model(name, name) for name in ("one", "two", "three", "broken")}
    models |= {"mine": Model("one + mine", "one", "adapters/mine")}
    with endpoint(Desk(models, DeskConfig(), load)) as url, client(url) as one:
        for name in ("mine", "one", "two", "mine", "three", "two"):
            one.chat.completions.create(**PLAIN | {"model": name})
        with pytest.raises(openai.InternalServerError, match="no such folder"):
            one.chat.completions.create(**PLAIN | {"model": "broken"})
    assert loaded == ["one + mine", "two", "three", "two"]  # the base answered without its adapter


def adapter(home: Path, name: str, template: str) -> None:
    folder = home / "adapters" / name
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text("{}")
    born = {"base": {"name": "base", "revision": "", "sha256": ""}, "template_hash": template}
    (folder / "birth.json").write_text(json.dumps(born))


def test_an_adapter_that_was_prompted_otherwise_is_not_offered(tmp_path: Path) -> None:
    base = tiny_base(tmp_path / "bases" / "base")
    (base / "base.json").write_text("{}")
    adapter(tmp_path, "mine", template_hash(tiny_tokenizer(CHATML)))
    adapter(tmp_path, "other", template_hash(tiny_tokenizer(QWEN3)))
    offer = offered(tmp_path)
    assert list(offer.models) == ["base", "mine"]
    assert [sentence.partition(":")[0] for sentence in offer.left_out] == ["base + other"]
    assert preferred(offer, tmp_path).label == "base + mine"
    assert preferred(offered(tmp_path, str(base)), tmp_path, str(base)).label == "base"
    assert list(offered(tmp_path, adapter="mine").models) == ["base", "mine"]
    with pytest.raises(BadInput, match="not the one this adapter was trained with"):
        offered(tmp_path, adapter="other")
    with pytest.raises(BadInput, match="no such adapter"):
        offered(tmp_path, adapter="third")
    with pytest.raises(BadInput, match="no model to talk to"):
        offered(tmp_path / "empty")


def test_off_the_loopback_a_token_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUABEN_TOKEN", raising=False)
    assert (address("127.0.0.1", 0).token, address("::1", 80).url) == ("", "http://[::1]:80/v1")
    assert len(address("0.0.0.0", 80).token) == 32
    monkeypatch.setenv("HUABEN_TOKEN", "mine")
    assert address("0.0.0.0", 80).token == address("127.0.0.1", 80).token == "mine"
    with pytest.raises(BadInput, match="port 70000"):
        address("127.0.0.1", 70_000)


@pytest.mark.slow
def test_the_command_serves_what_was_trained_until_ctrl_c(job: Job) -> None:
    words = [*HUABEN, "chat", "--serve", "--port", "0"]
    process = subprocess.Popen(words, env=environment(job.home), stderr=subprocess.PIPE, text=True)
    assert process.stderr
    try:
        told = process.stderr.readline()
        found = re.search(r"(http://127\.0\.0\.1:\d+/v1)", told)
        assert found, told
        with client(found[1]) as one:
            names = [model.id for model in one.models.list()]
            assert {path.name for path in (job.home / "adapters").iterdir() if path.is_dir()} <= set(names)
            assert names[0].startswith("embedded-")
            said = one.chat.completions.create(model=names[-1], messages=ASKED, max_tokens=5, temperature=0)
            assert said.usage and said.usage.completion_tokens <= 5
    finally:
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=60)[1]
    assert (process.returncode, rest) == (0, "the endpoint has closed\n")


@pytest.mark.slow
def test_the_command_lets_a_character_of_the_warehouse_speak(
    job: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HUABEN_HOME", str(job.home))
    card = _card("", "沈渡")
    assert card.startswith("你是") and "沈渡" in card
    assert _card("", "无名氏") == ""
    monkeypatch.setattr("sys.stdin", io.StringIO("来者何人？\n\n再说！\n"))
    chat(character="沈渡", temperature=0, max_new_tokens=5, seed=1)
    printed = capsys.readouterr()
    assert printed.out.count("\n") >= 2  # an answer each; what eight steps have taught may be blank
    assert " as 沈渡; Ctrl-C stops an answer" in printed.err
    monkeypatch.setenv("HUABEN_HOME", str(job.home / "nowhere"))
    assert _card("", "沈渡") == ""
