"""Prefect flows and the command line: they wrap the rooms' functions and hold no logic of their own."""
