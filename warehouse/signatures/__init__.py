"""Normalised texts in, keys that near-duplicates share, and the pairs that are found through them, out."""
