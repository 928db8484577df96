"""Doubtful speakers in, what a model at an endpoint chose among those in the scene out. Off unless asked for."""
