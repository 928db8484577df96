"""An adapter and its base in, one model with the adapter's change in its weights out: `huaben merge ADAPTER OUT`.

It is written only if it answers as the adapter does: greedily, token for token, on prompts of a training set.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import GenerationConfig, PreTrainedTokenizerBase

from train.bases import base_fingerprint, load_base, training_device
from train.birth import how_loaded
from train.folders import whole_folder
from train.onward import born_of, check_start
from train.precision import Precision
from train.rows import Row
from train.template import prompt_ids, stop_ids
from train.threads import suited_threads
from train.trust import NOBODY, TrustConfig
from warehouse.kit import BadInput, track

UNMERGED = {"prefix": "keys and values before every layer's own", "ptuning": "embeddings before the prompt"}


@dataclass(frozen=True)
class MergeConfig:
    """On what the merged model must agree with the adapter."""

    prompts: int = 16
    max_new_tokens: int = 48
    precision: Precision = "auto"  # of the merged weights; auto: as the adapter was trained

    def __post_init__(self) -> None:
        if self.prompts < 1 or self.max_new_tokens < 1:
            raise ValueError("prompts and max_new_tokens must be at least 1")


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged model: its folder, on how many prompts it agreed, and how many tokens were compared."""

    folder: Path
    prompts: int
    tokens: int


def merge(
    adapter: Path, base: str | Path, out: Path, rows: Sequence[Row], config: MergeConfig, trust: TrustConfig = NOBODY
) -> Merged:
    """The merged model in `out`, with its tokenizer, as plain transformers loads it; `rows` give the prompts.

    Raises BadInput when the method has nothing to merge, the base is another, or any answer is not the adapter's; `out`
    is then as before.
    """
    adapter, out = Path(adapter), Path(out)
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise BadInput(f"{out}: something is there already; name a new folder for the merged model")
    born = mergeable(adapter)
    trained_in, bits = how_loaded(adapter)
    precision = trained_in if config.precision == "auto" else config.precision
    model, tokenizer = load_base(base, trained_in if bits else precision, bits, trust)
    check_start(adapter, born, base_fingerprint(base, model), tokenizer)
    asked = spread(rows, config.prompts)
    prompts = [prompt_ids(tokenizer, row.messages, row.task) for row in asked]
    tuned = PeftModel.from_pretrained(model, str(adapter))
    wanted = _answers(tuned, tokenizer, prompts, config.max_new_tokens, "Adapter")
    if bits:  # a merge into quantised weights would round the change away
        tuned = PeftModel.from_pretrained(load_base(base, precision, trust=trust)[0], str(adapter))
    whole: Any = tuned.merge_and_unload(safe_merge=True)
    found = _answers(whole, tokenizer, prompts, config.max_new_tokens, "Merged")
    other = [row.sample_id for row, one, two in zip(asked, wanted, found, strict=True) if one != two]
    if other:
        why = f"its base was in {bits} bits" if bits else f"rounding in {precision} may be why"
        raise BadInput(
            f"{adapter}: merged, it answers {len(other)} of {len(asked)} prompts otherwise (first {other[0]}; {why}); use "
            f"the adapter as it is{'' if bits or precision == 'fp32' else ', or merge with precision fp32'}"
        )
    told = {"adapter": adapter.resolve().name, "birth_sha256": born_of(adapter), "base": born["base"]}
    told |= {"precision": precision, "prompts": len(asked), "tokens": sum(map(len, wanted))}
    with whole_folder(out) as folder:
        whole.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / "merged.json").write_text(text + "\n", encoding="utf-8")
    return Merged(out, len(asked), sum(map(len, wanted)))


def mergeable(adapter: Path) -> dict[str, Any]:
    """The adapter's birth certificate. Raises BadInput when there is nothing that could go into the base's weights."""
    born_of(adapter)
    born: dict[str, Any] = json.loads((adapter / "birth.json").read_text(encoding="utf-8"))
    method = born["config"]["adapter"]["method"]
    if method in UNMERGED:
        raise BadInput(
            f"{adapter}: {method} trains {UNMERGED[method]}, which no weight of the base can hold; use it as an adapter"
        )
    if method == "full":
        raise BadInput(f"{adapter}: is a whole model already; name it as a base")
    return born


def base_of(adapter: Path, born: dict[str, Any], bases: Path) -> str:
    """The base that the certificate names: one from the hub, or one in the folder `bases`. Raises BadInput for others."""
    name, revision = born["base"]["name"], born["base"]["revision"]
    if revision:
        return str(name)
    if (bases / name).is_dir():
        return str(bases / name)
    raise BadInput(f"{adapter}: was trained on a base in a folder {name}; name that folder with --base")


def spread(rows: Sequence[Row], count: int) -> list[Row]:
    """So many rows, evenly from first to last; all where there are fewer."""
    return [rows[place * len(rows) // count] for place in range(count)] if count < len(rows) else list(rows)


@torch.inference_mode()
def _answers(
    model: Any, tokenizer: PreTrainedTokenizerBase, prompts: Sequence[list[int]], most: int, label: str
) -> list[list[int]]:
    """Each prompt's greedy answer in token ids, with its end, one by one: padding would change the rounding."""
    device = training_device()
    if not getattr(model, "is_quantized", False):
        model.to(device)
    model.eval()
    greedy = GenerationConfig(
        max_new_tokens=most,
        do_sample=False,
        eos_token_id=stop_ids(tokenizer, model),
        pad_token_id=tokenizer.pad_token_id,
    )
    answers = []
    with suited_threads(model):
        for prompt in track(prompts, label, unit="prompts"):
            ids = torch.tensor([prompt], device=device)
            written = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), generation_config=greedy)
            answers.append(written[0, len(prompt) :].tolist())
    return answers
