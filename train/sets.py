"""A training set's folder in; the base to train on, its length table and its adapter out, each made only once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from train.adapters import AdapterConfig
from train.bases import base_fingerprint, load_tokenizer
from train.config import TrainConfig
from train.embedded import EmbeddedConfig, embedded_base
from train.finetune import finetune
from train.launch import ALONE, LaunchConfig, check_launch, launched
from train.lengths import LengthRow, length_table
from train.onward import born_of
from train.preflight import Preflight
from train.prepare import checked_rows, prepare
from train.rows import Row, read_rows
from train.spread import Spread, here
from train.tokenise import TokenConfig
from train.trust import NOBODY, TrustConfig, code_in, own_code
from warehouse.fingerprint import code_fingerprint
from warehouse.kit import BadInput, Stopped, make_newest, sha256_file, stable_id

TRAINED_ON = ("seed", "train")
SPLITS = ("seed", "train", "valid", "test")


@dataclass(frozen=True, slots=True)
class SetAdapter:
    """An adapter trained on a training set. `results` are the figures of its birth certificate."""

    run_id: str
    folder: Path
    inputs: Mapping[str, Any]
    results: Mapping[str, Any]
    seconds: float  # 0 when it was there already
    done_before: bool


def base_of_set(base: str, folder: Path, cache: Path, config: EmbeddedConfig) -> str:
    """The name or folder of the base. "embedded" is made from the rows that are trained on, unless `cache` has it.

    From these rows alone: a base that had read the whole novel would know the held-out answers.
    """
    if base != "embedded":
        return base
    return str(embedded_base(running_text(rows_of_set(folder, TRAINED_ON)), cache, config))


def running_text(rows: Sequence[Row]) -> list[str]:
    """What the rows say as plain text: a role-play row as the novel has it, of the others what is asked.

    The answers to questions and instructions are left for the adapter to learn. A base that had read prompts and
    answers as they stand left it nothing to gain: ROUGE-1 12 on the sample's held-out rows, the adapter's 10.
    """
    told = [f"{row.messages[-1]['content']}“{row.answer}”" for row in rows if row.task == "roleplay"]
    return told + [turn["content"] for row in rows if row.task != "roleplay" for turn in row.messages]


def lengths_of_set(
    folder: Path, base: str, limit: int, spread: Spread = here, trust: TrustConfig = NOBODY
) -> list[LengthRow]:
    """The length table of all splits together, in tokens of `base` too unless it is empty; `spread` tokenises."""
    tokenizer = load_tokenizer(base, trust) if base else None
    return length_table(rows_of_set(folder), tokenizer, limit, here if own_code(tokenizer) else spread)


def check_set(folder: Path) -> None:
    """Raises BadInput naming the rows of the set that must not be trained on; asks for no base."""
    data, valid = _files(folder, TRAINED_ON), _files(folder, ("valid",))
    checked_rows(data, valid[0] if valid else None)


def preflight_of_set(
    folder: Path,
    base: str,
    train: TrainConfig,
    adapter: AdapterConfig,
    tokens: TokenConfig,
    start: Path | None = None,
    spread: Spread = here,
    trust: TrustConfig = NOBODY,
) -> Preflight:
    """What `finetune` would check before its first step on this set. Raises BadInput as it does."""
    data, valid = _files(folder, TRAINED_ON), _files(folder, ("valid",))
    return prepare(data, valid[0] if valid else None, base, train, adapter, tokens, start, spread, trust).preflight


def adapter_of_set(
    folder: Path,
    base: str,
    into: Path,
    train: TrainConfig,
    adapter: AdapterConfig,
    tokens: TokenConfig,
    start: Path | None = None,
    resume: bool = True,
    spread: Spread = here,
    launch: LaunchConfig = ALONE,
    trust: TrustConfig = NOBODY,
) -> SetAdapter:
    """The adapter that these configs give on the set's seed and train rows, trained unless `into` has it already.

    It begins with the weights of the adapter `start` where one is given, and goes on where a training was killed
    unless `resume` is False. `spread` tokenises, `launch` says which processes train, `trust` whose code may run. Raises
    BadInput as `finetune` does.
    """
    check_launch(launch)
    code = code_in(base, trust)
    data, valid = _files(folder, TRAINED_ON), _files(folder, ("valid",))
    inputs = {
        "set": Path(folder).name,
        "data": {path.name: sha256_file(path) for path in (*data, *valid)},
        "base": asdict(base_fingerprint(base)),
        "train": asdict(train),
        "adapter": asdict(adapter),
        "tokens": asdict(tokens),
        **({"from": born_of(start)} if start else {}),
        **({"launch": launch.identity} if launch.config else {}),
        **({"own_code": code} if code else {}),
    }
    run_id = stable_id("train", code_fingerprint("train"), json.dumps(inputs, sort_keys=True))
    made = into / f"{Path(folder).name.rpartition('-')[0]}-{adapter.method}-{run_id[:8]}"
    done_before, seconds = _is_whole(made), 0.0
    if not done_before:
        held = valid[0] if valid else None
        seconds = _trained(data, held, base, made, (train, adapter, tokens), start, resume, spread, launch, trust)
        make_newest(made / "birth.json", into.glob("*/birth.json"))
    born = json.loads((made / "birth.json").read_text(encoding="utf-8"))
    results = {"folder": made.name, "rows": born["rows"], **born["metrics"]}
    return SetAdapter(run_id, made, inputs, results, seconds, done_before)


def _trained(
    data: list[Path], held: Path | None, base: str, made: Path, configs: tuple[TrainConfig, AdapterConfig, TokenConfig],
    start: Path | None, resume: bool, spread: Spread, launch: LaunchConfig, trust: TrustConfig,
) -> float:  # fmt: skip
    """The seconds that it took."""
    if launch.config:
        seconds = launched(launch, data, held, base, made, *configs, resume=resume, start=start, trust=trust)
        if not _is_whole(made):
            raise Stopped(f"{made}: stopped, with its steps saved there; run it again to go on")
        return seconds
    trained = finetune(data, held, base, made, *configs, resume=resume, start=start, spread=spread, trust=trust)
    if trained.stopped:
        raise Stopped(f"{made}: stopped after {trained.steps} steps, which are saved there; run it again to go on")
    return trained.seconds


def rows_of_set(folder: Path, splits: tuple[str, ...] = SPLITS) -> list[Row]:
    """The rows of those splits, in order. Raises BadInput when the folder is no training set or they are empty."""
    paths = _files(folder, splits)
    if not paths:
        raise BadInput(f"{folder}: no rows in {', '.join(splits)}; loosen the config and run: huaben build")
    return read_rows(*paths)


def asked_rows(folder: Path) -> list[Row]:
    """Rows whose prompts a model may be tried on: held-out ones where there are any, else those it was trained on."""
    for splits in (("test",), ("valid",)):
        if _files(folder, splits):
            return rows_of_set(folder, splits)
    return rows_of_set(folder, TRAINED_ON)


def _is_whole(adapter: Path) -> bool:
    born = adapter / "birth.json"
    return born.is_file() and "stopped" not in json.loads(born.read_text(encoding="utf-8"))


def _files(folder: Path, splits: tuple[str, ...]) -> list[Path]:
    """The Parquet files of those splits that hold rows."""
    paths = [Path(folder) / f"{split}.parquet" for split in splits]
    for path in paths:
        if not path.is_file():
            raise BadInput(f"{path}: no such file; give the folder of a training set that huaben build made")
    return [path for path in paths if _row_count(path)]


def _row_count(path: Path) -> int:
    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"{path}: not a parquet file ({reason}); make the training set again: huaben build") from None
