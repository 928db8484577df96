"""A held-out split, a base and maybe an adapter → a file of predictions.

    huaben evaluate        (this is its generating half)

Rows are generated longest prompt first, in batches of like length, padded on the left. What is done is kept in a
partial file, line by line; the file of predictions appears whole, in the split's order, when all rows are there.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from transformers import PreTrainedModel, PreTrainedTokenizerBase

from eval.decoding import Answer, GenerateConfig, answer_batch
from eval.held_out import held_out_rows, shown_prompt
from eval.models import load_model, weights_fingerprint
from eval.own_turns import own_turns, written_turns
from eval.partial import append, partial_path, resume
from eval.predictions import Prediction, write_predictions
from train.rows import Row
from train.template import prompt_ids, template_hash
from train.threads import suited_threads
from train.tokenise import TokenConfig, fit
from train.trust import NOBODY, TrustConfig, own_code
from warehouse.fingerprint import code_fingerprint
from warehouse.kit import BadInput, sha256_file, stable_id, track, write_whole

__all__ = ["GenerateConfig", "Generated", "generate_predictions", "length_batches"]

NOTHING_KNOWN: Mapping[str, Path] = {}


@dataclass(frozen=True, slots=True)
class Generated:
    """What a run of generation did."""

    rows: int
    resumed: int  # rows taken over from an earlier run that was stopped
    no_answer: int  # rows left out because there is nothing to score against
    cut_prompts: int  # prompts that lost their far end because the model takes no more tokens
    seconds: float
    key: str  # names all that the answers depend on: weights, template, rows, config, code
    taken_over: bool  # from a finished file with the same key


def generate_predictions(
    split: Path,
    base: str | Path,
    out: Path,
    config: GenerateConfig,
    adapter: Path | None = None,
    like: Path | None = None,
    known: Mapping[str, Path] = NOTHING_KNOWN,
    note: Path | None = None,
    trust: TrustConfig = NOBODY,
) -> Generated:
    """Writes the predictions for the split's rows to `out` and says what was done.

    The base is loaded as for the training of the adapter, or of the adapter `like` where the base answers alone. `known`
    are finished files by the key that `Generated` gave them: of the same key, they are taken over as they are. The
    key is written to `note` too, for who is stopped before it can be kept elsewhere.

    Stopped and started again with the same model, split and config, it goes on after the last whole batch, and the
    file comes out the same. Raises BadInput when the split, the base or the adapter cannot be used.
    """
    began = time.perf_counter()
    held_out = held_out_rows(split, config.limit)
    rows = [row for row in held_out if row.answer.strip()]
    if not rows:
        raise BadInput(f"{split}: no row has an answer to score against; rebuild the training set")
    model, tokenizer = load_model(base, adapter, config.precision, like, trust)
    foreign = own_code(model, tokenizer)
    prompts, cut = fitting_prompts(rows, tokenizer, prompt_room(model, config))
    batches = length_batches([len(ids) for ids in prompts], config.batch_size)
    key = stable_id(
        asdict(config), weights_fingerprint(model), template_hash(tokenizer), sha256_file(split),
        code_fingerprint("train", "eval"), *([foreign] if foreign else []),
    )  # fmt: skip
    if note:
        with write_whole(note) as beside:  # before the answers: where these are, so is their key
            beside.write_text(key, encoding="ascii")
    if key in known and known[key].is_file():
        with write_whole(out) as beside:
            beside.write_bytes(known[key].read_bytes())
        return Generated(len(rows), 0, len(held_out) - len(rows), cut, time.perf_counter() - began, key, True)
    partial = partial_path(Path(out), key)
    answers = resume(partial, batches)
    resumed = len(answers)
    to_do = {number: batch for number, batch in enumerate(batches) if batch[0] not in answers}
    with open(partial, "a", encoding="utf-8", newline="\n") as stream, suited_threads(model):
        fresh = _stream(to_do, rows, prompts, model, tokenizer, config, stream)
        label = "Answers of the adapter" if adapter else "Answers of the base"
        answers.update(track(fresh, label, total=len(rows) - resumed))
    write_predictions(out, (_prediction(row, answers[number]) for number, row in enumerate(rows)))
    partial.unlink()
    return Generated(len(rows), resumed, len(held_out) - len(rows), cut, time.perf_counter() - began, key, False)


def length_batches(lengths: Sequence[int], size: int) -> list[list[int]]:
    """Row numbers in batches of at most `size`, longest first: what does not fit in memory fails at once.

    >>> length_batches([3, 9, 9, 1], 2)
    [[1, 2], [0, 3]]
    """
    order = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
    return [order[start : start + size] for start in range(0, len(order), size)]


def prompt_room(model: PreTrainedModel, config: GenerateConfig) -> int:
    """How many tokens a prompt may have so that prompt and answer fit the model's positions."""
    positions = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    if positions is None:
        return 1 << 30  # no limit of the model's own
    if positions <= config.max_new_tokens:
        raise BadInput(
            f"max_new_tokens is {config.max_new_tokens}, but the base takes {positions} tokens in all, "
            "prompt included; lower it"
        )
    return int(positions) - config.max_new_tokens


def fitting_prompts(rows: Sequence[Row], tokenizer: PreTrainedTokenizerBase, room: int) -> tuple[list[list[int]], int]:
    """Each row's prompt in at most `room` tokens, and how many had to be cut.

    Cut as in training: whole exchanges from the far end first, then the beginning of the last turn. Raises BadInput
    where the template and the system turn alone leave no room.
    """
    prompts, cut = [], 0
    for row in rows:
        ids = prompt_ids(tokenizer, row.messages, row.task)
        if len(ids) > room:
            answer = [0, 0]  # stands for the answer that `fit` keeps room for
            fitted = fit(row, ids, answer, tokenizer, TokenConfig(room + len(answer), overlong="cut"))
            if isinstance(fitted, str):
                raise BadInput(
                    f"row {row.sample_id}: {fitted}; lower max_new_tokens or take a base with more positions"
                )
            ids, cut = fitted.input_ids[: fitted.prompt_length].tolist(), cut + 1
        prompts.append(ids)
    return prompts, cut


def _stream(
    to_do: dict[int, list[int]],
    rows: Sequence[Row],
    prompts: list[list[int]],
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    config: GenerateConfig,
    stream: TextIO,
) -> Iterator[tuple[int, Answer]]:
    """Row number and answer as they come, each batch written out before any of it is handed on."""
    for number, batch in to_do.items():
        # A seed per batch: sampled answers, too, are the same whether or not the run was stopped in between.
        seed = int(stable_id(config.seed, number), 16) % 2**63
        asked = [rows[row] for row in batch]
        if config.history == "own":
            answers = _own(asked, model, tokenizer, config, seed)
        else:
            answers = answer_batch(model, tokenizer, [prompts[row] for row in batch], config, seed)
        done = dict(zip(batch, answers, strict=True))
        append(stream, done)
        yield from done.items()


def _own(
    rows: Sequence[Row], model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, config: GenerateConfig, seed: int
) -> list[Answer]:
    """The last answers of a batch's conversations, in which the model itself wrote all the earlier ones."""
    room = prompt_room(model, config)

    def answer(asked: Sequence[Row]) -> list[Answer]:
        return answer_batch(model, tokenizer, fitting_prompts(asked, tokenizer, room)[0], config, seed)

    led = own_turns(rows, answer)
    return [last._replace(earlier=written_turns(row)) for row, last in zip(led, answer(led), strict=True)]


def _prediction(row: Row, answer: Answer) -> Prediction:
    return Prediction(
        sample_id=row.sample_id,
        task=row.task,
        question_type=row.question_type,
        novel=row.novel,
        character=row.character,
        prompt=shown_prompt(row.messages),
        prediction=answer.text,
        reference=row.reference.strip() or row.answer,
        answer=row.answer,
        finished=answer.finished,
        earlier=answer.earlier,
    )
