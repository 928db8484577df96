"""A base and an adapter → how well each still does on general questions that no training set holds.

eval/probe/general.jsonl has 52 questions in Chinese and English, written for this project: knowledge, sums, language, common
sense, instructions; each with its answer and three wrong ones. Measured are the loss of the answer (nats a character, its end
counted as one, prompted as everywhere) and whether the answer is the likeliest of the four. By characters, as bases with
different tokens could not be held against each other otherwise. An adapter that has learnt its
novels at the cost of all else is worse at both than its base.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from eval.generate import length_batches
from eval.models import load_model
from eval.probed import ProbeAnswer, ProbeQuestion, probe_file, probe_questions, read_probe
from train.precision import Precision
from train.template import end_id, prompt_ids, text_ids
from train.threads import suited_threads
from train.trust import NOBODY, TrustConfig
from train.weights import is_whole_model, weights_sha256
from warehouse.fingerprint import code_fingerprint
from warehouse.kit import stable_id, track, write_whole

if TYPE_CHECKING:
    from peft import PeftModel

_TOGETHER = 8  # answers in a batch; with 150,000 words their logits take some 300 MB


def forgetting(
    base: str, adapter: Path, out: Path, precision: Precision = "auto", trust: TrustConfig = NOBODY
) -> dict[str, list[ProbeAnswer]]:
    """The answers of "base" and "adapter", measured unless `out` has them for the same weights and questions already.

    Raises BadInput as `load_model` does.
    """
    key = stable_id(
        code_fingerprint("train", "eval"), probe_file().read_text(encoding="utf-8"), Path(base).name, precision,
        weights_sha256(adapter),
    )  # fmt: skip
    if out.is_file() and json.loads(out.read_text(encoding="utf-8")).get("key") == key:
        return read_probe(out)
    model, tokenizer = load_model(base, adapter, precision, adapter, trust)
    questions, label = probe_questions(), "General probe of the base"
    with suited_threads(model):
        tuned = probe(model, tokenizer, questions, "General probe of the adapter")
        if is_whole_model(adapter):
            plain = probe(*load_model(base, None, precision, adapter, trust), questions, label)
        else:
            with cast("PeftModel", model).disable_adapter():  # the base is loaded but once
                plain = probe(model, tokenizer, questions, label)
    found = {"base": plain, "adapter": tuned}
    with write_whole(out) as part:
        table = {"key": key, **{name: [asdict(one) for one in own] for name, own in found.items()}}
        part.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return found


def probe(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, questions: Sequence[ProbeQuestion], label: str = "Probe"
) -> list[ProbeAnswer]:
    """What the model makes of each question, in their order."""
    texts = [text for one in questions for text in (one.answer, *one.others)]
    tails = text_ids(tokenizer, texts)
    end = end_id(tokenizer)
    rows: list[tuple[list[int], list[int]]] = []
    for one in questions:
        prompt = prompt_ids(tokenizer, [{"role": "user", "content": one.prompt}], "instruct")
        rows += [(prompt, [*tails[len(rows) + at], end]) for at in range(1 + len(one.others))]
    losses = dict(track(_losses(model, rows), label, total=len(rows)))
    found, start = [], 0
    for one in questions:
        own = [losses[at] / (len(texts[at]) + 1) for at in range(start, start + 1 + len(one.others))]
        found.append(ProbeAnswer(one.id, round(own[0], 6), own[0] < min(own[1:])))
        start += len(own)
    return found


@torch.inference_mode()
def _losses(model: PreTrainedModel, rows: Sequence[tuple[list[int], list[int]]]) -> Iterator[tuple[int, float]]:
    """Row number and loss of its answer's tokens together, as they come."""
    for batch in length_batches([len(prompt) + len(answer) for prompt, answer in rows], _TOGETHER):
        chosen = [rows[number] for number in batch]
        longest = max(len(prompt) + len(answer) for prompt, answer in chosen)
        gaps = [longest - len(prompt) - len(answer) for prompt, answer in chosen]
        ids = [prompt + answer + [0] * gap for (prompt, answer), gap in zip(chosen, gaps, strict=True)]  # (B, T)
        seen = [[1] * (longest - gap) + [0] * gap for gap in gaps]
        logits = model(
            input_ids=torch.tensor(ids, device=model.device), attention_mask=torch.tensor(seen, device=model.device)
        ).logits[:, -longest:]  # a prompt encoder puts positions of its own before
        for place, (prompt, answer) in enumerate(chosen):
            start = len(prompt) - 1  # what stands there foretells the answer's first token
            told = logits[place, start : start + len(answer)].float().log_softmax(-1)
            wanted = torch.tensor(answer, device=told.device)
            yield batch[place], -float(told.gather(1, wanted[:, None]).sum())
