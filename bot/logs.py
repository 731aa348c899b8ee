"""What the program writes while it runs: one record a line, UTC times, secrets taken out.

Secrets are removed where a line is made, so that no way into a record goes round it: message, arguments, tracebacks.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, TextIO
from urllib.parse import quote

_NOISY = ("aiogram", "aiohttp", "apscheduler", "asyncio", "httpcore", "httpx")
_COLOURS = {logging.DEBUG: "2", logging.WARNING: "33", logging.ERROR: "31", logging.CRITICAL: "1;31"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SHAPES = (
    r"(?<=/bot)\d+(?::|%3A)[\w-]+",  # a bot token in a URL of Telegram, of whatever length
    r"\d{6,32}(?::|%3A)[\w-]{30,}",  # bounded, since every digit of a long number might begin it
    r"\bsk-[\w-]{16,}",
    r"(?<=Bearer )[^\s'\"]+",
)
_SHORTEST = 4  # taking out anything shorter would spoil the lines and hide nothing
_log = logging.getLogger(__name__)


class Redactor:
    """Replaces the given secrets, and whatever has the shape of a bot token or an API key, by ``[secret]``."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {form for secret in secrets if len(secret) >= _SHORTEST for form in (secret, quote(secret, safe=""))}
        longest_first = sorted(known, key=len, reverse=True)
        self._pattern = re.compile("|".join((*map(re.escape, longest_first), *_SHAPES)), re.ASCII)

    def __call__(self, text: str) -> str:
        return self._pattern.sub("[secret]", text)


class _Formatter(logging.Formatter):
    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802 - logging's
        moment = datetime.fromtimestamp(record.created, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _message(self, record: logging.LogRecord) -> str:
        try:
            return self._redact(record.getMessage())
        except (TypeError, ValueError, KeyError):  # logging would print the arguments, secrets and all
            return self._redact(str(record.msg)) + " (its arguments do not fit)"

    def _traceback(self, record: logging.LogRecord) -> str:
        parts = [self.formatException(record.exc_info)] if record.exc_info else []
        parts += [record.stack_info] if record.stack_info else []
        return self._redact("\n".join(parts))


class JsonFormatter(_Formatter):
    """One JSON object a line; ASCII, so that no character ends a line early."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._message(record),
        }
        if traceback := self._traceback(record):
            entry["traceback"] = traceback
        return json.dumps(entry)


class ConsoleFormatter(_Formatter):
    """For people. A traceback is indented and control characters are escaped: nothing logged can pass for a record."""

    def __init__(self, redact: Redactor, *, coloured: bool) -> None:
        super().__init__(redact)
        self._coloured = coloured

    def format(self, record: logging.LogRecord) -> str:
        level = f"{record.levelname.lower():<8}"
        if self._coloured and record.levelno in _COLOURS:
            level = f"\x1b[{_COLOURS[record.levelno]}m{level}\x1b[0m"
        head = f"{self.formatTime(record)} {level} {record.name}: {visible(self._message(record))}"
        traceback = self._traceback(record)
        return "\n    ".join((head, *map(visible, traceback.splitlines())))


def configure(
    level: str, form: Literal["console", "json"], secrets: Iterable[str], stream: TextIO | None = None
) -> None:
    """Send everything logged, warned of or left uncaught to ``stream`` (stderr). Libraries speak from WARNING on,
    unless ``level`` is ``debug``.
    """
    stream = stream or sys.stderr
    redact = Redactor(secrets)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        JsonFormatter(redact) if form == "json" else ConsoleFormatter(redact, coloured=stream.isatty())
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.NOTSET if level == "debug" else logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    _log.critical("uncaught", exc_info=(kind, error, traceback))


def visible(text: str) -> str:
    """One line of ``text`` for a terminal: line ends and other control characters as escapes."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
