"""What a test needs that sets logging up as the program does."""

import logging
import sys
from collections.abc import Iterator

import pytest

LIBRARIES = ("httpx", "aiogram", "apscheduler")


@pytest.fixture
def own_logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No handlers but those that the test sets up; the logging of the test run is put back afterwards. A handler that
    stays writes to the closed output of its test, and fails with a stack for each record of all later tests."""
    loggers = [logging.getLogger(name) for name in (None, *LIBRARIES)]
    levels = [logger.level for logger in loggers]
    monkeypatch.setattr(loggers[0], "handlers", [])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    yield
    logging.captureWarnings(capture=False)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
