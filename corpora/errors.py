"""The exceptions that are meant for the person at the keyboard."""


class BadInput(Exception):
    """Something the user gave cannot be used: one sentence that says which file, where, and what to do.

    The command line prints it without a traceback and exits with status 2.
    """


class Stopped(BadInput):
    """Somebody told it to stop: one sentence that says what is kept. Told like BadInput, but nothing that alarms anybody."""
