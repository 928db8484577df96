"""Peak memory and tokens a second of LoRA training on this machine's GPU, as a table in Markdown; random weights.

    python benchmarks/gpu_memory.py [--models 0.6b 4b 9b] [--bits 16 8 4] [--lengths 128 320 1024] [--rows 1]

Stands alone: needs torch, transformers and peft, for 8 and 4 bits bitsandbytes, and nothing of huaben. The last column is
forward and backward as a share of the rate at which the card multiplies bf16 matrices, counting for each token 2 flops
a weight forward and 2 backward (frozen weights have no gradient), attention apart.
"""

import argparse
import gc
import statistics
import time
from typing import Any

import torch

LORA = {"r": 16, "lora_alpha": 32, "target_modules": "all-linear", "task_type": "CAUSAL_LM"}
STEPS, WARM_UP = 8, 3
DEVICE = "cuda"
SHAPES: dict[str, tuple[str, str, dict[str, Any]]] = {  # as the models' own config.json has them
    "0.6b": ("Qwen3-0.6B", "qwen3", {
        "hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16,
        "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 151936, "tie_word_embeddings": True,
    }),
    "4b": ("Qwen3-4B", "qwen3", {
        "hidden_size": 2560, "intermediate_size": 9728, "num_hidden_layers": 36, "num_attention_heads": 32,
        "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 151936, "tie_word_embeddings": True,
    }),
    "9b": ("GLM-4-9B", "glm", {
        "hidden_size": 4096, "intermediate_size": 13696, "num_hidden_layers": 40, "num_attention_heads": 32,
        "num_key_value_heads": 2, "head_dim": 128, "vocab_size": 151552, "tie_word_embeddings": False,
    }),
}  # fmt: skip


def built(name: str, bits: int) -> Any:
    """A model of that shape with random weights under LoRA on the GPU; its linear layers but the head in `bits`."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoConfig, AutoModelForCausalLM

    _, kind, shape = SHAPES[name]
    config = AutoConfig.for_model(
        kind, **shape, max_position_embeddings=4096, pad_token_id=0, bos_token_id=None, eos_token_id=1
    )
    torch.set_default_dtype(torch.bfloat16)
    model = AutoModelForCausalLM.from_config(config)  # on the CPU: a small card has no room for 9 B weights in bf16
    torch.set_default_dtype(torch.float32)
    if bits < 16:
        quantise(model, bits)
    model.config.use_cache = False
    model.to(DEVICE)
    return get_peft_model(model.requires_grad_(False), LoraConfig(**LORA))  # type: ignore[arg-type]


def quantise(model: Any, bits: int) -> None:
    """Replace every linear layer but the head by bitsandbytes' of 8 or 4 bits, with the same weights."""
    import bitsandbytes as bnb

    for path, layer in [(path, layer) for path, layer in model.named_modules() if isinstance(layer, torch.nn.Linear)]:
        if layer is model.get_output_embeddings():
            continue
        sizes, bias = (layer.in_features, layer.out_features), layer.bias is not None
        if bits == 4:
            small: Any = bnb.nn.Linear4bit(
                *sizes, bias, compute_dtype=torch.bfloat16, quant_type="nf4", compress_statistics=True
            )
            small.weight = bnb.nn.Params4bit(
                layer.weight.data, requires_grad=False, quant_type="nf4", compress_statistics=True
            )
        else:
            small = bnb.nn.Linear8bitLt(*sizes, bias, has_fp16_weights=False, threshold=6.0)
            small.weight = bnb.nn.Int8Params(layer.weight.data, requires_grad=False, has_fp16_weights=False)
        if bias:
            small.bias = layer.bias
        parent, _, last = path.rpartition(".")
        setattr(model.get_submodule(parent), last, small.to(DEVICE))


def measured(model: Any, rows: int, length: int, checkpointing: bool) -> tuple[float, float]:
    """Peak GiB, and seconds of a step (median) on batches of random tokens, the last quarter of each supervised."""
    if checkpointing:
        model.enable_input_require_grads()
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    optimizer = torch.optim.AdamW((weight for weight in model.parameters() if weight.requires_grad), lr=1e-4)
    model.train()
    torch.cuda.reset_peak_memory_stats()
    seconds = []
    for step in range(WARM_UP + STEPS):
        ids = torch.randint(2, 10_000, (rows, length), device="cuda")
        labels = ids.clone()
        labels[:, : length * 3 // 4] = -100
        torch.cuda.synchronize()
        began = time.perf_counter()
        with torch.autocast("cuda", dtype=torch.bfloat16):
            loss = model(input_ids=ids, labels=labels).loss
        loss.backward()
        torch.cuda.synchronize()
        if step >= WARM_UP:
            seconds.append(time.perf_counter() - began)
        optimizer.step()
        optimizer.zero_grad()
    return torch.cuda.max_memory_allocated() / 2**30, statistics.median(seconds)


def matmul_rate(size: int = 8192) -> float:
    """Flops a second of bf16 matrix products on this card, the median of ten."""
    one, two = (torch.randn(size, size, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    times = []
    for _ in range(13):
        torch.cuda.synchronize()
        began = time.perf_counter()
        one @ two
        torch.cuda.synchronize()
        times.append(time.perf_counter() - began)
    return 2 * size**3 / statistics.median(times[3:])


def main() -> None:
    """Print the table, or that there is no GPU."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", choices=list(SHAPES), default=list(SHAPES))
    parser.add_argument("--bits", nargs="+", type=int, choices=(16, 8, 4), default=[16, 8, 4])
    parser.add_argument("--lengths", nargs="+", type=int, default=[128, 320, 1024])
    parser.add_argument("--rows", type=int, default=1, help="rows of a batch")
    parser.add_argument("--checkpointing", action="store_true", help="with activation checkpointing")
    given = parser.parse_args()
    if not torch.cuda.is_available():
        print("no GPU here: nothing was measured")
        return
    rate = matmul_rate()
    print(
        f"{time.strftime('%Y-%m-%d')}, {torch.cuda.get_device_name()}, torch {torch.__version__}, bf16 matmul {rate / 1e12:.0f} TFLOP/s\n"
    )
    print(
        "| model | bits | tokens of a row | rows | peak memory | tokens/s | share of matmul rate |\n|---|---|---:|---:|---:|---:|---:|"
    )
    for name in given.models:
        for bits in given.bits:
            model = built(name, bits)
            # Quantised layers hold several weights in a number, so that of weights is that of the shape in bf16.
            weights = weights_of(name)
            for length in given.lengths:
                try:
                    peak, seconds = measured(model, given.rows, length, given.checkpointing)
                except torch.OutOfMemoryError:
                    print(f"| {SHAPES[name][0]} | {bits} | {length:,} | {given.rows} | does not fit | | |")
                    continue
                tokens = given.rows * length
                share = 4 * weights * tokens / seconds / rate
                print(
                    f"| {SHAPES[name][0]} | {bits} | {length:,} | {given.rows} | {peak:.1f} GiB | {tokens / seconds:,.0f} | {share:.0%} |"
                )
            del model
            gc.collect()
            torch.cuda.empty_cache()


def weights_of(name: str) -> int:
    """How many weights a token is multiplied with in that shape: all but the input embeddings."""
    from transformers import AutoConfig, AutoModelForCausalLM

    _, kind, shape = SHAPES[name]
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **shape, pad_token_id=0, eos_token_id=1))
    embeddings = shape["vocab_size"] * shape["hidden_size"]
    return sum(weight.numel() for weight in model.parameters()) - (0 if shape["tie_word_embeddings"] else embeddings)


if __name__ == "__main__":
    main()
