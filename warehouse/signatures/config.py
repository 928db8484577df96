"""The settings that decide when two texts count as near-duplicates."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NearConfig:
    """When two texts count as near-duplicates."""

    threshold: float = 0.7  # least Jaccard similarity of the shingle sets
    shingle: int = 4  # characters
    permutations: int = 110  # MinHash values a text, dealt out to bands
    one_edit_from: int = 5  # characters; shorter texts are near-duplicates only when equal
    one_edit_to: int = 40  # characters; from here on MinHash finds one changed character all but surely
    merge_from: int = 26  # characters; a shorter text, where one character tells, is merged only with an equal one
    largest_bucket: int = 64  # a bucket with more texts pairs each with the first and with the next only
    seed: int = 20251121

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise ValueError(f"threshold is {self.threshold}; it must be above 0 and at most 1")
        for name in ("shingle", "permutations"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")

    def bands(self) -> tuple[int, int]:
        """(bands, MinHash values a band): the fewest candidates with which a pair of Jaccard threshold + 0.05 is found
        with probability 0.995; 22 bands of 5 for 0.7."""
        similarity = min(self.threshold + 0.05, 1.0)
        for rows in range(self.permutations, 1, -1):
            bands = self.permutations // rows
            if 1 - (1 - similarity**rows) ** bands >= 0.995:
                return bands, rows
        return self.permutations, 1
