"""A training set in, a folder in the layout of another tool out. One format, one file, one pure function."""
