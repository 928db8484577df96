"""Several models' predictions for the same rows → a dozen of them side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.metrics import Values, measure
from eval.predictions import Prediction
from eval.spread import spread_evenly


@dataclass(frozen=True, slots=True)
class Example:
    """One held-out row with what each model wrote to it, and how that scores."""

    row: Prediction  # the first model's, for the prompt and the answer it was to write
    answers: Mapping[str, tuple[Prediction, Values]]  # by the model's name


def pick_examples(models: Mapping[str, Sequence[Prediction]], count: int = 12) -> list[Example]:
    """At most `count` rows that every model answered, question types sharing evenly, picked by a hash of their ids.

    Nobody chose them, so they are as good or bad as the rest. Order is that of the first model's predictions.
    """
    by_id = {name: {one.sample_id: one for one in predictions} for name, predictions in models.items()}
    names = list(models)
    shared = [one for one in models[names[0]] if all(one.sample_id in found for found in by_id.values())]
    groups = [(one.task, one.question_type) for one in shared]
    picked = [shared[position] for position in spread_evenly([one.sample_id for one in shared], groups, count)]
    return [
        Example(row, {name: (own[row.sample_id], measure(own[row.sample_id])) for name, own in by_id.items()})
        for row in picked
    ]
