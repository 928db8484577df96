"""eval/generate.py and what it is made of: a tiny random Qwen3 answers a held-out split, undisturbed and stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
)

import eval.generate
from eval.decoding import Answer, GenerateConfig, answer_batch
from eval.generate import Generated, fitting_prompts, generate_predictions, length_batches, prompt_room
from eval.held_out import held_out_rows, shown_prompt
from eval.models import load_model, weights_fingerprint
from eval.predictions import Prediction, read_predictions
from train.rows import Row, Turn
from train.template import prompt_ids, stop_ids
from train.threads import suited_threads
from warehouse.kit import BadInput, settings

LETTERS = "曹操刘备关羽张飞诸葛亮周瑜曰问答：，。？\n"
CONFIG = GenerateConfig(max_new_tokens=12, batch_size=4)


def make_base(folder: Path) -> Path:
    """One token per character, 32 wide, 2 layers, 64 positions; half of all letters end an answer, so some do end."""
    vocabulary = {token: number for number, token in enumerate(["<end>", "<unk>", *dict.fromkeys(LETTERS)])}
    letters = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    letters.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    letters.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=letters, eos_token="<end>", unk_token="<unk>", pad_token="<end>"
    )
    torch.manual_seed(3)
    model = Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(vocabulary), hidden_size=32, intermediate_size=64, num_hidden_layers=2, head_dim=16,
            num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=64, initializer_range=0.5,
            eos_token_id=0, pad_token_id=0,
        )
    )  # fmt: skip
    # As Qwen3's own: it samples, and stops at more ids than the tokenizer's. Ours must not sample with it.
    model.generation_config.update(eos_token_id=[0, 2, 3, 4], do_sample=True, temperature=0.6, top_k=20, top_p=0.95)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_split(path: Path, count: int = 10) -> Path:
    rows = []
    for number in range(count):
        asked = (LETTERS * 2)[number % 7 : number % 7 + 3 + 2 * number].replace("\n", "")
        answer = LETTERS[number : number + 4]
        rows.append(
            {
                "sample_id": f"{number:016x}", "task": "roleplay" if number % 2 else "quiz",
                "question_type": "single_turn" if number % 2 else "short_answer", "novel": "三国演义",
                "character": "曹操" if number % 2 else "", "source_id": "sanguo",
                "messages": [{"role": "user", "content": asked}], "answer": answer, "reference": answer,
                "cluster_id": f"{number:016x}",
            }
        )  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """So small a model gains nothing from a second core, and loses much where other work has it."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_split(tmp_path_factory.mktemp("set") / "test.parquet")


@pytest.fixture(scope="module")
def adapter(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapter")
    torch.manual_seed(5)
    lora = LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False)
    get_peft_model(load_model(base)[0], lora).save_pretrained(str(folder))
    return folder


@torch.no_grad()
def by_hand(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, row: Row) -> Answer:
    """Greedy decoding of one row without padding, cache or `generate`."""
    ids = prompt_ids(tokenizer, row.messages, row.task)
    written: list[int] = []
    for _ in range(CONFIG.max_new_tokens):
        best = int(model(torch.tensor([ids + written])).logits[0, -1].argmax())
        if best in stop_ids(tokenizer, model):
            return Answer(str(tokenizer.decode(written, skip_special_tokens=True)).strip(), True)
        written.append(best)
    return Answer(str(tokenizer.decode(written, skip_special_tokens=True)).strip(), False)


def stop_after(batches: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the batch after so many is generated."""
    left = [batches]

    def interrupted(*arguments: object, **keywords: object) -> list[Answer]:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return answer_batch(*arguments, **keywords)  # type: ignore[arg-type]

    monkeypatch.setattr(eval.generate, "answer_batch", interrupted)


def test_predictions_are_greedy_whole_and_in_the_splits_order(base: Path, split: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "base.jsonl"
    done = generate_predictions(split, str(base), out, CONFIG)
    assert (done.rows, done.resumed, done.no_answer, done.cut_prompts) == (10, 0, 0, 0)
    rows, loaded = held_out_rows(split), load_model(base)
    expected = [
        Prediction(
            row.sample_id, row.task, row.question_type, "三国演义", row.character, row.messages[0]["content"], answer.text,
            row.reference, row.answer, answer.finished,
        )
        for row, answer in ((row, by_hand(*loaded, row)) for row in rows)
    ]  # fmt: skip
    assert read_predictions(out) == expected
    assert {row.finished for row in expected} == {True, False}  # the base was made so that both occur
    assert [path.name for path in out.parent.iterdir()] == ["base.jsonl"]


def test_the_adapter_changes_the_answers(base: Path, split: Path, adapter: Path, tmp_path: Path) -> None:
    generate_predictions(split, str(base), tmp_path / "base.jsonl", CONFIG)
    generate_predictions(split, str(base), tmp_path / "adapter.jsonl", CONFIG, adapter)
    plain, adapted = read_predictions(tmp_path / "base.jsonl"), read_predictions(tmp_path / "adapter.jsonl")
    assert [row.sample_id for row in plain] == [row.sample_id for row in adapted]
    assert [row.prediction for row in plain] != [row.prediction for row in adapted]


@pytest.mark.parametrize("sampled", [False, True])
def test_a_stopped_run_goes_on_and_ends_the_same(
    base: Path, split: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sampled: bool
) -> None:
    config = replace(CONFIG, do_sample=sampled, temperature=2.0, top_p=1.0)
    generate_predictions(split, str(base), tmp_path / "undisturbed.jsonl", config)
    out = tmp_path / "out.jsonl"
    stop_after(2, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        generate_predictions(split, str(base), out, config)
    assert not out.exists()
    (partial,) = tmp_path.glob(".out.jsonl.*.partial")
    lines = partial.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 8
    # As a kill in the middle of a write leaves it: a batch short of a row, then half a line.
    partial.write_text("\n".join(lines[:6]) + "\n" + lines[6][:9], encoding="utf-8")
    monkeypatch.undo()
    done = generate_predictions(split, str(base), out, config)
    assert (done.rows, done.resumed) == (10, 4)
    assert out.read_bytes() == (tmp_path / "undisturbed.jsonl").read_bytes()
    assert not partial.exists()


def other_config(base: Path, split: Path, tmp_path: Path) -> tuple[Path, Path, GenerateConfig]:
    return base, split, replace(CONFIG, max_new_tokens=11)


def other_base(base: Path, split: Path, tmp_path: Path) -> tuple[Path, Path, GenerateConfig]:
    folder = make_base(tmp_path / "other")
    model, _ = load_model(folder)
    with torch.no_grad():
        model.model.layers[1].mlp.up_proj.weight += 1e-3
    model.save_pretrained(folder)
    return folder, split, CONFIG


def other_split(base: Path, split: Path, tmp_path: Path) -> tuple[Path, Path, GenerateConfig]:
    return base, make_split(tmp_path / "other.parquet", 11), CONFIG


@pytest.mark.parametrize("change", [other_config, other_base, other_split])
def test_a_stale_partial_file_is_not_gone_on_with(
    base: Path,
    split: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path, Path, Path], tuple[Path, Path, GenerateConfig]],
) -> None:
    out = tmp_path / "out.jsonl"
    stop_after(1, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        generate_predictions(split, str(base), out, CONFIG)
    monkeypatch.undo()
    new_base, new_split, new_config = change(base, split, tmp_path)
    assert generate_predictions(new_split, str(new_base), out, new_config).resumed == 0
    assert list(tmp_path.glob(".*.partial")) == []


def test_a_failed_run_leaves_the_earlier_file(
    base: Path, split: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("the run before\n")
    stop_after(1, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        generate_predictions(split, str(base), out, CONFIG)
    assert out.read_text() == "the run before\n"


def test_sampling_depends_on_the_seed_alone(base: Path) -> None:
    model, tokenizer = load_model(base)
    prompts = [prompt_ids(tokenizer, [{"role": "user", "content": "曹操问"}], "roleplay")] * 3
    sampled = replace(CONFIG, do_sample=True, temperature=2.0, top_p=1.0)
    first, again, other = (answer_batch(model, tokenizer, prompts, sampled, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert model.generation_config.temperature == 0.6  # the base's own settings are put back


def test_of_the_likeliest_token_alone_sampling_is_greedy(base: Path, split: Path, tmp_path: Path) -> None:
    generate_predictions(split, str(base), tmp_path / "greedy.jsonl", CONFIG)
    one = replace(CONFIG, do_sample=True, temperature=2.0, top_p=1.0, top_k=1)
    generate_predictions(split, str(base), tmp_path / "one.jsonl", one)
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "greedy.jsonl").read_bytes()


@torch.no_grad()
def test_with_a_beam_for_every_token_the_likeliest_answer_is_found(base: Path) -> None:
    """Of all answers of two tokens, or of one that ends the turn, by mean log-likelihood a token."""
    model, tokenizer = load_model(base)
    prompt = prompt_ids(tokenizer, [{"role": "user", "content": "曹操问"}], "roleplay")
    first = model(torch.tensor([prompt])).logits[0, -1].log_softmax(-1)
    stops, words = stop_ids(tokenizer, model), range(len(first))
    scores = {(word,): float(first[word]) for word in stops}
    for word in set(words) - set(stops):
        second = model(torch.tensor([[*prompt, word]])).logits[0, -1].log_softmax(-1)
        scores |= {(word, then): float(first[word] + second[then]) / 2 for then in words}
    best = max(scores, key=lambda ids: scores[ids])
    wide = replace(CONFIG, max_new_tokens=2, beams=len(first))
    ends = best[-1] in stops
    expected = Answer(str(tokenizer.decode(best[: -1 if ends else 2])).strip(), ends)
    assert answer_batch(model, tokenizer, [prompt, prompt], wide) == [expected] * 2


def test_a_conversation_is_answered_after_all_its_turns(base: Path, tmp_path: Path) -> None:
    """The last turn alone is written; the turns before it stand as the row has them."""
    rows = pq.read_table(make_split(tmp_path / "plain.parquet", 6)).to_pylist()
    for number, row in enumerate(rows):
        said = [
            ("system", "曹操"),
            ("user", "刘备问："),
            ("assistant", LETTERS[number : number + 5]),
            ("user", "关羽问："),
        ]
        row |= {"question_type": "multi_turn", "messages": [{"role": role, "content": text} for role, text in said]}
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "talk.parquet")
    generate_predictions(tmp_path / "talk.parquet", str(base), tmp_path / "p.jsonl", CONFIG)
    found, loaded = read_predictions(tmp_path / "p.jsonl"), load_model(base)
    talks = held_out_rows(tmp_path / "talk.parquet")
    answers = [by_hand(*loaded, talk) for talk in talks]
    assert [Answer(one.prediction, bool(one.finished)) for one in found] == answers
    assert answers != [by_hand(*loaded, replace(talk, messages=talk.messages[-1:])) for talk in talks]
    assert found[0].prompt == "system: 曹操\nuser: 刘备问：\nassistant: 曹操刘备关\nuser: 关羽问："


SLOWLY = """
import sys, time
from pathlib import Path
import eval.generate
from eval.decoding import GenerateConfig, answer_batch

def slowly(*given):
    time.sleep(0.2)
    return answer_batch(*given)

eval.generate.answer_batch = slowly
split, base, out = sys.argv[1:]
eval.generate.generate_predictions(Path(split), base, Path(out), GenerateConfig(max_new_tokens=12, batch_size=1))
"""


def test_killed_in_the_middle_it_goes_on_and_ends_the_same(base: Path, split: Path, tmp_path: Path) -> None:
    config, out = replace(CONFIG, batch_size=1), tmp_path / "out.jsonl"
    generate_predictions(split, str(base), tmp_path / "undisturbed.jsonl", config)
    root = Path(__file__).parent.parent
    words = [sys.executable, "-P", "-c", SLOWLY, str(split), str(base), str(out)]
    process = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"})
    deadline = time.monotonic() + 120

    def lines() -> int:
        return sum(path.read_bytes().count(b"\n") for path in tmp_path.glob(".out.jsonl.*.partial"))

    while lines() < 3 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not out.exists()
    done = generate_predictions(split, str(base), out, config)
    assert 3 <= done.resumed < done.rows
    assert out.read_bytes() == (tmp_path / "undisturbed.jsonl").read_bytes()


@pytest.mark.parametrize("stopped", [False, True])
def test_with_a_history_of_its_own_a_model_lives_with_what_it_said(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped: bool
) -> None:
    asked: list[Turn] = [
        {"role": "user", "content": "曹操曰"}, {"role": "assistant", "content": "关羽"},
        {"role": "user", "content": "刘备问"}, {"role": "assistant", "content": "张飞"}, {"role": "user", "content": "答"},
    ]  # fmt: skip
    single: list[Turn] = [{"role": "user", "content": "周瑜"}]
    rows = [
        {
            "sample_id": name,
            "task": "roleplay",
            "question_type": "conversation",
            "messages": messages,
            "answer": "诸葛亮",
        }
        for name, messages in (("several", asked), ("single", single))
    ]
    split = tmp_path / "set" / "test.parquet"
    split.parent.mkdir()
    pq.write_table(pa.Table.from_pylist(rows), split)
    out, config = tmp_path / "own.jsonl", replace(CONFIG, batch_size=1, history="own")
    if stopped:
        stop_after(3, monkeypatch)  # the first row is asked three times
        with pytest.raises(KeyboardInterrupt):
            generate_predictions(split, str(base), out, config)
        monkeypatch.undo()
    assert generate_predictions(split, str(base), out, config).resumed == (1 if stopped else 0)
    loaded, turns = load_model(base), list(asked)
    for place in (1, 3):
        so_far = Row("", "roleplay", tuple(turns[:place]), "")
        turns[place] = {"role": "assistant", "content": by_hand(*loaded, so_far).text}
    several, alone = read_predictions(out)
    assert several.earlier == (turns[1]["content"], turns[3]["content"]) != ("关羽", "张飞")
    assert several.prediction == by_hand(*loaded, Row("", "roleplay", tuple(turns), "")).text
    assert several.prompt == shown_prompt(asked)  # what it was asked, so that models can be compared
    assert (alone.earlier, alone.prediction) == ((), by_hand(*loaded, Row("", "roleplay", tuple(single), "")).text)


def test_a_prompt_too_long_for_the_base_loses_its_far_end(base: Path) -> None:
    model, tokenizer = load_model(base)
    room = prompt_room(model, CONFIG)
    assert room == 64 - 12
    long = Row("1", "roleplay", ({"role": "user", "content": "曹" * 90 + "操问："},), "答")
    short = Row("2", "roleplay", ({"role": "user", "content": "曹操问："},), "答")
    prompts, cut = fitting_prompts([long, short], tokenizer, room)
    assert cut == 1
    assert len(prompts[0]) == room
    assert str(tokenizer.decode(prompts[0])).endswith("曹操问：")
    assert prompts[1] == prompt_ids(tokenizer, short.messages, "roleplay")
    with pytest.raises(BadInput, match="max_new_tokens is 64, but the base takes 64 tokens"):
        prompt_room(model, replace(CONFIG, max_new_tokens=64))


def test_a_limit_shares_evenly_and_keeps_the_order(split: Path, base: Path, tmp_path: Path) -> None:
    done = generate_predictions(split, str(base), tmp_path / "p.jsonl", replace(CONFIG, limit=4))
    rows = read_predictions(tmp_path / "p.jsonl")
    assert isinstance(done, Generated)
    assert done.rows == 4
    assert [row.sample_id for row in rows] == sorted(row.sample_id for row in rows)
    assert sorted(row.task for row in rows) == ["quiz", "quiz", "roleplay", "roleplay"]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.integers(1, 9))
def test_batches_hold_every_row_once_longest_first(lengths: list[int], size: int) -> None:
    batches = length_batches(lengths, size)
    flat = [row for batch in batches for row in batch]
    assert sorted(flat) == list(range(len(lengths)))
    assert [lengths[row] for row in flat] == sorted(lengths, reverse=True)
    assert {len(batch) for batch in batches[:-1]} <= {size}


def test_a_conversation_is_shown_with_its_roles() -> None:
    assert shown_prompt([{"role": "user", "content": "谁？"}]) == "谁？"
    turns = [{"role": "system", "content": "你是曹操"}, {"role": "user", "content": "谁？"}]
    assert shown_prompt(turns) == "system: 你是曹操\nuser: 谁？"  # type: ignore[arg-type]


def test_a_row_without_an_answer_is_left_out_and_counted(base: Path, split: Path, tmp_path: Path) -> None:
    table = pq.read_table(split).to_pylist()
    table[3]["answer"] = " \n"
    pq.write_table(pa.Table.from_pylist(table), tmp_path / "some.parquet")
    done = generate_predictions(tmp_path / "some.parquet", str(base), tmp_path / "p.jsonl", CONFIG)
    assert (done.rows, done.no_answer) == (9, 1)
    assert table[3]["sample_id"] not in {row.sample_id for row in read_predictions(tmp_path / "p.jsonl")}
    pq.write_table(pa.Table.from_pylist(table[3:4]), tmp_path / "none.parquet")
    with pytest.raises(BadInput, match=r"none\.parquet: no row has an answer"):
        generate_predictions(tmp_path / "none.parquet", str(base), tmp_path / "p.jsonl", CONFIG)


def test_small_models_take_one_thread_and_give_the_others_back(base: Path) -> None:
    torch.set_num_threads(2)
    with suited_threads(load_model(base)[0]):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2


def test_a_fingerprint_is_that_of_the_weights(base: Path, adapter: Path) -> None:
    assert weights_fingerprint(load_model(base)[0]) == weights_fingerprint(load_model(base)[0])
    assert weights_fingerprint(load_model(base)[0]) != weights_fingerprint(load_model(base, adapter)[0])


def test_what_cannot_be_used_is_named(base: Path, split: Path, adapter: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.jsonl"
    with pytest.raises(BadInput, match=r"absent\.parquet: no such file"):
        generate_predictions(tmp_path / "absent.parquet", str(base), out, CONFIG)
    with pytest.raises(BadInput, match=r"no adapter_config\.json in it"):
        generate_predictions(split, str(base), out, CONFIG, tmp_path)
    narrow = tmp_path / "narrow"
    narrow.mkdir()
    for path in adapter.iterdir():
        (narrow / path.name).write_bytes(path.read_bytes())
    configured = json.loads((narrow / "adapter_config.json").read_text())
    (narrow / "adapter_config.json").write_text(json.dumps({**configured, "r": 2}))
    with pytest.raises(BadInput, match=r"narrow: does not fit the base .+; name the base it was trained on"):
        generate_predictions(split, str(base), out, CONFIG, narrow)
    assert not out.exists()


@pytest.mark.parametrize("table", [{"batch_size": 0}, {"limit": 0}, {"temperature": 0}, {"top_p": 1.5}, {"beams": 0}])
def test_a_config_out_of_range_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(BadInput, match=r"must be at least 1|must be above 0"):
        settings(GenerateConfig, table, "x.toml: generate")
