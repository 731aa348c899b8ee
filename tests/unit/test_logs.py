import io
import json
import logging
import subprocess
import sys
import warnings
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from bot.logs import ConsoleFormatter, JsonFormatter, Redactor

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
KEY = "sk-canarycanarycanarycanarycanary"
OWN = "canary/of+one's own"
log = logging.getLogger("bot.test")


@pytest.fixture
def stream(own_logging: None) -> io.StringIO:
    """Where lines go once a test has called ``configure``."""
    return io.StringIO()


def record(message: str, *args: object, level: int = logging.INFO) -> logging.LogRecord:
    made = logging.LogRecord("bot.test", level, __file__, 1, message, args, None)
    made.created = 1_800_000_000.25
    return made


def fail_with(text: str) -> None:
    try:
        raise ValueError(text)
    except ValueError as error:
        raise RuntimeError(f"because of {text}") from error


def test_console_line_has_utc_time_level_and_logger() -> None:
    line = ConsoleFormatter(Redactor(), coloured=False).format(record("took %d ms", 5))
    assert line == "2027-01-15T08:00:00.250Z info     bot.test: took 5 ms"


def test_json_line_holds_the_same() -> None:
    assert json.loads(JsonFormatter(Redactor()).format(record("took %d ms", 5, level=logging.WARNING))) == {
        "time": "2027-01-15T08:00:00.250Z",
        "level": "warning",
        "logger": "bot.test",
        "message": "took 5 ms",
    }


def test_colour_is_for_terminals_alone(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    logs.configure("info", "console", [], stream)
    log.error("plain")
    monkeypatch.setattr(stream, "isatty", lambda: True)
    logs.configure("info", "console", [], stream)
    log.error("coloured")
    plain, coloured = stream.getvalue().splitlines()
    assert "\x1b" not in plain
    assert "\x1b[31merror" in coloured


@pytest.mark.parametrize("form", ["console", "json"])
def test_no_secret_gets_out(form: str, stream: io.StringIO) -> None:
    logs.configure("debug", form, [TOKEN, KEY, OWN], stream)  # type: ignore[arg-type] # parametrize knows no Literal
    for secret in (TOKEN, KEY, OWN):
        log.info(f"in the message {secret}")
        log.info("in an argument %s %r", secret, {"key": secret})
        log.info("in a URL https://api.telegram.org/bot%s/getMe?key=%s", secret, quote(secret, safe=""))
        log.info("it does not fit: %d", secret)
        log.info(f"nor does this, {secret}: %s %s", 1)
        log.info("with the stack", stack_info=True)
        try:
            fail_with(f"https://x/file/bot{secret}/photo.jpg")
        except RuntimeError:
            log.exception("failed")
    written = stream.getvalue()
    assert written.count("[secret]") >= 18
    assert "Traceback" in written
    for secret in (TOKEN, KEY, OWN):
        assert secret not in written
        assert quote(secret, safe="") not in written
    assert "canary" not in written.replace("test_logs.py", "")


@pytest.mark.parametrize(
    "text",
    [
        "https://api.telegram.org/bot42:short/getMe",
        "http://localhost:8081/file/bot42%3Ashort/photo.jpg",
        f"token {TOKEN}, no URL",
        "Authorization: Bearer short",
        f"key={KEY}",
    ],
)
def test_shapes_of_secrets_are_taken_out_unasked(text: str) -> None:
    redacted = Redactor()(text)
    assert "[secret]" in redacted
    assert not [secret for secret in ("short", TOKEN, KEY) if secret in redacted]


@pytest.mark.parametrize("text", ["at 12:30:45 of 2026", "chat -1001234567890: 3 updates", "bot/logs.py:12", "task-1"])
def test_what_only_resembles_a_secret_stays(text: str) -> None:
    assert Redactor(["", "a"])(text) == text


@given(st.text(), st.text(min_size=4), st.text())
def test_any_secret_is_taken_out_of_any_text(before: str, secret: str, after: str) -> None:
    assert secret not in Redactor([secret])(before + secret + after).replace("[secret]", "")


@given(st.text(), st.sampled_from([JsonFormatter(Redactor()), ConsoleFormatter(Redactor(), coloured=False)]))
def test_any_message_is_one_line(text: str, formatter: logging.Formatter) -> None:
    assert len(formatter.format(record("%s", text)).splitlines()) == 1


def test_traceback_cannot_pass_for_a_record(stream: io.StringIO) -> None:
    logs.configure("info", "console", [], stream)
    try:
        fail_with("x\n2026-01-01T00:00:00.000Z info bot: all is well\x1b[2J")
    except RuntimeError:
        log.exception("failed")
    first, *others = stream.getvalue().splitlines()
    assert first.endswith("bot.test: failed")
    assert others
    assert all(line.startswith("    ") for line in others)
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize(("level", "heard"), [("info", False), ("debug", True)])
def test_libraries_speak_up_only_when_debugging(level: str, heard: bool, stream: io.StringIO) -> None:
    logs.configure(level, "console", [], stream)
    for name in ("httpx", "aiogram.event", "apscheduler.scheduler"):
        logging.getLogger(name).info("chatter of %s", name)
        logging.getLogger(name).warning("trouble")
    assert ("chatter" in stream.getvalue()) is heard
    assert stream.getvalue().count("trouble") == 3


def test_warnings_are_logged(stream: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logs.configure("info", "json", [], stream)
        warnings.warn(f"beware of {KEY}", UserWarning, stacklevel=1)
    entry = json.loads(stream.getvalue())
    assert entry["logger"] == "py.warnings"
    assert "beware of [secret]" in entry["message"]


def test_uncaught_error_is_logged_without_secrets() -> None:
    program = f"from bot import logs; logs.configure('info', 'json', [{OWN!r}]); raise OSError({OWN + TOKEN!r})"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert ended.returncode == 1
    entry = json.loads(ended.stderr)
    assert entry["level"] == "critical"
    assert "OSError: [secret][secret]" in entry["traceback"]
