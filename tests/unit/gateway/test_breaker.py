import pytest

from bot.clock import FakeClock
from bot.gateway.fallback import FAILURES, SECONDS_OPEN, Breakers


@pytest.fixture
def breakers(clock: FakeClock) -> Breakers:
    return Breakers(clock)


def fail(breakers: Breakers, times: int) -> None:
    for _ in range(times):
        breakers.failed("x")


def test_it_opens_after_five_failures_in_a_row(breakers: Breakers) -> None:
    fail(breakers, FAILURES - 1)
    assert breakers.enter("x")
    fail(breakers, 1)
    assert not breakers.enter("x")
    assert breakers.enter("another")


def test_an_answer_in_between_begins_anew(breakers: Breakers) -> None:
    fail(breakers, FAILURES - 1)
    breakers.answered("x")
    fail(breakers, FAILURES - 1)
    assert breakers.enter("x")


async def test_after_half_a_minute_one_call_tries_and_others_wait_for_its_end(
    breakers: Breakers, clock: FakeClock
) -> None:
    fail(breakers, FAILURES)
    await clock.advance(SECONDS_OPEN)
    assert breakers.enter("x")
    assert not breakers.enter("x")
    breakers.answered("x")
    assert breakers.enter("x")
    assert breakers.enter("x")


async def test_a_failed_probe_keeps_it_open(breakers: Breakers, clock: FakeClock) -> None:
    fail(breakers, FAILURES)
    await clock.advance(SECONDS_OPEN)
    assert breakers.enter("x")
    breakers.failed("x")
    await clock.advance(SECONDS_OPEN - 1)
    assert not breakers.allows("x")
    await clock.advance(1)
    assert breakers.allows("x")


async def test_a_probe_that_was_abandoned_does_not_shut_it_for_ever(breakers: Breakers, clock: FakeClock) -> None:
    fail(breakers, FAILURES)
    await clock.advance(SECONDS_OPEN)
    assert breakers.enter("x")
    await clock.advance(SECONDS_OPEN)
    assert breakers.enter("x")
