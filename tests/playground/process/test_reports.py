"""What crosses from the bot's process to the playground: whole, bounded, and whatever the texts hold."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import FakeClock
from bot.playground.process.bars import tell_limits
from bot.playground.process.excerpt import ALTOGETHER, TEXT, excerpt, short
from bot.playground.process.reports import Answered, Asked, Limits, Ready, Report, Said, decoded, encoded
from bot.ratelimit.bucket import BucketSnapshot, WindowSnapshot
from bot.ratelimit.scheduler import LimiterSnapshot, WaitingCalls

WINDOW = WindowSnapshot("rpm", 60.0, 1.0, 1000.0)
BUCKET = BucketSnapshot("local", "m", (WINDOW,), 0, 0.0)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    "report",
    [
        Ready(),
        Asked(1, 2.5, "POST", "http://x/v1", "m", 9, (Said("user", "line\nbreak 中文 \u2028", 4),), 3, {"top_p": 0.7}),
        Answered(1, None, None, 12.5, "broken", "", "", {}, "ConnectError"),
        Limits(LimiterSnapshot((BUCKET,), (WaitingCalls("user:5", 2, "interactive"),))),
    ],
)
def test_every_report_arrives_as_it_was_sent_in_one_line(report: Report) -> None:
    line = encoded(report)
    assert line.count(b"\n") == 1
    assert decoded(line) == report


@given(st.text(), JSON)
def test_no_text_breaks_its_report(text: str, rest: Any) -> None:
    asked = Asked(1, 0.0, "POST", "", "", 0, (Said("user", short(text), 1),), 0, {"rest": excerpt(rest)})
    line = encoded(asked)
    assert line.count(b"\n") == 1
    found = decoded(line)
    assert isinstance(found, Asked)
    assert found.messages[0].text == text


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"hello\n", b"{}\n", b'{"kind": "other"}\n', b'{"kind": "asked"}\n', b"\xff"]
)
def test_what_is_no_report_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decoded(line)


@given(JSON)
def test_what_is_short_is_shown_whole(value: Any) -> None:
    assert excerpt(value) == value


def test_long_texts_are_cut_and_say_so() -> None:
    assert excerpt({"text": "x" * (TEXT + 5)})["text"] == "x" * TEXT + " … (+5)"


@pytest.mark.parametrize(
    "value",
    [
        ["x" * 1_000] * 1_000,
        {str(number): "y" * 100 for number in range(10_000)},
        [[]] * 1_000_000,
        [[["z" * 5_000] * 10] * 10] * 10,
    ],
)
def test_what_is_large_altogether_is_bounded(value: Any) -> None:
    assert len(json.dumps(excerpt(value))) < 8 * ALTOGETHER


def test_what_is_deep_is_cut_before_it_is_too_deep() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert "…" in json.dumps(excerpt(deep), ensure_ascii=False)


def test_half_a_character_is_no_obstacle() -> None:
    assert short("a\ud83d").encode() == b"a?"
    assert excerpt({"\udc00": ["\ud800"]}) == {"?": ["?"]}


def test_every_text_is_cleaned() -> None:
    assert excerpt({"a": ["secret", 1]}, lambda text: text.replace("secret", "…")) == {"a": ["…", 1]}


Aside = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
async def aside() -> AsyncIterator[Aside]:
    """Runs something until the test ends."""
    tasks: list[asyncio.Task[None]] = []
    yield lambda work: tasks.append(asyncio.create_task(work))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class Limiter:
    def __init__(self, snapshot: LimiterSnapshot) -> None:
        self.snapshot = snapshot
        self.looks = 0

    def look(self) -> LimiterSnapshot:
        self.looks += 1
        return self.snapshot


async def test_limits_are_told_when_they_change_and_not_again(aside: Aside) -> None:
    clock, limiter = FakeClock(), Limiter(LimiterSnapshot((BUCKET,), ()))
    told: list[Limits] = []
    aside(tell_limits(limiter.look, told.append, clock))
    await clock.advance(60)
    assert told == [Limits(LimiterSnapshot((BUCKET,), ()))]
    limiter.snapshot = LimiterSnapshot((), ())
    await clock.advance(1)
    assert told[1:] == [Limits(LimiterSnapshot((), ()))]


@pytest.mark.parametrize(
    ("snapshot", "looks"),
    [
        (LimiterSnapshot((BUCKET,), ()), 10),
        (LimiterSnapshot((BucketSnapshot("local", "m", (WINDOW,), 1, 0.0),), ()), 40),
        (LimiterSnapshot((BucketSnapshot("local", "m", (WINDOW,), 0, 2.0),), ()), 40),
        (LimiterSnapshot((BUCKET,), (WaitingCalls("user:5", 1, "interactive"),)), 40),
    ],
)
async def test_limits_are_looked_at_more_often_while_somebody_watches_them_move(
    aside: Aside, snapshot: LimiterSnapshot, looks: int
) -> None:
    clock, limiter = FakeClock(), Limiter(snapshot)
    aside(tell_limits(limiter.look, lambda _: None, clock))
    await clock.advance(9.9)
    assert limiter.looks == looks
