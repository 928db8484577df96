"""Several models' predictions for the same rows → some of them side by side, what differs marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.marking import Pieces, marked
from eval.metrics import Values, measure
from eval.predictions import Prediction
from eval.spread import spread_evenly


@dataclass(frozen=True, slots=True)
class Example:
    """One held-out row with what each model wrote to it, and how that scores."""

    row: Prediction  # the first model's, for the prompt and the answer it was to write
    answers: Mapping[str, tuple[Prediction, Values]]  # by the model's name
    pieces: Mapping[str, Pieces]  # by the model's name: its answer, what the last model's lacks marked; in the
    # last's, what the one before it lacks


def turned_examples(models: Mapping[str, Sequence[Prediction]], count: int = 4) -> tuple[list[Example], list[Example]]:
    """Rows with one right answer that the last model gets right and the one before it not, and the other way about.

    At most `count` of each, by a hash of their ids.
    """
    names = list(models)
    before, after = ({one.sample_id: measure(one)["exact"] for one in models[name]} for name in names[-2:])
    turned = {key: (before[key], value) for key, value in after.items() if before.get(key) not in (None, value)}
    won, lost = ({key for key, (_, now) in turned.items() if bool(now) is right} for right in (True, False))
    return _picked(models, won, count), _picked(models, lost, count)


def _picked(models: Mapping[str, Sequence[Prediction]], ids: set[str], count: int) -> list[Example]:
    return pick_examples({name: [one for one in own if one.sample_id in ids] for name, own in models.items()}, count)


def pick_examples(models: Mapping[str, Sequence[Prediction]], count: int = 12) -> list[Example]:
    """At most `count` rows that every model answered, question types sharing evenly, picked by a hash of their ids.

    Nobody chose them, so they are as good or bad as the rest. Order is that of the first model's predictions.
    """
    by_id = {name: {one.sample_id: one for one in predictions} for name, predictions in models.items()}
    names = list(models)
    shared = [one for one in models[names[0]] if all(one.sample_id in found for found in by_id.values())]
    groups = [(one.task, one.question_type) for one in shared]
    picked = [shared[position] for position in spread_evenly([one.sample_id for one in shared], groups, count)]
    return [_example(row, {name: own[row.sample_id] for name, own in by_id.items()}) for row in picked]


def _example(row: Prediction, answers: Mapping[str, Prediction]) -> Example:
    *others, last = answers
    pieces: dict[str, Pieces] = {last: [(answers[last].prediction, False)] if answers[last].prediction else []}
    for name in others:  # the one before the last comes last and decides what is marked in the last
        pieces[name], pieces[last] = marked(answers[name].prediction, answers[last].prediction)
    return Example(row, {name: (one, measure(one)) for name, one in answers.items()}, pieces)
