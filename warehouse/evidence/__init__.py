"""A question and its novel in; the passages that bear on it, and whether they support the answer, out."""
