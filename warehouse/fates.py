"""What deduplication and the splits say of samples in; the fate, cluster and split of each out. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from warehouse.dedup import Verdict
from warehouse.splits import Placed


class Fate(NamedTuple):
    """Columns of the table `samples`."""

    cluster_id: str = ""
    split: str = ""
    fate: str = "rejected"
    reason: str = ""
    duplicate_of: str = ""


@dataclass(frozen=True, slots=True)
class Fates:
    """What became of each sample, by its id.

    `verdicts` has those that were compared, `placed` those of them that were to get a split; `refused` maps the others to
    why they are no examples, `joined` to the sample whose answer holds their words. `settled` maps the samples kept before
    to their (split, cluster_id); `names` the clusters to the ids that they had then, where these are others.
    """

    verdicts: Mapping[str, Verdict]
    placed: Mapping[str, Placed]
    refused: Mapping[str, str]
    joined: Mapping[str, str]
    settled: Mapping[str, tuple[str, str]]
    names: Mapping[str, str]
    _copies: dict[str, str] = field(default_factory=dict)  # clusters of the merged ones

    def follow(self, ordered: Iterable[str]) -> None:
        """Give each copy, in this order, the cluster of its original: two settled clusters may have come to hang together."""
        for sample_id in ordered:
            if original := self.verdicts[sample_id].duplicate_of:
                self._copies[sample_id] = self._cluster(original)

    def of(self, sample_id: str) -> Fate:
        """The fate of one."""
        if sample_id in self.joined:
            return self._joined(self.joined[sample_id])
        verdict = self.verdicts.get(sample_id)
        if verdict is None:
            return Fate(reason=self.refused[sample_id])
        cluster, placed = self._cluster(sample_id), self.placed.get(sample_id)
        if verdict.duplicate_of:
            return Fate(cluster, "", "merged", verdict.reason, verdict.duplicate_of)
        if verdict.straddles:
            return Fate(cluster, reason=f"would straddle {verdict.straddles} (near-duplicate)")
        if placed and placed.split:
            return Fate(cluster, placed.split, "kept")
        return Fate(cluster, reason=placed.reason if placed else "")

    def counts(self) -> dict[str, int]:
        """How many samples have each fate, by its name."""
        told = Counter(self.of(sample_id).fate for ids in (self.verdicts, self.joined) for sample_id in ids)
        told["rejected"] += sum(sample_id not in self.joined for sample_id in self.refused)
        return {fate: count for fate, count in sorted(told.items()) if count}

    def _cluster(self, sample_id: str) -> str:
        if sample_id in self._copies:
            return self._copies[sample_id]
        cluster = self.verdicts[sample_id].cluster
        return self.settled[sample_id][1] if sample_id in self.settled else self.names.get(cluster, cluster)

    def _joined(self, whole_id: str) -> Fate:
        """What becomes of an utterance that is a part of the answer of that sample."""
        whole = self.of(whole_id)
        if whole.fate == "rejected":
            return Fate(reason=whole.reason)
        return Fate(whole.cluster_id, "", "merged", f"joined: its words are in the answer of {whole_id}", whole_id)
