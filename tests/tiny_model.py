"""A folder and a few sentences in; the smallest base that still has everything a real one has, out, and rows for it.

A random Qwen3 of two layers, 32 wide, with a byte-level BPE learnt from the sentences: every text can be written.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GlmConfig, GlmForCausalLM, PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

from train.rows import Row, Turn
from warehouse.kit import sha256_file
from warehouse.manifest import Manifest

torch.set_num_threads(1)  # so small a model gains nothing from a second core, and loses much where others have it

SENTENCES = ("桃园结义有几人？", "曹操举杯，谓众人曰：", "刘备、关羽、张飞三人结为兄弟。", "关羽字云长，河东解良人也。")
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
QWEN3 = CHATML.replace(  # as Qwen3's own ends: an empty thought where thinking is off
    "assistant\n{% endif %}",
    "assistant\n{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}"
    "{% endif %}",
)
NO_SYSTEM = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" + CHATML
)


def tiny_tokenizer(template: str | None = CHATML, sentences: Sequence[str] = SENTENCES) -> PreTrainedTokenizerFast:
    """<|endoftext|> is 0, <|im_start|> 1, <|im_end|> 2; then the 256 bytes, then a few pairs."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=360,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=special,
    )
    bpe.train_from_iterator(sentences, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe, eos_token="<|im_end|>", pad_token="<|endoftext|>", additional_special_tokens=special[1:2]
    )
    tokenizer.chat_template = template
    return tokenizer


def tiny_model(vocabulary: int, positions: int = 256) -> Qwen3ForCausalLM:
    """The same random weights on every call."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return Qwen3ForCausalLM(
            Qwen3Config(
                vocab_size=vocabulary, hidden_size=32, intermediate_size=64, num_hidden_layers=2, head_dim=16,
                num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=positions, bos_token_id=None,
                eos_token_id=2, pad_token_id=0,
            )
        )  # fmt: skip


def tiny_glm(vocabulary: int) -> GlmForCausalLM:
    """A GLM-4 of the same size, whose gate and up matrices are one; the same random weights on every call."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return GlmForCausalLM(
            GlmConfig(
                vocab_size=vocabulary, hidden_size=32, intermediate_size=64, num_hidden_layers=2, head_dim=16,
                num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=256, bos_token_id=None,
                eos_token_id=2, pad_token_id=0,
            )
        )  # fmt: skip


def tiny_base(folder: Path, template: str | None = CHATML) -> Path:
    """The folder, with model and tokenizer in it."""
    tokenizer = tiny_tokenizer(template)
    tiny_model(len(tokenizer)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def turns(*contents: str, system: str = "") -> tuple[Turn, ...]:
    """A conversation that starts with the user, after a system turn if there is one."""
    roles = ("user", "assistant")
    said: list[Turn] = [{"role": roles[i % 2], "content": text} for i, text in enumerate(contents)]  # type: ignore[typeddict-item]
    return (({"role": "system", "content": system}, *said)) if system else tuple(said)


def row(number: int, prompt: str, answer: str, task: str = "quiz", **fields: Any) -> Row:
    """A row whose sample id is its number."""
    return Row(f"{number:016x}", task, turns(prompt), answer, reference=answer, **fields)


def hand_rows(count: int = 24, start: int = 0) -> list[Row]:
    """Question, role-play and instruction by turns, each of its own."""
    people = ("刘备", "关羽", "张飞", "曹操", "孙权", "周瑜", "鲁肃", "赵云")
    styles = ("玄德", "云长", "翼德", "孟德", "仲谋", "公瑾", "子敬", "子龙")
    made = []
    for number in range(start, start + count):
        who, style = people[number % 8], styles[number % 8]
        made.append(
            (
                row(number, f"{who}字什么？（第{number}题）", style, question_type="short_answer"),
                row(number, f"{who}举杯，谓众人曰：（{number}）", f"吾乃{style}也。", "roleplay", character=who),
                row(number, f"用一句话说说{who}，编号{number}。", f"{who}字{style}。", "instruct"),
            )[number % 3]
        )
    return made


def write_rows(path: Path, rows: Sequence[Row]) -> Path:
    """The rows as a parquet file of a training set."""
    names = ("sample_id", "task", "question_type", "novel", "character", "source_id")
    table = [
        {name: getattr(row, name) for name in names}
        | {
            "messages": list(row.messages),
            "answer": row.answer,
            "reference": row.reference,
            "cluster_id": row.cluster_id,
        }
        for row in rows
    ]
    turn = pa.struct([("role", pa.string()), ("content", pa.string())])
    fields = [(name, pa.string()) for name in names]
    last = [("messages", pa.list_(turn)), *((name, pa.string()) for name in ("answer", "reference", "cluster_id"))]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(table, schema=pa.schema([*fields, *last])), path)
    return path


def write_manifest(folder: Path, name: str = "by-hand", set_id: str = "00c0ffee") -> Path:
    """The manifest of the parquet files that lie in the folder now."""
    files = {
        path.name: {"sha256": sha256_file(path), "rows": pq.read_metadata(path).num_rows}
        for path in sorted(folder.glob("*.parquet"))
    }
    rows = {Path(file).stem: facts["rows"] for file, facts in files.items()}
    manifest = Manifest(name, set_id, 7, {"name": name}, "c", "v", rows, files)
    path = folder / "manifest.json"
    path.write_text(json.dumps(asdict(manifest)))
    return path


def hand_set(sets: Path) -> tuple[Path, Path]:
    """24 rows to train on and 6 held out, as one training set in `sets`."""
    folder = sets / "by-hand-00c0ffee"
    made = write_rows(folder / "train.parquet", hand_rows()), write_rows(folder / "valid.parquet", hand_rows(6, 24))
    write_manifest(folder)
    return made
