"""The loggers of Prefect's watchers for cancelled runs in; a server that is started again is no page of tracebacks out.

When the server's events break off they go over to asking for the state every few seconds, which does as well, and tell both
with the trace of the lost connection. An error of theirs is still told.
"""

import logging

_NAMES = ("prefect.FlowRunCancellingObserver", "prefect.FlowRunSuspendingObserver")
_ENDED = "_handle_polling_task_done"  # asyncio's word of an asker that was ended with its run


def hush_watchers() -> None:
    """For the process that serves, and for that of each run."""
    for name in _NAMES:
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("asyncio").addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    return _ENDED not in record.getMessage()
