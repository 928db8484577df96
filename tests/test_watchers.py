"""What the watchers for cancelled runs say of a lost connection is not repeated; what else is said, is."""

import logging

import pytest

from flows.serve.watchers import hush_watchers


def test_only_news_is_left(caplog: pytest.LogCaptureFixture) -> None:
    hush_watchers()
    for name in ("FlowRunSuspendingObserver", "FlowRunCancellingObserver"):
        logging.getLogger(f"prefect.{name}").warning("the websocket failed")
        logging.getLogger(f"prefect.{name}").error("asking failed")
        logging.getLogger("asyncio").error("Exception in callback %s._handle_polling_task_done(<Task>)", name)
    logging.getLogger("asyncio").error("Exception in callback other(<Task>)")
    assert [record.getMessage() for record in caplog.records] == ["asking failed"] * 2 + [
        "Exception in callback other(<Task>)"
    ]
