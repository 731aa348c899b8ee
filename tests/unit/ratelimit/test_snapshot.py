import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest

from bot.clock import FakeClock
from bot.domain.ledger import MemoryPermits
from bot.domain.model import Metric
from bot.ratelimit.bucket import BucketSnapshot, WindowSnapshot
from bot.ratelimit.permit import Permit
from bot.ratelimit.permit_request import Estimate, PermitRequest
from bot.ratelimit.scheduler import LimiterSnapshot, Scheduler, WaitingCalls
from tests.benchmarks.limits_provider import target


class Crowd:
    """Asks for leave, in tasks that are ended with the test."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.scheduler = Scheduler(self.clock, MemoryPermits(), arrival_jitter=0.25)
        self._tasks: list[asyncio.Task[Permit]] = []

    async def ask(self, flow: str, limits: Mapping[Metric, int], account: str = "account", **what: int) -> None:
        place = target(limits, account=account)
        request = PermitRequest(
            flow, (place,), Estimate(**what), priority="scheduled" if flow.startswith("chat") else "interactive"
        )
        self._tasks.append(asyncio.create_task(self.scheduler.admit(request)))
        await self.clock.advance(0)

    def permitted(self, number: int) -> Permit:
        return self._tasks[number].result()

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def crowd() -> AsyncIterator[Crowd]:
    crowd = Crowd()
    yield crowd
    await crowd.end()


async def test_before_the_first_call_there_is_nothing_to_see(crowd: Crowd) -> None:
    assert crowd.scheduler.snapshot() == LimiterSnapshot((), ())


async def test_after_so_many_calls_so_much_is_used_in_every_window(crowd: Crowd) -> None:
    limits: Mapping[Metric, int] = {"rpm": 10, "tpm": 1000, "ipd": 400}
    for _ in range(4):
        await crowd.ask("user:1", limits, prompt_tokens=30, expected_output=20, pictures=1)
    (bucket,) = crowd.scheduler.snapshot().buckets
    windows = (
        WindowSnapshot("rpm", 60.0, 4, 10),
        WindowSnapshot("tpm", 60.0, 200, 1000),
        WindowSnapshot("ipd", 86_400.0, 4, 400),
    )
    assert bucket == BucketSnapshot("account", "model", windows, running=4, paused_for=0.0)


async def test_what_has_left_a_window_is_not_used_any_more(crowd: Crowd) -> None:
    await crowd.ask("user:1", {"rps": 3, "rpm": 10})
    await crowd.permitted(0).settle(0)
    await crowd.clock.advance(2)
    (bucket,) = crowd.scheduler.snapshot().buckets
    assert [window.used for window in bucket.windows] == [0, 1]
    assert bucket.running == 0


async def test_those_who_wait_are_counted_by_flow_and_priority_over_all_accounts(crowd: Crowd) -> None:
    for flow in ("user:1", "user:1", "user:1", "user:2", "chat:3"):
        await crowd.ask(flow, {"rpm": 1})
    for _ in range(3):
        await crowd.ask("user:2", {"rpm": 1}, account="other")
    snapshot = crowd.scheduler.snapshot()
    assert sorted(snapshot.waiting, key=lambda waiting: waiting.flow) == [
        WaitingCalls("chat:3", 1, "scheduled"),
        WaitingCalls("user:1", 2, "interactive"),
        WaitingCalls("user:2", 3, "interactive"),
    ]
    assert [bucket.account for bucket in snapshot.buckets] == ["account", "other"]


async def test_who_was_served_does_not_wait(crowd: Crowd) -> None:
    await crowd.ask("user:1", {"rps": 1})
    await crowd.ask("user:2", {"rps": 1})
    await crowd.clock.advance(2)
    assert crowd.scheduler.snapshot().waiting == ()


async def test_a_pause_shows_and_runs_out_and_a_lowered_limit_stays(crowd: Crowd) -> None:
    await crowd.ask("user:1", {"rpm": 10})
    crowd.permitted(0).refused("rpm", 30.0)
    await crowd.clock.advance(10)
    (bucket,) = crowd.scheduler.snapshot().buckets
    assert bucket.paused_for == 20.0
    assert bucket.windows[0].limit < 10
    await crowd.clock.advance(25)
    assert crowd.scheduler.snapshot().buckets[0].paused_for == 0.0
