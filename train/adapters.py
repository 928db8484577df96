"""A base and a method's name in, the model to train out; the trained model in, an adapter's files out.

lora     low-rank updates beside the layers' matrices (Hu et al. 2021)
qlora    the same beside matrices that are kept in 4 bits (nf4) or 8 (Dettmers et al. 2023, LLM.int8() 2022)
prefix   trained keys and values before every layer's own, P-tuning v2 (Liu et al. 2021)
ptuning  trained input embeddings before the prompt, from an encoder (Liu et al. 2021, "GPT understands, too")
full     every weight; what is saved is a base of its own
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from train.precision import Bits, Precision
from warehouse.kit import BadInput

if TYPE_CHECKING:  # seconds to import, which whoever reads a config need not wait for
    import torch
    from peft import LoraConfig, PeftModel, PrefixTuningConfig, PromptEncoderConfig
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Method = Literal["lora", "qlora", "prefix", "ptuning", "full"]
UNPACKED = ("prefix", "ptuning")  # methods whose rows cannot share a line


@dataclass(frozen=True)
class AdapterConfig:
    """What is trained beside, or in, the base."""

    method: Method = "lora"
    bits: Literal[0, 4, 8] = 0  # of qlora's frozen matrices; 0 is 4 for qlora, and their own precision for the others
    r: int = 16  # rank of the update
    alpha: int = 32  # the update is scaled by alpha / r
    dropout: float = 0.0
    target_modules: tuple[str, ...] = ()  # matrices by the end of their names; none named: all but the head
    virtual_tokens: int = 16  # of prefix and ptuning; the first experiments called it pre_seq_len
    encoder_hidden: int = 128  # of ptuning's encoder

    def __post_init__(self) -> None:
        if self.r < 1 or self.virtual_tokens < 1 or not 0 <= self.dropout < 1:
            raise ValueError("r and virtual_tokens must be at least 1, dropout at least 0 and below 1")


def check(
    config: AdapterConfig, gradient_checkpointing: bool, precision: Precision = "auto", packing: str = "auto"
) -> None:
    """Raises BadInput for what cannot go together, before anything is loaded."""
    if config.method == "prefix" and gradient_checkpointing:
        raise BadInput(
            "prefix tuning feeds cached keys, which gradient checkpointing throws away; turn one of them off"
        )
    if packing == "always" and config.method in UNPACKED:
        raise BadInput(
            f"{config.method} puts what it trains before a line, and packed rows after the first would go without it; "
            'set packing = "auto" or "never" under [train]'
        )
    if config.bits and config.method == "full":
        raise BadInput(
            f'full training moves every weight, and weights of {config.bits} bits cannot be moved; set method = "qlora" '
            "or take bits out"
        )
    if config.bits and config.method != "qlora":
        raise BadInput(
            f'bits = {config.bits} is for qlora alone; set method = "qlora" or take bits out of [adapter] ({config.method})'
        )
    if config.method == "full" and precision == "fp16":
        raise BadInput('full training in fp16 loses small steps and cannot be scaled; set precision = "bf16" or "fp32"')
    if precision == "fp16" and not _has_gpu():
        raise BadInput('precision = "fp16" needs a GPU to train on; set "fp32", "bf16" or "auto"')
    if quantised_bits(config) and find_spec("bitsandbytes") is None:
        raise BadInput('qlora needs the package bitsandbytes; run: pip install bitsandbytes, or set method = "lora"')


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def quantised_bits(config: AdapterConfig) -> Bits:
    """In how many bits the base is loaded; 0 for its own precision."""
    return (config.bits or 4) if config.method == "qlora" else 0


def attach(model: "PreTrainedModel", config: AdapterConfig) -> "PeftModel | PreTrainedModel":
    """The model with the method's weights to train, and nothing else, open to change."""
    if config.method == "full":
        return model.requires_grad_(True)
    from peft import get_peft_model

    try:
        return get_peft_model(model, METHODS[config.method](config))
    except ValueError as error:  # target_modules that the base does not have
        raise BadInput(f"adapter: {str(error).splitlines()[0]}; name matrices that the base has") from None


def save(
    model: "PeftModel | PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    folder: Path,
    state: "Mapping[str, torch.Tensor] | None" = None,
) -> None:
    """Write the trained weights and their configuration into `folder`, as plain peft reads them.

    A fully trained model is saved with its tokenizer, to be named as a base. `state` holds the whole weights where
    the model has a share of each.
    """
    from peft import PeftModel

    if not isinstance(model, PeftModel):
        model.save_pretrained(folder, state_dict=dict(state) if state else None)
        tokenizer.save_pretrained(folder)
        return
    # The vocabulary never grows here; "auto" would ask the network whether it did.
    model.save_pretrained(str(folder), save_embedding_layers=False, state_dict=state)
    (folder / "README.md").unlink(missing_ok=True)  # an empty form; birth.json says what it asks
    written = folder / "adapter_config.json"
    settings = json.loads(written.read_text(encoding="utf-8"))
    if isinstance(settings.get("target_modules"), list):
        settings["target_modules"].sort()  # peft writes a set, in another order on every run
    written.write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _lora(config: AdapterConfig) -> "LoraConfig":
    from peft import LoraConfig

    return LoraConfig(
        r=config.r,
        lora_alpha=config.alpha,
        lora_dropout=config.dropout,
        target_modules=list(config.target_modules) or "all-linear",
        task_type="CAUSAL_LM",
    )


def _prefix(config: AdapterConfig) -> "PrefixTuningConfig":
    from peft import PrefixTuningConfig

    return PrefixTuningConfig(num_virtual_tokens=config.virtual_tokens, task_type="CAUSAL_LM")


def _ptuning(config: AdapterConfig) -> "PromptEncoderConfig":
    from peft import PromptEncoderConfig

    return PromptEncoderConfig(
        num_virtual_tokens=config.virtual_tokens,
        encoder_hidden_size=config.encoder_hidden,
        task_type="CAUSAL_LM",
    )


METHODS: dict[str, Callable[[AdapterConfig], Any]] = {
    "lora": _lora,
    "qlora": _lora,
    "prefix": _prefix,
    "ptuning": _ptuning,
}
