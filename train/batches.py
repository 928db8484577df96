"""Encoded rows in, the order they are trained in and batches of tensors out, padded or packed.

Packed, the rows of a batch are laid end to end on lines of like length; each row has positions of its own from 0, by
which transformers keeps its attention to itself. The batch is the same rows, so
the step is the same as padded, up to rounding; only the padding is gone.

    rows    [5 6] [7 8 9 4] [3 2]
    padded  5 6 0 0     packed  7 8 9 4     positions  0 1 2 3
            7 8 9 4             5 6 3 2                0 1 0 1
            3 2 0 0
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch.utils.data import Sampler

from train.tokenise import IGNORED, Encoded

WINDOW = 50  # steps whose rows are sorted together, so that rows of like length meet but in another order every epoch
NOT_FOR_THE_MODEL = ("sample_ids", "places")


class Collator:
    """Rows in, one batch out: tensors of shape (lines, longest line), padded on the right.

    `sample_ids` names the rows and `places` says where each stands: line, start and end. Padded batches have an
    attention_mask, packed ones position_ids instead.
    """

    def __init__(self, pad: int, packed: bool = False) -> None:
        self.pad, self.packed = pad, packed

    def __call__(self, rows: Sequence[Encoded]) -> dict[str, Any]:
        """The batch of these rows."""
        lengths = [len(row.input_ids) for row in rows]
        lines = pack(lengths) if self.packed else [[at] for at in range(len(rows))]
        shape = (len(lines), max(sum(lengths[at] for at in line) for line in lines))
        ids, labels = torch.full(shape, self.pad), torch.full(shape, IGNORED)
        mask, positions = torch.zeros(shape, dtype=torch.long), torch.arange(shape[1]).repeat(shape[0], 1)
        places = [(0, 0, 0)] * len(rows)
        for number, line in enumerate(lines):
            start = 0
            for at in line:
                end, answer = start + lengths[at], start + rows[at].prompt_length
                ids[number, start:end] = torch.tensor(rows[at].input_ids)
                labels[number, answer:end] = ids[number, answer:end]
                if start:
                    labels[number, start] = IGNORED  # else the row before it would be asked for this one's first token
                mask[number, start:end] = 1
                positions[number, start:] = torch.arange(shape[1] - start)
                places[at] = (number, start, end)
                start = end
            positions[number, start:] = torch.arange(shape[1] - start)  # the padding is a row of its own
        attended = {"position_ids": positions} if self.packed else {"attention_mask": mask}
        named = {"sample_ids": [row.sample_id for row in rows], "places": places}
        return {"input_ids": ids, **attended, "labels": labels, **named}


def pack(lengths: Sequence[int]) -> list[list[int]]:
    """The rows of each line, on so many lines that the least is padding; none is longer than the longest row twice.

    The longest row goes first, each to the line with the most room left, for every number of lines that may be best.
    """
    longest = max(lengths)
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    best, area = [[row] for row in order], longest * len(lengths)
    for count in range(len(lengths) - 1, 0, -1):
        lines, filled = [list[int]() for _ in range(count)], [0] * count
        for row in order:
            line = filled.index(min(filled))
            lines[line].append(row)
            filled[line] += lengths[row]
        if max(filled) > 2 * longest:  # attention costs more the longer a line is
            break
        if max(filled) * count < area:
            best, area = lines, max(filled) * count
    return best


def model_inputs(batch: dict[str, Any]) -> dict[str, Any]:
    """What of a batch the model takes. A packed one goes without a cache, which would let rows see each other."""
    inputs = {name: value for name, value in batch.items() if name not in NOT_FOR_THE_MODEL}
    return inputs if "attention_mask" in inputs else {**inputs, "use_cache": False}


class RowOrder(Sampler[int]):
    """The rows in another order every `epoch`, drawn from the seed; the same wherever the training goes on.

    With `by_length`, rows of like length share a step of `step` rows.
    """

    def __init__(self, lengths: Sequence[int], step: int, by_length: bool, seed: int) -> None:
        self.lengths, self.step, self.by_length, self.seed, self.epoch = lengths, step, by_length, seed, 0

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        draw = random.Random(f"{self.seed} {self.epoch}")
        rows = list(range(len(self.lengths)))
        draw.shuffle(rows)
        if not self.by_length:
            return iter(rows)
        steps: list[list[int]] = []
        window = WINDOW * self.step
        for start in range(0, len(rows), window):
            near = sorted(rows[start : start + window], key=lambda row: self.lengths[row], reverse=True)
            steps += [near[first : first + self.step] for first in range(0, len(near), self.step)]
        last = [steps.pop()] if len(steps[-1]) < self.step else []  # a short step stays last: it would shift the others
        draw.shuffle(steps)
        return iter([row for step in (*steps, *last) for row in step])
