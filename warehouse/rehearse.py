"""An open lake and a config in; what curation would reject and why, with examples, out. Nothing is written."""

from collections import Counter
from dataclasses import dataclass

from warehouse.annotations_apply import standing
from warehouse.curate import plan
from warehouse.decide import CurateConfig
from warehouse.lake import Lake

DECONTAMINATION = "decontamination"


@dataclass(frozen=True, slots=True)
class Example:
    """A sample that would go: why, what it asks last, and its answer."""

    sample_id: str
    reason: str
    asked: str
    answer: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`drops` has for each quality rule, and for decontamination, how many samples it would drop and the first few, in the
    order of their ids. A sample that two rules would drop is counted with both. `asked` samples were put to the rules;
    `fates` counts all."""

    asked: int
    drops: dict[str, tuple[int, list[Example]]]
    fates: dict[str, int]


def rehearse(lake: Lake, config: CurateConfig, examples: int) -> Rehearsal:
    """What `curate` would do now, without answers weighed anew. Raises BadInput when a benchmark file cannot be read."""
    made = plan(lake, config, standing(lake))
    samples = {sample.sample_id: sample for sample in made.sifted.samples}

    def shown(dropped: list[tuple[str, str]]) -> tuple[int, list[Example]]:
        first = sorted(dropped)[:examples]
        found = [(samples[sample_id], reason) for sample_id, reason in first]
        return len(dropped), [
            Example(s.sample_id, reason, s.messages[-1]["content"] if s.messages else "", s.answer)
            for s, reason in found
        ]

    drops = {rule: shown(dropped) for rule, dropped in made.sifted.dropped.items() if rule not in config.rules.off}
    overlapping = [(key, found.reason) for key, found in made.decision.contaminations.items()]
    drops[DECONTAMINATION] = shown(overlapping)
    return Rehearsal(made.sifted.asked, drops, dict(sorted(Counter(row["fate"] for row in made.decision.rows).items())))
