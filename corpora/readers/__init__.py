"""File formats in, text out: one module a format."""
