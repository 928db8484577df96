"""Records in, the words of their training examples out: what a model reads and what it is to write."""
