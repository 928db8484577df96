"""Real pretrained bases: a few steps of every method on each, and a base that goes round in circles is seen to.

HUABEN_BASES=BASES make test        BASES as benchmarks/pretrained_bases.py makes it; some minutes
"""

import json
import os
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from tiny_model import write_rows
from transformers import AutoModelForCausalLM

from eval.decoding import GenerateConfig
from eval.generate import generate_predictions
from eval.predictions import read_predictions
from eval.repetition import longest_loop, repeated_4grams
from train.adapters import AdapterConfig
from train.config import TrainConfig
from train.finetune import finetune
from train.rows import Row
from train.tokenise import TokenConfig

pytestmark = [pytest.mark.pretrained, pytest.mark.slow]
ASKED = {
    "gemma3-270m": [("桃园三结义的是哪三个人？", "刘备、关羽、张飞。"), ("曹操字什么？", "字孟德。")],
    "smollm2-135m": [("Who swore brotherhood in the peach garden?", "Liu Bei, Guan Yu and Zhang Fei."),
                     ("What is 12 + 7?", "19.")],
}  # fmt: skip


@pytest.fixture(scope="module")
def bases() -> Path:
    """The folder of converted bases; without one the tests are skipped."""
    named = os.environ.get("HUABEN_BASES", "")
    if not named:
        pytest.skip("HUABEN_BASES is not set: make the folder with benchmarks/pretrained_bases.py")
    missing = [name for name in ASKED if not (Path(named) / name / "config.json").is_file()]
    assert not missing, f"{named} lacks {missing}"
    return Path(named)


def rows(name: str, times: int = 1) -> list[Row]:
    return [
        Row(
            f"{n:016x}",
            "instruct",
            ({"role": "user", "content": asked + "？" * (n // 2)},),
            answer,
            answer,
            "instruction",
        )
        for n, (asked, answer) in enumerate(ASKED[name] * times)
    ]


@pytest.mark.parametrize("method", ["lora", "prefix", "ptuning"])
@pytest.mark.parametrize("name", list(ASKED))
def test_a_few_steps_lower_the_loss_and_plain_peft_reads_the_adapter(
    bases: Path, name: str, method: str, tmp_path: Path
) -> None:
    write_rows(tmp_path / "set" / "train.parquet", rows(name, times=4))
    write_rows(tmp_path / "set" / "valid.parquet", rows(name))
    rate = 1e-3 if method == "lora" else 1e-2
    config = TrainConfig(batch_size=4, max_steps=4, learning_rate=rate, warmup_share=0.0, log_steps=1)
    adapter = AdapterConfig(method=method, r=8, virtual_tokens=8)  # type: ignore[arg-type]
    made = finetune(
        [tmp_path / "set" / "train.parquet"], None, bases / name, tmp_path / "adapter", config, adapter,
        TokenConfig(max_length=128),
    )  # fmt: skip
    losses = [json.loads(line)["loss"] for line in (made.folder / "metrics.jsonl").read_text().splitlines()]
    assert made.steps == 4 and losses[-1] < losses[0]
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(bases / name), str(made.folder))
    assert all(bool(torch.isfinite(weight).all()) for weight in model.parameters())


def test_the_untuned_base_goes_round_in_circles_and_the_metrics_see_it(bases: Path, tmp_path: Path) -> None:
    write_rows(tmp_path / "set" / "test.parquet", [*rows("gemma3-270m")][:1])
    out = tmp_path / "base.jsonl"
    generate_predictions(
        tmp_path / "set" / "test.parquet", bases / "gemma3-270m", out, GenerateConfig(max_new_tokens=96)
    )
    (told,) = read_predictions(out)
    repeated = repeated_4grams(told.prediction)
    assert repeated is not None and repeated > 0.5, told.prediction
    assert longest_loop(told.prediction) > 20, told.prediction
    assert told.finished is False
