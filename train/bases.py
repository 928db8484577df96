"""The name of a base in, its model and tokenizer out: a local folder or a Hugging Face name, safetensors only.

A repository's own code runs only where the config of the command names it (`train.trust`), a pickle never.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from train.bars import hide_library_bars
from train.precision import Bits, Precision
from train.template import PROBE
from train.trust import NOBODY, TrustConfig, check_code, how_to_trust, own_code, tell_once
from warehouse.kit import BadInput, sha256_file

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")
FINGERPRINTED = ("*.json", "*.jinja", "*.model", "*.safetensors", "merges.txt", "vocab.txt")


@dataclass(frozen=True, slots=True)
class BaseFingerprint:
    """Which base an adapter belongs to."""

    name: str  # the hub name, or the last part of a folder's path
    revision: str  # the hub's commit; empty for a folder
    sha256: str  # over the names and hashes of a folder's files; empty for a hub name, whose commit says as much


def load_base(
    name: str | Path, precision: Precision = "auto", bits: Bits = 0, trust: TrustConfig = NOBODY
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The model and the tokenizer, with a pad token. "auto" is bf16 where a GPU has it, else fp32.

    The model is on the CPU; with `bits`, which quantises its linear layers but the head by bitsandbytes, on this
    process's GPU where there is one. Raises BadInput when there is no such base, it cannot be reached, or it needs
    pickles, or code of its own that `trust` does not name.
    """
    tokenizer = load_tokenizer(name, trust)
    options: dict[str, Any] = {"dtype": _dtype(precision), "use_safetensors": True}
    options["trust_remote_code"] = trust.covers(name)  # and check_code has said that no further repository's runs
    if bits:
        options |= {"quantization_config": _quantised(bits, options["dtype"]), "device_map": {"": training_device()}}
    with _explained(str(name), options["trust_remote_code"]):
        read: Any = AutoModelForCausalLM.from_pretrained  # its annotations know no loading info
        model, loading = read(str(name), output_loading_info=True, **options)
    if missing := sorted(loading["missing_keys"]):  # transformers fills them with random numbers and only warns
        named = missing[0] + (f" and {len(missing) - 1} more" if missing[1:] else "")
        raise BadInput(f"{name}: weights are missing ({named}); it must be a causal model with all its weights")
    for module in model.modules() if bits == 4 else ():
        # On CPUs with AVX512-BF16 the first pass in evaluation mode would repack the weights for a kernel that has no
        # backward pass: training after a first evaluation then went on with gradients of zero, without a word.
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
    _tell(str(name), model)
    return model, tokenizer


def load_tokenizer(name: str | Path, trust: TrustConfig = NOBODY) -> PreTrainedTokenizerBase:
    """The base's tokenizer alone, with a pad token. Raises BadInput as `load_base` does."""
    hide_library_bars()
    name = _known_place(str(name))
    with _explained(name, trust.covers(name)):
        trusted = check_code(name, trust)
        AutoConfig.from_pretrained(name, trust_remote_code=trusted)  # first, as its errors name the cause
        tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=trusted)
    _tell(name, tokenizer)
    if not tokenizer(PROBE, add_special_tokens=False)["input_ids"]:  # what transformers makes where files are absent
        raise BadInput(f"{name}: the base has no tokenizer that can write text; download its tokenizer files too")
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token  # never seen by the loss: padding is masked
    return tokenizer


def base_fingerprint(name: str | Path, model: PreTrainedModel | None = None) -> BaseFingerprint:
    """What identifies the base in a birth certificate, without the path it lay at; the hub's commit needs `model`."""
    folder = Path(name)
    if not folder.is_dir():
        commit = getattr(model.config, "_commit_hash", None) if model else None
        return BaseFingerprint(str(name), commit or "", "")
    digest = hashlib.sha256()
    found = {path for pattern in FINGERPRINTED for path in folder.glob(pattern)}
    for path in sorted(found - {folder / "base.json"}):  # the embedded base's card, which holds the time it took
        digest.update(f"{path.name} {sha256_file(path)}\n".encode())
    return BaseFingerprint(folder.resolve().name, "", digest.hexdigest())


def _tell(name: str, loaded: object) -> None:
    if files := own_code(loaded):
        tell_once(name, tuple(files))


def _known_place(name: str) -> str:
    folder = Path(name)
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise BadInput(f"{name}: the folder holds no config.json; give the folder of a Hugging Face model")
        return name
    if name == "embedded":
        raise BadInput("embedded: the embedded base is built by `huaben run`; give its folder or another base")
    if folder.exists() or not HUB_NAME.fullmatch(name):
        raise BadInput(f"{name}: no such folder; give the folder of a Hugging Face model or a name from its hub")
    return name


@contextmanager
def _explained(name: str, trusted: bool) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        raise BadInput(_explain(name, error)) from error
    except (AttributeError, TypeError, NameError, SyntaxError) as error:
        if not trusted:
            raise
        told = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise BadInput(
            f"{name}: its own code failed ({told}); it may be for another version of transformers"
        ) from error


def _dtype(precision: Precision) -> torch.dtype:
    if precision == "auto":
        return torch.bfloat16 if torch.cuda.is_available() and torch.cuda.is_bf16_supported() else torch.float32
    return DTYPES[precision]


def training_device() -> torch.device:
    """The device that this process trains on: its own GPU where there is one, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
    return torch.device("cpu")


def _quantised(bits: Bits, dtype: torch.dtype) -> BitsAndBytesConfig:
    """QLoRA's: nf4 with quantised constants, sums in `dtype`; or LLM.int8()'s, with its usual threshold."""
    if bits == 8:
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype
    )


def _explain(name: str, error: Exception) -> str:
    text = " ".join(str(error).split())
    if "trust_remote_code" in text or "custom code" in text:
        return f"{name}: this base needs code of its own, which is not run; {how_to_trust(name)}"
    if "does not recognize this architecture" in text:
        return f"{name}: transformers does not know this architecture; choose another base or a newer transformers"
    if not Path(name).is_dir():
        return (
            f"{name}: neither a folder here nor to be had from the Hugging Face hub; check the name and the network, "
            f"or download it elsewhere (hf download {name} --local-dir DIR) and give DIR"
        )
    return f"{name}: the base cannot be loaded ({text[:200]}); it must be a causal model with safetensors weights"
