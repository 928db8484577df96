"""Training on 24 rows: what lies in the folder, that it repeats itself, and what stops it and leaves nothing."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from peft import PeftModel
from tiny_model import (
    hand_rows,
    hand_set,
    row,
    tiny_base,
    tiny_model,
    tiny_tokenizer,
    turns,
    write_rows,
)
from transformers import AutoModelForCausalLM

import train.finetune
import train.prepare
from train.adapters import AdapterConfig
from train.finetune import TrainConfig, Trained, check_out, finetune
from train.steps import Bar
from train.tokenise import CONTROL, OVERLONG, TokenConfig
from warehouse.kit import BadInput, sha256_file

BARE_FILES = {
    "adapter_model.safetensors", "adapter_config.json", "birth.json", "metrics.jsonl", "lengths.json", "loss.html",
}  # fmt: skip
FILES = {*BARE_FILES, "loss.png"}
TIMED = ("seconds", "tokens_per_second", "memory_gib")
STEPS = TrainConfig(epochs=4, batch_size=6, learning_rate=2e-2, log_steps=2, precision="fp32")  # 4 steps an epoch
LORA = AdapterConfig(r=4, alpha=8)
TOKENS = TokenConfig(max_length=96)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_base(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return hand_set(tmp_path_factory.mktemp("sets"))


@pytest.fixture(scope="module")
def trained(base: Path, data: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Trained:
    out = tmp_path_factory.mktemp("adapters") / "first"
    return finetune([data[0]], data[1], str(base), out, STEPS, LORA, TOKENS)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_the_folder_holds_what_it_should(trained: Trained) -> None:
    assert {path.name for path in trained.folder.iterdir()} == FILES
    assert [path.name for path in trained.folder.parent.iterdir()] == ["first"]
    assert (trained.steps, trained.report.kept, trained.report.skipped) == (16, 24, {})
    assert trained.trainable == 2 * 4 * (64 + 48 + 48 + 64 + 96 + 96 + 96)


def test_the_loss_goes_down(trained: Trained) -> None:
    losses = [line["loss"] for line in lines(trained.folder) if "loss" in line]
    held_out = [line["eval_loss"] for line in lines(trained.folder) if "eval_loss" in line]
    assert len(losses) == 8
    assert len(held_out) == 5  # before the first step, then after each epoch
    assert losses[-1] < losses[0] - 0.2  # 16 steps from random weights: 5.85 to 5.59 nats
    assert (trained.base_loss, trained.eval_loss) == (held_out[0], held_out[-1])
    assert held_out[-1] < held_out[0]
    assert {"step", "epoch", "loss", "grad_norm", "learning_rate", *TIMED} == set(lines(trained.folder)[1])


def test_the_first_held_out_loss_is_the_bases_own(trained: Trained, base: Path) -> None:
    """Nats per answer token over all held-out rows, one by one, without trainer, padding or adapter."""
    tokenizer, model = tiny_tokenizer(), AutoModelForCausalLM.from_pretrained(base).eval()
    total, count = 0.0, 0
    for held in hand_rows(6, 24):
        text = f"<|im_start|>user\n{held.messages[0]['content']}<|im_end|>\n<|im_start|>assistant\n"
        prompt, answer = (tokenizer(part)["input_ids"] for part in (text, f"{held.answer}<|im_end|>"))
        with torch.no_grad():
            scores = model(torch.tensor([prompt + answer])).logits[0].log_softmax(-1)
        total -= sum(float(scores[len(prompt) + i - 1, token]) for i, token in enumerate(answer))
        count += len(answer)
    assert trained.base_loss == pytest.approx(total / count, rel=1e-4)


def test_the_birth_certificate_says_what_it_was_made_of(trained: Trained, data: tuple[Path, Path], base: Path) -> None:
    text = (trained.folder / "birth.json").read_text(encoding="utf-8")
    born = json.loads(text)
    assert set(born) == {
        "base",
        "loaded",
        "template_hash",
        "training_set",
        "config",
        "packed",
        "rows",
        "metrics",
        "packages",
        "code",
    }
    assert born["training_set"] == {
        "name": "by-hand", "set_id": "00c0ffee", "snapshot": 7, "config_sha256": "c", "code_version": "v",
        "manifest_sha256": sha256_file(data[0].parent / "manifest.json"),
        "files": {path.name: sha256_file(path) for path in data},
    }  # fmt: skip
    assert (born["base"]["name"], len(born["base"]["sha256"])) == ("tiny", 64)
    assert born["loaded"] == {"precision": "fp32", "bits": 0}
    assert born["rows"] == {"train": 24, "valid": 6}
    assert born["config"]["train"]["seed"] == STEPS.seed
    assert born["config"]["adapter"]["r"] == 4
    assert born["config"]["tokens"] == {"max_length": 96, "overlong": "cut"}
    assert born["metrics"]["eval_loss"] == trained.eval_loss
    for place in (base.parent, data[0].parent, trained.folder.parent, Path.cwd()):
        assert str(place) not in text


def test_lengths_say_what_became_of_every_row(trained: Trained) -> None:
    told = json.loads((trained.folder / "lengths.json").read_text(encoding="utf-8"))
    assert (told["limit"], told["train"]["rows"], told["train"]["kept"], told["valid"]["rows"]) == (96, 24, 24, 6)
    assert told["train"]["tokens"] == trained.report.tokens
    (both,) = (
        line for line in told["table"] if (line["task"], line["part"], line["unit"]) == ("all", "both", "tokens")
    )
    assert both["count"] == 24
    assert both["mean"] * 24 == pytest.approx(trained.report.tokens)


def test_two_runs_give_the_same_bytes(trained: Trained, base: Path, data: tuple[Path, Path], tmp_path: Path) -> None:
    torch.rand(7)  # whatever was drawn before
    again = finetune([data[0]], data[1], base, tmp_path / "second", STEPS, LORA, TOKENS)
    for name in ("adapter_model.safetensors", "birth.json", "lengths.json"):
        assert (again.folder / name).read_bytes() == (trained.folder / name).read_bytes(), name
    seconds = [{key: value for key, value in line.items() if key not in TIMED} for line in lines(again.folder)]
    first = [{key: value for key, value in line.items() if key not in TIMED} for line in lines(trained.folder)]
    assert seconds == first


def test_another_seed_gives_another_adapter(
    trained: Trained, base: Path, data: tuple[Path, Path], tmp_path: Path
) -> None:
    other = finetune([data[0]], None, base, tmp_path / "other", replace(STEPS, seed=1), LORA, TOKENS)
    weights = "adapter_model.safetensors"
    assert (other.folder / weights).read_bytes() != (trained.folder / weights).read_bytes()
    assert (other.base_loss, other.eval_loss) == (None, None)


def test_it_loads_in_plain_peft(trained: Trained, base: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(base)
    tuned = PeftModel.from_pretrained(model, str(trained.folder)).eval()
    ids = torch.tensor([tiny_tokenizer()("关羽字什么？")["input_ids"]])
    with torch.no_grad(), tuned.disable_adapter():
        plain = tuned(input_ids=ids).logits
    with torch.no_grad():
        assert not torch.allclose(tuned(input_ids=ids).logits, plain, atol=1e-2)


@pytest.mark.parametrize(
    ("method", "checkpointing"), [("lora", True), ("prefix", False), ("ptuning", False), ("full", False)]
)
def test_every_method_trains(
    base: Path, data: tuple[Path, Path], tmp_path: Path, method: str, checkpointing: bool
) -> None:
    config = replace(STEPS, max_steps=2, log_steps=1, gradient_checkpointing=checkpointing)
    adapter = AdapterConfig(method=method, r=2, virtual_tokens=3, encoder_hidden=8)  # type: ignore[arg-type]
    done = finetune([data[0]], data[1], base, tmp_path / method, config, adapter, TOKENS)
    assert done.steps == 2
    names = {path.name for path in done.folder.iterdir()}
    weights = "model.safetensors" if method == "full" else "adapter_model.safetensors"
    assert {weights, "birth.json", "metrics.jsonl", "lengths.json"} <= names
    assert "training_args.bin" not in names
    assert all(line["grad_norm"] > 0 for line in lines(done.folder) if "loss" in line)


def interrupt(bar: Bar, arguments: Any, state: Any, control: Any, **given: Any) -> None:
    if state.global_step == 3:
        raise KeyboardInterrupt


@pytest.mark.parametrize("older", [False, True])
def test_ctrl_c_leaves_nothing(
    base: Path, data: tuple[Path, Path], trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, older: bool
) -> None:
    out = tmp_path / "adapters" / "mine"
    out.parent.mkdir()
    if older:
        out.mkdir()
        for path in trained.folder.iterdir():
            (out / path.name).write_bytes(path.read_bytes())
    before = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    monkeypatch.setattr(Bar, "on_step_end", interrupt)
    with pytest.raises(KeyboardInterrupt):
        finetune([data[0]], None, base, out, STEPS, LORA, TOKENS)
    after = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert after == before
    assert [path.name for path in out.parent.iterdir()] == ["mine"] * older


def spoil_loss(monkeypatch: pytest.MonkeyPatch, by: float, training: bool = True) -> None:
    """From the third batch on, every loss of training, or of measuring, is multiplied by `by`."""
    real, calls = transformers.Trainer.compute_loss, [0]

    def compute(trainer: Any, model: Any, *given: Any, **named: Any) -> Any:
        found = real(trainer, model, *given, **named)
        if model.training != training:
            return found
        calls[0] += 1
        return (found[0] * by, *found[1:]) if isinstance(found, tuple) else found * (by if calls[0] > 2 else 1)

    monkeypatch.setattr(transformers.Trainer, "compute_loss", compute)


@pytest.mark.parametrize(("by", "said"), [(float("nan"), "nan"), (float("inf"), "inf"), (0.0, "0.0")])
def test_a_loss_that_cannot_be_learnt_from_stops_and_names_the_batch(
    base: Path, data: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: float, said: str
) -> None:
    spoil_loss(monkeypatch, by)
    with pytest.raises(BadInput) as error:
        finetune([data[0]], data[1], base, tmp_path / "out" / "mine", STEPS, LORA, TOKENS)
    start, _, named = str(error.value).partition(" on samples ")
    assert start == f"training stopped at step 3: the loss is {said}"
    ids = named.partition(";")[0].split(", ")
    assert len(set(ids)) == 6
    assert set(ids) <= {found.sample_id for found in hand_rows()}
    assert list((tmp_path / "out").iterdir()) == []


def test_a_held_out_loss_that_is_not_a_number_stops(
    base: Path, data: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil_loss(monkeypatch, float("nan"), training=False)
    with pytest.raises(BadInput, match=r"stopped after step 0: the held-out loss is nan on samples [0-9a-f, ]+; lower"):
        finetune([data[0]], data[1], base, tmp_path / "mine", STEPS, LORA, TOKENS)
    assert list(tmp_path.iterdir()) == []


def test_a_gradient_that_is_not_a_number_stops_and_names_every_batch_of_the_step(
    base: Path, data: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = transformers.Trainer._get_grad_norm
    monkeypatch.setattr(
        transformers.Trainer, "_get_grad_norm", lambda *given, **named: real(*given, **named) * torch.nan
    )
    config = replace(STEPS, batch_size=2, accumulate=3)
    with pytest.raises(BadInput, match="stopped at step 1: the gradient is nan on samples") as error:
        finetune([data[0]], None, base, tmp_path / "mine", config, LORA, TOKENS)
    assert len(set(str(error.value).partition(" on samples ")[2].partition(";")[0].split(", "))) == 6
    assert list(tmp_path.iterdir()) == []


def test_a_base_that_gives_no_number_is_found_before_the_first_step(data: tuple[Path, Path], tmp_path: Path) -> None:
    model, tokenizer = tiny_model(len(tiny_tokenizer())), tiny_tokenizer()
    with torch.no_grad():
        model.model.layers[1].mlp.up_proj.weight[0, 0] = float("nan")
    for saved in (model, tokenizer):
        saved.save_pretrained(tmp_path / "poisoned")
    with pytest.raises(BadInput, match="preflight stopped before the first step: the loss is nan on samples"):
        finetune([data[0]], data[1], tmp_path / "poisoned", tmp_path / "out" / "mine", STEPS, LORA, TOKENS)
    assert not (tmp_path / "out").exists()


def send_sigterm(bar: Bar, arguments: Any, state: Any, control: Any, **given: Any) -> None:
    if state.global_step == 3:
        os.kill(os.getpid(), signal.SIGTERM)


def test_sigterm_saves_what_was_learnt_and_says_so(
    base: Path, data: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(Bar, "on_step_end", send_sigterm)
    done = finetune([data[0]], None, base, tmp_path / "mine", STEPS, LORA, TOKENS)
    assert (done.stopped, done.steps) == (True, 3)
    assert {path.name for path in done.folder.iterdir()} == FILES
    assert json.loads((done.folder / "birth.json").read_text())["stopped"] == "by SIGTERM, before the last step"
    assert signal.getsignal(signal.SIGTERM) == before


def must_not_load(*given: object) -> None:
    raise AssertionError("the base was loaded")


def test_held_out_rows_that_are_trained_on_are_refused_before_loading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train.prepare, "load_base", must_not_load)
    data = write_rows(tmp_path / "train.parquet", hand_rows())
    valid = write_rows(tmp_path / "valid.parquet", hand_rows(6, 21))
    with pytest.raises(BadInput) as error:
        finetune([data], valid, "base", tmp_path / "out", STEPS, LORA, TOKENS)
    assert str(error.value) == (
        "preflight: 3 of 24 rows must not be trained on; build the set again without them:\n"
        "  train.parquet row 22 (0000000000000015): it is held out: valid.parquet row 1\n"
        "  train.parquet row 23 (0000000000000016): it is held out: valid.parquet row 2\n"
        "  train.parquet row 24 (0000000000000017): it is held out: valid.parquet row 3"
    )


def test_prefix_with_checkpointing_is_refused_before_loading(
    data: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train.prepare, "load_base", must_not_load)
    config = replace(STEPS, gradient_checkpointing=True)
    with pytest.raises(BadInput, match="turn one of them off"):
        finetune([data[0]], None, "base", tmp_path / "out", config, AdapterConfig(method="prefix"), TOKENS)


def test_rows_that_cannot_be_used_are_left_out_and_counted(base: Path, tmp_path: Path) -> None:
    rows = [row(90, "谁？", "<|im_end|>"), row(91, "<|im_start|>谁？", "云长"), row(92, "谁？", "云长" * 60)]
    data = write_rows(tmp_path / "train.parquet", [*hand_rows(6), *rows])
    long = replace(row(93, "", "云长"), messages=turns("何处人？" * 30))
    valid = write_rows(tmp_path / "valid.parquet", [long, *hand_rows(2, 24)])
    done = finetune([data], valid, base, tmp_path / "out", replace(STEPS, max_steps=1), LORA, TOKENS)
    assert done.report.reasons == {CONTROL: 2, "the answer alone is over the limit": 1}
    told = json.loads((done.folder / "lengths.json").read_text(encoding="utf-8"))
    assert told["train"]["reasons"] == done.report.reasons
    assert sorted(told["train"]["skipped"]) == [f"{number:016x}" for number in (90, 91, 92)]
    assert told["valid"]["skipped"] == {f"{93:016x}": OVERLONG}  # never measured cut
    assert json.loads((done.folder / "birth.json").read_text())["rows"] == {"train": 6, "valid": 2}


def test_nothing_left_to_train_on_is_said(base: Path, tmp_path: Path) -> None:
    data = write_rows(tmp_path / "train.parquet", [row(1, "谁？", "<|im_end|>"), row(2, "谁？", "云长" * 60)])
    with pytest.raises(BadInput, match=r"train\.parquet: no row is left to train on: .*control tokens"):
        finetune([data], None, base, tmp_path / "out", STEPS, LORA, TOKENS)
    assert not (tmp_path / "out").exists()


def test_a_limit_over_the_bases_is_said(base: Path, data: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"takes 256 tokens, max_length is 257; lower it under \[tokens\]"):
        finetune([data[0]], None, base, tmp_path / "out", STEPS, LORA, TokenConfig(257))


def test_something_else_is_never_overwritten(trained: Trained, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    check_out(tmp_path / "letters")  # empty
    check_out(tmp_path / "absent")
    check_out(trained.folder)
    (tmp_path / "letters" / "dear.txt").write_text("x")
    for path in (tmp_path / "letters", tmp_path / "letters" / "dear.txt"):
        with pytest.raises(BadInput, match="something else is there already; name a new folder"):
            check_out(path)
