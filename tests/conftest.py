"""What holds for every test: no connection leaves the machine, and no log handler stays. And the clock, the store
and the logging of any test that asks for them."""

import ipaddress
import logging
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.clock import FakeClock
from bot.store import Store

LIBRARIES = ("httpx", "aiogram", "apscheduler")
_LOCAL_NAMES = frozenset({"localhost", "", None})
_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_getaddrinfo = socket.getaddrinfo


class OutsideConnection(AssertionError):
    """A test reached for an address outside of the machine."""


def _is_inside(family: int, address: Any) -> bool:
    if family not in (socket.AF_INET, socket.AF_INET6):
        return True  # a unix socket
    return address[0] in _LOCAL_NAMES or ipaddress.ip_address(address[0].partition("%")[0]).is_loopback


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any) -> Any:
        if not _is_inside(self.family, address):
            raise OutsideConnection(f"a test connects to {address}")
        return function(self, address)

    return connect


def _resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    if name not in _LOCAL_NAMES and not _is_numeric(name):
        raise OutsideConnection(f"a test looks up {name}")
    return _getaddrinfo(host, *args, **kwargs)


def _is_numeric(name: str) -> bool:
    """An address in any of its forms, for which nobody is asked."""
    for family, text in ((socket.AF_INET6, name.partition("%")[0]), (socket.AF_INET, name)):
        try:
            socket.inet_pton(family, text) if family == socket.AF_INET6 else socket.inet_aton(text)
        except OSError:
            continue
        return True
    return False


@pytest.fixture(autouse=True, scope="session")
def _no_connection_outside() -> Iterator[None]:
    """Fails whoever connects or looks a name up outside of the machine, in this process; processes that tests start get
    settings that name local servers alone."""
    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", _guarded(_connect))
    patch.setattr(socket.socket, "connect_ex", _guarded(_connect_ex))
    patch.setattr(socket, "getaddrinfo", _resolve)
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _no_log_handler_stays() -> Iterator[None]:
    """One that does writes to the closed output of its test, and fails with a stack for each record of all later tests:
    those that set logging up take ``own_logging``."""
    yield
    assert [each for each in logging.getLogger().handlers if type(each).__module__ != "_pytest.logging"] == []


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


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty one in a file, which another opening of the test's folder sees."""
    store = await Store.open(tmp_path / "bot.db")
    yield store
    await store.close()
