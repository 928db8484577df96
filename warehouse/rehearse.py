"""An open lake and a config in; what curation would reject and why, with examples, out. Nothing is written."""

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
    dropped = {rule: found for rule, found in made.sifted.dropped.items() if rule not in config.rules.off}
    dropped[DECONTAMINATION] = [(key, found.reason) for key, found in made.decision.contaminations.items()]
    first = {rule: sorted(found)[:examples] for rule, found in dropped.items()}
    wanted = {sample_id for found in first.values() for sample_id, _ in found}
    samples = {s.sample_id: s for s in made.sifted.samples if s.sample_id in wanted}

    def example(sample_id: str, reason: str) -> Example:
        s = samples[sample_id]
        return Example(sample_id, reason, s.messages[-1]["content"] if s.messages else "", s.answer)

    drops = {rule: (len(found), [example(*one) for one in first[rule]]) for rule, found in dropped.items()}
    return Rehearsal(made.sifted.asked, drops, made.decision.fates.counts())
