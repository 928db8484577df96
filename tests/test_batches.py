"""Batches as whole tensors, packed rows that see nothing of each other, and an order that comes again."""

from array import array
from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_model import tiny_glm, tiny_model
from transformers import LlamaConfig, LlamaForCausalLM, MambaConfig, MambaForCausalLM, OPTConfig, OPTForCausalLM

from train.apart import rows_kept_apart
from train.batches import Collator, RowOrder, model_inputs, pack
from train.tokenise import Encoded

ROWS = [Encoded("a", array("i", [5, 6, 2]), 1), Encoded("b", array("i", [7, 8, 9, 4, 2]), 2, "text")]
SIZES = {"vocab_size": 360, "hidden_size": 32, "num_hidden_layers": 2}


@pytest.mark.parametrize("pad", [0, 2])
def test_a_batch_is_padded_on_the_right(pad: int) -> None:
    batch = Collator(pad)(ROWS)
    assert {name: batch[name].tolist() for name in ("input_ids", "attention_mask", "labels")} == {
        "input_ids": [[5, 6, 2, pad, pad], [7, 8, 9, 4, 2]],
        "attention_mask": [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]],
        "labels": [[-100, 6, 2, -100, -100], [-100, -100, 9, 4, 2]],
    }  # where the end is also the padding, the row's own end keeps its label
    assert (batch["sample_ids"], batch["places"]) == (["a", "b"], [(0, 0, 3), (1, 0, 5)])
    assert set(model_inputs(batch)) == {"input_ids", "attention_mask", "labels"}
    assert {value.dtype for value in model_inputs(batch).values()} == {torch.int64}
    assert Collator(pad)(ROWS[:1])["input_ids"].tolist() == [[5, 6, 2]]


def test_a_packed_batch_has_rows_end_to_end_with_positions_of_their_own() -> None:
    rows = [
        Encoded("a", array("i", [5, 6, 7]), 0),
        Encoded("b", array("i", [8, 9, 4, 3]), 2),
        Encoded("c", array("i", [5, 6, 2]), 1),
        Encoded("d", array("i", [7, 8, 2]), 0),
    ]
    batch = Collator(0, packed=True)(rows)
    assert {name: batch[name].tolist() for name in ("input_ids", "position_ids", "labels")} == {
        "input_ids": [[8, 9, 4, 3, 7, 8, 2], [5, 6, 7, 5, 6, 2, 0]],
        "position_ids": [[0, 1, 2, 3, 0, 1, 2], [0, 1, 2, 0, 1, 2, 0]],
        # No row is asked for the first token of the next.
        "labels": [[-100, -100, 4, 3, -100, 8, 2], [5, 6, 7, -100, 6, 2, -100]],
    }
    assert batch["places"] == [(1, 0, 3), (0, 0, 4), (1, 3, 6), (0, 4, 7)]
    assert model_inputs(batch)["use_cache"] is False


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_every_row_is_on_one_line_and_no_line_is_too_long(lengths: list[int]) -> None:
    lines = pack(lengths)
    assert sorted(row for line in lines for row in line) == list(range(len(lengths)))
    widest = max(sum(lengths[row] for row in line) for line in lines)
    assert widest <= 2 * max(lengths)
    assert widest * len(lines) <= max(lengths) * len(lengths)  # never more than padded


def tiny_llama() -> LlamaForCausalLM:
    torch.manual_seed(3)
    return LlamaForCausalLM(
        LlamaConfig(**SIZES, intermediate_size=64, num_attention_heads=2, num_key_value_heads=1)  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("make", [tiny_model, tiny_glm, lambda vocabulary: tiny_llama()], ids=["qwen3", "glm", "llama"])
def test_packed_loss_and_gradient_are_those_of_each_row_alone(make: object, attention: str) -> None:
    model = make(360)  # type: ignore[operator]
    model.set_attn_implementation(attention)
    drawn = torch.Generator().manual_seed(1)
    rows = []
    for number, length in enumerate((9, 31, 14, 5, 22, 8, 17)):
        ids = torch.randint(3, 360, (length,), generator=drawn).tolist()
        rows.append(Encoded(str(number), array("i", ids), length // 2))
    batch = Collator(0, packed=True)(rows)
    assert batch["input_ids"].shape == (2, 53)  # 106 tokens, no padding at all
    packed = model(**model_inputs(batch)).loss
    (of_packed,) = torch.autograd.grad(packed, [model.model.layers[0].self_attn.v_proj.weight])
    sums, count = torch.zeros(()), 0
    for row in rows:
        alone = model(**model_inputs(Collator(0)([row]))).loss
        supervised = len(row.input_ids) - row.prompt_length
        sums, count = sums + alone * supervised, count + supervised
    (of_alone,) = torch.autograd.grad(sums / count, [model.model.layers[0].self_attn.v_proj.weight])
    assert packed.item() == pytest.approx((sums / count).item(), abs=1e-5)
    assert torch.allclose(of_packed, of_alone, atol=1e-6)


def test_whether_rows_are_kept_apart_is_measured() -> None:
    assert all(rows_kept_apart(model) for model in (tiny_model(360), tiny_model(360).bfloat16(), tiny_llama().train()))
    recurrent = MambaForCausalLM(MambaConfig(**SIZES))  # type: ignore[arg-type]
    counting = OPTForCausalLM(
        OPTConfig(**SIZES, ffn_dim=64, num_attention_heads=2, word_embed_proj_dim=32)  # type: ignore[arg-type]
    )
    assert not rows_kept_apart(recurrent.train())
    assert recurrent.training  # left as it was
    assert not rows_kept_apart(counting)


@pytest.mark.parametrize("by_length", [False, True])
def test_an_order_has_every_row_and_comes_again(by_length: bool) -> None:
    lengths = [number * 7 % 40 for number in range(103)]
    order = RowOrder(lengths, 4, by_length, seed=5)
    first = list(order)
    assert Counter(first) == Counter(range(103))
    assert list(order) == first
    order.epoch = 1
    assert list(order) != first
    order.epoch = 0
    assert list(order) == first != list(RowOrder(lengths, 4, by_length, seed=6))
    spread = [max(step) - min(step) for step in ([lengths[row] for row in first[i : i + 4]] for i in range(0, 100, 4))]
    assert (sum(spread) / 25 < 3) == by_length
