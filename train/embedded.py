"""Running text in, a small base model of its own out: a Qwen3-architecture causal LM with its own byte-level BPE.

It is trained in place in about a minute on two cores, so that the whole road from novel to score can be walked
offline. It writes Chinese-looking text and ends its turns; it knows nothing and is not for talking to.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from train.bars import hide_library_bars
from train.folders import whole_folder
from warehouse.kit import BadInput, stable_id

RECIPE = 1  # raise it when this file or pretrain.py changes what comes out, so that cached bases are built anew
CARD = "good for proving the pipeline, not for talking to"


@dataclass(frozen=True)
class EmbeddedConfig:
    """Size and training of the embedded base: on one core half a minute for a short story, two for four novels."""

    vocab_size: int = 4096  # at most; a short text has fewer pairs that occur often enough
    min_frequency: int = 4  # of a pair of tokens that become one: rarer tokens are not learnt from
    hidden_size: int = 192
    layers: int = 4
    heads: int = 4
    kv_heads: int = 2
    context: int = 1024  # positions that the model can be used with
    window: int = 160  # tokens of one training example; most prompts are shorter, and it is lost beyond
    batch_size: int = 8
    steps: int = 260  # at most
    passes: float = 4.0  # at most this often over the text: 20,000 characters are learnt by heart after more
    turns_share: float = 0.1  # of the examples are laid out as conversations, so that the turn's end is known
    tokenizer_characters: int = 500_000  # BPE learns from an even sample of this size: 3 s instead of 14 s
    learning_rate: float = 4e-3  # AdamW's, for embeddings and norms
    matrix_learning_rate: float = 0.02  # Muon's, for the layers' matrices
    seed: int = 20240801

    def __post_init__(self) -> None:
        if self.hidden_size % self.heads or self.heads % self.kv_heads:
            raise ValueError("hidden_size must divide by heads, and heads by kv_heads")
        if not 0 <= self.turns_share <= 1:
            raise ValueError(f"turns_share is {self.turns_share}; it must lie between 0 and 1")


def embedded_base(texts: Iterable[str], cache: Path, config: EmbeddedConfig) -> Path:
    """The folder of the base for these texts and this config, trained now unless `cache` holds it already.

    The folder holds model.safetensors, config.json, the tokenizer and base.json, and is whole or absent. The
    same texts and config give the same weights on the same kind of CPU. Raises BadInput without any text.
    """
    from train.pretrain import TEMPLATE, WORDS, pretrain, train_tokenizer  # seconds to import, not for a config

    texts = [text for text in texts if text.strip()]
    if not texts:
        raise BadInput("embedded base: no text to learn from; ingest a novel first or name another base")
    hashes = [sha256(text.encode()).hexdigest() for text in texts]
    key = stable_id(RECIPE, WORDS, TEMPLATE, sorted(asdict(config).items()), *hashes)
    folder = Path(cache) / f"embedded-{key}"
    if (folder / "base.json").is_file():
        return folder
    start = time.perf_counter()
    tokenizer = train_tokenizer(texts, config)
    model, figures = pretrain(texts, tokenizer, config)
    card = {
        "name": folder.name,
        "what": CARD,
        "characters": sum(map(len, texts)),
        "parameters": model.num_parameters(),
        "vocabulary": len(tokenizer),
        **figures,
        "seconds": round(time.perf_counter() - start, 1),
        "config": asdict(config),
    }
    hide_library_bars()
    with whole_folder(folder) as beside:
        model.save_pretrained(beside)
        tokenizer.save_pretrained(beside)
        (beside / "base.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return folder
