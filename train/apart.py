"""A model in; whether it keeps packed rows apart out, measured on the model itself.

Architectures whose attention or state runs over a whole line (recurrent layers, masks of their own) would let a row
see the one before it, without a word. Two rows on one line are compared with the second row alone: kept apart, the
logits differ by rounding; run on as one text, they differ by what the first row says.
"""

from typing import Any

import torch

LENGTHS = (7, 9)  # tokens of the two rows
ROUNDING = 0.1  # of the difference that an unparted row makes; in bf16 some 0.01 was seen, in fp32 1e-6


def rows_kept_apart(model: Any) -> bool:
    """Whether the second row on a line is answered as if it stood alone. The model is left as it was."""
    device = next(model.parameters()).device
    first, second = LENGTHS
    vocabulary = int(model.config.get_text_config().vocab_size)
    ids = (torch.arange(first + second, device=device)[None] * 37 + 11) % vocabulary
    parted = torch.cat([torch.arange(first), torch.arange(second)])[None].to(device)
    run_on = torch.arange(first + second, device=device)[None]
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            alone = _logits(model, ids[:, first:], run_on[:, :second])
            packed, mixed = (_logits(model, ids, positions)[:, first:] for positions in (parted, run_on))
    except (TypeError, ValueError):  # it takes no position_ids
        return False
    finally:
        model.train(training)
    return bool((packed - alone).abs().max() < ROUNDING * (mixed - alone).abs().max())


def _logits(model: Any, ids: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    with torch.autocast(ids.device.type, dtype=model.dtype, enabled=model.dtype != torch.float32):
        return model(input_ids=ids, position_ids=positions, use_cache=False).logits.float()
