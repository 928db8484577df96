"""A model in, one whose head computes logits for supervised tokens only out; the loss and its gradients are the same.

    tokens      问 曹 操 字 ？ 答 孟 德 end        the head sees three of nine positions: 答 孟 德,
    supervised                   孟 德 end         which foretell 孟 德 end

Logits take the most memory of a small base: 4,096 tokens of Qwen3-0.6B have 2.5 GB of them, and as much again twice
over for the loss and its gradient. Of a prompt with a short answer nearly all of that is for tokens without a loss.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from train.tokenise import IGNORED

CLOSE = 2e-2  # relative difference of two losses; in bf16 some 0.005 was seen


class SupervisedHead:
    """The model's output layer, which within `only` is given the supervised positions alone."""

    def __init__(self, model: Any) -> None:
        self.mask: torch.Tensor | None = None
        self.hook = model.get_output_embeddings().register_forward_pre_hook(self._pick)

    @contextmanager
    def only(self, inputs: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The inputs with `shift_labels` of shape (1, supervised), as logits of shape (1, supervised, words) ask for."""
        wanted = inputs["labels"][:, 1:]
        seen = wanted != IGNORED
        self.mask = torch.nn.functional.pad(seen, (0, 1))
        try:
            yield {**inputs, "shift_labels": wanted[seen][None]}
        finally:
            self.mask = None

    def _pick(self, module: torch.nn.Module, given: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...] | None:
        return None if self.mask is None else (given[0][self.mask][None], *given[1:])


def supervised_head(model: Any) -> SupervisedHead | None:
    """The model's head so equipped, or None where the loss does not come out the same: tried on a few tokens."""
    device = next(model.parameters()).device
    ids = (torch.arange(12, device=device)[None].repeat(2, 1) * 37 + 11) % int(
        model.config.get_text_config().vocab_size
    )
    labels = ids.clone()
    labels[0, :7] = labels[1, :3] = labels[1, 9:] = IGNORED
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": labels}
    training, head = model.training, SupervisedHead(model)
    model.eval()
    try:
        with torch.no_grad(), torch.autocast(device.type, dtype=model.dtype, enabled=model.dtype != torch.float32):
            whole = float(model(**inputs).loss)
            with head.only(inputs) as picked:
                alone = float(model(**picked).loss)
    except (TypeError, ValueError, RuntimeError):  # a loss of its own, which knows no shifted labels
        alone = float("nan")
    finally:
        model.train(training)
    if not abs(whole - alone) <= CLOSE * abs(whole):
        head.hook.remove()
        return None
    return head
