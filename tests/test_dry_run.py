"""The longest batch is tried before the first step; what would not fit is said with what to change, and moves nothing."""

import re
from array import array
from typing import Any

import pytest
import torch
from tiny_model import tiny_model, tiny_tokenizer

import train.dry_run
from train.adapters import AdapterConfig, attach
from train.batches import Collator
from train.config import TrainConfig
from train.dry_run import GIB, Fit, dry_run, remedy
from train.tokenise import Encoded
from warehouse.kit import BadInput

SIZE = len(tiny_tokenizer())
CONFIG = TrainConfig(batch_size=4)
LORA = AdapterConfig(r=2, dropout=0.5)
COLLATOR = Collator(0)


def encoded(*lengths: int) -> list[Encoded]:
    return [Encoded(f"row {n}", array("i", [5 + n % 7] * length), length - 3) for n, length in enumerate(lengths)]


def model() -> Any:
    torch.manual_seed(1)
    return attach(tiny_model(SIZE), LORA)


def test_the_longest_rows_are_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    real = train.dry_run._pass

    def watched(tuned: Any, batch: dict[str, Any], device: torch.device, head: object) -> float:
        seen.append(tuple(batch["input_ids"].shape))
        return real(tuned, batch, device, None)

    monkeypatch.setattr(train.dry_run, "_pass", watched)
    fit = dry_run(model(), encoded(9, 40, 12, 64, 30, 50, 10), COLLATOR, CONFIG, LORA)
    assert (fit.rows, fit.tokens) == (4, 64)
    assert seen == [(1, 2), (1, 16), (1, 64), (4, 64)]
    assert 0 < fit.needed < fit.available
    assert re.match(r"the longest batch, 4 rows of 64 tokens, takes \d+\.\d\d GiB of the ", fit.sentence)
    assert dry_run(model(), encoded(9, 7), COLLATOR, CONFIG, LORA).rows == 2


def test_it_moves_no_weight_and_draws_nothing() -> None:
    tuned = model()
    before = {name: weight.clone() for name, weight in tuned.state_dict().items()}
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    dry_run(tuned, encoded(20, 30), COLLATOR, CONFIG, LORA)
    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(weight, before[name]) for name, weight in tuned.state_dict().items())
    assert all(weight.grad is None for weight in tuned.parameters())


def grows(monkeypatch: pytest.MonkeyPatch, available: int, tried: list[int]) -> None:
    """A machine with so much memory, of which weights take 1 GiB and each token of a pass 1/64 GiB."""

    def measured(tuned: Any, batch: dict[str, Any], device: torch.device, head: object) -> tuple[int, float]:
        tried.append(batch["input_ids"].numel())
        return GIB + tried[-1] * GIB // 64, 3.0

    monkeypatch.setattr(train.dry_run, "_used", lambda device: GIB)
    monkeypatch.setattr(train.dry_run, "available_memory", lambda device: available)
    monkeypatch.setattr(train.dry_run, "_measured", measured)


def test_what_would_not_fit_is_refused_before_it_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    grows(monkeypatch, 4 * GIB, tried)
    with pytest.raises(BadInput) as error:
        dry_run(model(), encoded(64, 64, 64, 64), COLLATOR, CONFIG, LORA)
    assert tried == [16, 64]  # four rows would be 256 tokens, 5 GiB in all
    assert str(error.value) == (
        "preflight: the longest batch, 4 rows of 64 tokens, does not fit: it takes some 5.00 GiB, and the machine's "
        "memory has 4.00 GiB for it; set batch_size = 2 and accumulate = 2 under [train], which is the same step"
    )


def test_what_fits_is_told_as_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    grows(monkeypatch, 6 * GIB, tried)
    fit = dry_run(model(), encoded(64, 64, 64, 64), COLLATOR, CONFIG, LORA)
    assert tried == [16, 64, 256]
    assert fit.needed - 5 * GIB in range(2 * 4 * 2 * 4096)  # and the optimiser's moments of the adapter
    assert fit == Fit(4, 64, fit.needed, 6 * GIB, "the machine's memory")


def test_a_single_row_that_is_too_long_needs_more_than_a_smaller_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    grows(monkeypatch, int(1.5 * GIB), tried)
    with pytest.raises(BadInput, match="set gradient_checkpointing = true"):
        dry_run(model(), encoded(64, 64, 64, 64), COLLATOR, CONFIG, LORA)
    assert tried == [16]


def test_a_pass_that_fails_for_want_of_memory_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    real = train.dry_run._pass

    def fails(tuned: Any, batch: dict[str, Any], device: torch.device, head: object) -> float:
        if batch["input_ids"].numel() > 64:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")
        return real(tuned, batch, device, None)

    monkeypatch.setattr(train.dry_run, "_pass", fails)
    tuned = model()
    with pytest.raises(BadInput, match="4 rows of 64 tokens, does not fit"):
        dry_run(tuned, encoded(64, 64, 64, 64), COLLATOR, CONFIG, LORA)
    assert all(weight.grad is None for weight in tuned.parameters())


@pytest.mark.parametrize(
    ("fitting", "config", "adapter", "said"),
    [
        (3, TrainConfig(batch_size=8), LORA, "set batch_size = 3 and accumulate = 3 under [train], which is about the same step"),
        (4, TrainConfig(batch_size=8, accumulate=2), LORA, "set batch_size = 4 and accumulate = 4 under [train], which is the same step"),
        (0, TrainConfig(), LORA,
         'set gradient_checkpointing = true under [train], set method = "qlora" under [adapter], '
         "lower max_length under [tokens] or take a smaller base"),
        (0, TrainConfig(gradient_checkpointing=True), AdapterConfig(method="qlora"),
         "lower max_length under [tokens] or take a smaller base"),
        (-1, TrainConfig(), AdapterConfig(method="prefix"),
         'set method = "qlora" under [adapter], lower max_length under [tokens] or take a smaller base'),
        (0, TrainConfig(gradient_checkpointing=True), AdapterConfig(method="full"),
         'set method = "lora" under [adapter], lower max_length under [tokens] or take a smaller base'),
    ],
)  # fmt: skip
def test_what_to_change(fitting: int, config: TrainConfig, adapter: AdapterConfig, said: str) -> None:
    assert remedy(fitting, config, adapter) == said
