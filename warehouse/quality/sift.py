"""Candidate examples in, the same with those that a quality rule drops refused, and what each rule says of all, out."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace

from corpora.progress import track
from warehouse.quality.judge import drops
from warehouse.quality.words import RULES, RulesConfig, Words
from warehouse.samples import Sample
from warehouse.spool import Spool


@dataclass(frozen=True)
class Sifted:
    """The samples in the order given. `dropped` has for each rule, in order, the (sample_id, reason) of every sample
    that it would drop, though an earlier rule had dropped it already; `asked` is how many were looked at."""

    samples: list[Sample] | Spool[Sample]
    dropped: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    asked: int = 0


def sift(
    samples: Iterable[Sample],
    config: RulesConfig,
    accepted: Collection[str] = (),
    keep: Callable[[], list[Sample] | Spool[Sample]] = list,
    total: int | None = None,
) -> Sifted:
    """The samples, of which there are `total`, held by what `keep` makes, refused with `quality rule NAME: reason` where a rule drops them.

    Those refused already are not asked about, nor words that another sample's answer holds: they share its fate. Nor are
    records that a person has `accepted`, by their ids.
    """
    dropped: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    kept = keep()
    asked = 0
    for sample in track(samples, "quality rules", total):
        if not sample.refused and not sample.joined_to and sample.record_id not in accepted:
            asked += 1
            found = list(drops(words_of(sample), config))
            for rule, reason in found:
                dropped[rule].append((sample.sample_id, reason))
            if found:
                sample = replace(sample, refused=f"quality rule {found[0][0]}: {found[0][1]}")
        kept.append(sample)
    return Sifted(kept, {rule: dropped[rule] for rule in RULES}, asked)


def words_of(sample: Sample) -> Words:
    """What the rules see of a sample."""
    return Words(sample.task, tuple(turn["content"] for turn in sample.messages), sample.answer)
