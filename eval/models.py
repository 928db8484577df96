"""The name of a base and maybe an adapter folder → a model that is ready to generate, and what it is."""

import hashlib
from pathlib import Path
from typing import Any, cast

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from train.bases import load_base
from train.birth import how_loaded
from train.precision import Bits, Precision
from train.trust import NOBODY, TrustConfig
from train.weights import is_whole_model
from warehouse.kit import BadInput

_SAMPLED = 256  # values per parameter in a fingerprint: a training step moves nearly all values of what it trains


def load_model(
    base: str | Path,
    adapter: Path | None = None,
    precision: Precision = "auto",
    like: Path | None = None,
    trust: TrustConfig = NOBODY,
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The base, under the adapter if one is given, in evaluation mode on the GPU where there is one.

    A folder that training of method `full` wrote is a model of its own and is loaded instead of the base. Unless a
    precision is asked for, it is that in which the adapter, or `like`, was trained, quantisation included. Code of the
    base's own runs where `trust` names it, whatever the adapter's certificate says.
    Raises BadInput when there is no such base or adapter, or the adapter was trained on another base.
    """
    if adapter is not None and is_whole_model(Path(adapter)):
        base, adapter, like = adapter, None, adapter
    if adapter is not None and not (Path(adapter) / "adapter_config.json").is_file():
        raise BadInput(f"{adapter}: no adapter_config.json in it; give a folder that `huaben train` wrote")
    trained_in: Precision
    bits: Bits
    trained_on = adapter or like
    trained_in, bits = how_loaded(Path(trained_on)) if trained_on else ("auto", 0)
    model, tokenizer = load_base(base, trained_in if precision == "auto" else precision, bits, trust)
    if adapter is not None:
        from peft import PeftModel  # half a second, which a run without an adapter need not wait for

        try:
            model = cast(PreTrainedModel, PeftModel.from_pretrained(model, str(adapter)))  # it hands on all we call
        except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
            reason = " ".join(str(error).split())[:200]
            remedy = "name the base it was trained on"
            raise BadInput(f"{adapter}: does not fit the base {base} ({reason}); {remedy}") from None
    if not bits:  # quantised weights are loaded where they stay
        model = cast(Any, model).to("cuda" if torch.cuda.is_available() else "cpu")
    return model.eval(), tokenizer


def weights_fingerprint(model: torch.nn.Module) -> str:
    """16 hex digits over the name, shape, type and evenly sampled values of every parameter, adapter included.

    The same for the same weights wherever they lie; milliseconds, where hashing a 9 B model's files takes a minute.
    """
    digest = hashlib.sha256()
    for name, parameter in model.named_parameters():
        flat = parameter.detach().reshape(-1)
        sampled = flat[:: max(1, flat.numel() // _SAMPLED)].to("cpu", torch.float64)
        digest.update(f"{name} {tuple(parameter.shape)} {parameter.dtype} ".encode() + sampled.numpy().tobytes())
    return digest.hexdigest()[:16]
