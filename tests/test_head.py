"""Logits for supervised tokens alone: the same loss and gradients, of fewer positions."""

from array import array

import pytest
import torch
from tiny_model import tiny_glm, tiny_model
from torch import nn

from train.batches import Collator, model_inputs
from train.head import supervised_head
from train.tokenise import Encoded

ROWS = [Encoded("a", array("i", [5, 6, 7, 8, 2]), 3), Encoded("b", array("i", [9, 4, 2]), 1)]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("make", [tiny_model, tiny_glm])
def test_the_loss_is_the_same_of_fewer_positions(make: object, packed: bool) -> None:
    model = make(360)  # type: ignore[operator]
    inputs = model_inputs(Collator(0, packed)(ROWS))
    whole = model(**inputs).loss
    (of_whole,) = torch.autograd.grad(whole, [model.lm_head.weight])
    head = supervised_head(model)
    assert head is not None
    with head.only(inputs) as picked:
        out = model(**picked)
    (of_picked,) = torch.autograd.grad(out.loss, [model.lm_head.weight])
    assert out.logits.shape == (1, 4, 360)
    assert picked["shift_labels"].tolist() == [[8, 2, 4, 2]]
    assert out.loss.item() == pytest.approx(whole.item(), abs=1e-6)
    assert torch.allclose(of_picked, of_whole, atol=1e-7)
    assert model(**inputs).logits.shape[:2] == inputs["input_ids"].shape  # outside it is as it was


def test_a_model_with_a_loss_of_its_own_is_left_alone() -> None:
    model = tiny_model(360)
    model.loss_function = lambda logits, labels, **given: nn.functional.cross_entropy(
        logits[:, :-1].reshape(-1, 360), labels[:, 1:].reshape(-1)
    )
    assert supervised_head(model) is None
    assert not model.lm_head._forward_pre_hooks
