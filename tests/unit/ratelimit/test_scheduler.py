import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest

from bot.clock import FakeClock
from bot.domain.calls import Priority, QueuePosition, WaitTooLong
from bot.domain.ledger import MemoryPermits, PermitRow
from bot.domain.model import Metric
from bot.ratelimit.permit import Permit
from bot.ratelimit.permit_request import Estimate, PermitRequest, Target
from bot.ratelimit.scheduler import SLOWEST_RECORD, Scheduler
from tests.benchmarks.limits_provider import target

JITTER = 0.25


@pytest.fixture
def log() -> MemoryPermits:
    return MemoryPermits()


@pytest.fixture
def scheduler(clock: FakeClock, log: MemoryPermits) -> Scheduler:
    return Scheduler(clock, log, arrival_jitter=JITTER, backoff_jitter=lambda: 1.0)


class Asking:
    """Asks in tasks of their own, and remembers who was permitted in which order."""

    def __init__(self, scheduler: Scheduler, clock: FakeClock) -> None:
        self._scheduler = scheduler
        self._clock = clock
        self._tasks: list[asyncio.Task[Permit]] = []
        self.permitted: list[str] = []
        self.places: dict[str, list[QueuePosition]] = {}

    async def ask(self, name: str, request: PermitRequest, *, first: bool = False) -> asyncio.Task[Permit]:
        async def admit() -> Permit:
            permit = await self._scheduler.admit(request, self.places.setdefault(name, []).append, first=first)
            self.permitted.append(name)
            return permit

        task = asyncio.create_task(admit())
        self._tasks.append(task)
        await self._clock.advance(0)
        return task

    def end(self) -> None:
        for task in self._tasks:
            task.cancel()


@pytest.fixture
async def asking(scheduler: Scheduler, clock: FakeClock) -> AsyncIterator[Asking]:
    asking = Asking(scheduler, clock)
    yield asking
    asking.end()


def request(
    flow: str, limits: Mapping[Metric, int], tokens: int = 0, priority: Priority = "interactive"
) -> PermitRequest:
    return PermitRequest(flow, (target(limits),), Estimate(tokens), priority=priority)


def idle(scheduler: Scheduler) -> bool:
    """Whether no queue is left and nothing is held or runs."""
    return not scheduler._queues and all(
        bucket.running == 0 and all(window.used == 0 for window in bucket.windows)
        for bucket in scheduler.snapshot().buckets
    )


async def test_with_room_nobody_waits(asking: Asking, clock: FakeClock, log: MemoryPermits) -> None:
    task = await asking.ask("a", request("a", {"rpm": 1}, 30))
    permit = task.result()
    assert asking.places["a"] == []
    assert log.rows == {permit.id: PermitRow(permit.id, clock.now(), "account", "model", 30, 0)}


async def test_who_must_wait_is_told_his_place_at_once_and_as_it_changes(asking: Asking, clock: FakeClock) -> None:
    limits: Mapping[Metric, int] = {"ipm": 1}
    for name in "abc":
        await asking.ask(name, PermitRequest(name, (target(limits),), Estimate(pictures=1)))
    assert asking.permitted == ["a"]
    assert asking.places["b"] == [QueuePosition(0, 60.25)]
    assert asking.places["c"] == [QueuePosition(1, 120.5)]
    await clock.advance(60.5)
    assert asking.permitted == ["a", "b"]
    seconds = [place.seconds for place in asking.places["c"]]
    assert len(seconds) <= 62
    assert seconds == sorted(seconds, reverse=True)
    await clock.advance(1)
    assert asking.places["c"][-1].ahead == 0
    await clock.advance(60)
    assert asking.permitted == ["a", "b", "c"]


async def test_where_very_many_wait_fifty_a_second_are_told_each_in_turn(clock: FakeClock, log: MemoryPermits) -> None:
    asking = Asking(Scheduler(clock, log, max_wait=1e6), clock)
    for number in range(101):
        await asking.ask(f"{number}", request(f"user {number}", {"rpm": 1}))
    told = []
    for _ in range(3):
        await clock.advance(1)
        told.append([len(places) for places in asking.places.values()])
    asking.end()
    assert asking.permitted == ["0"]
    assert [sum(after) for after in told] == [150, 200, 250]
    assert set(told[1][1:]) == {2}


async def test_second_user_is_served_before_the_first_ones_second_question(asking: Asking, clock: FakeClock) -> None:
    for name in ("a1", "a2", "a3", "b1"):
        await asking.ask(name, request(name[0], {"rps": 1}))
    await clock.advance(5)
    assert asking.permitted == ["a1", "a2", "b1", "a3"]


async def test_people_go_before_schedules_and_find_a_fifth_free(asking: Asking, clock: FakeClock) -> None:
    limits: Mapping[Metric, int] = {"rpm": 10}
    for number in range(12):
        await asking.ask(f"digest {number}", request(f"chat {number}", limits, priority="scheduled"))
    await clock.advance(59)
    assert len(asking.permitted) == 8
    for number in range(3):
        await asking.ask(f"person {number}", request(f"user {number}", limits))
    assert asking.permitted[8:] == ["person 0", "person 1"]
    await clock.advance(2)
    assert asking.permitted[10:] == ["person 2"]
    await clock.advance(120)
    assert len(asking.permitted) == 15


async def test_schedules_go_out_evenly_and_leave_room_for_people_who_come_later(
    asking: Asking, clock: FakeClock
) -> None:
    limits: Mapping[Metric, int] = {"rpm": 10, "rpd": 1000}
    for number in range(12):
        await asking.ask(f"digest {number}", request(f"chat {number}", limits, priority="scheduled"))
    for number in range(4):
        await clock.advance(12)
        await asking.ask(f"person {number}", request(f"user {number}", limits))
        assert asking.permitted[-1] == f"person {number}", "five a minute are half of the limit"


async def test_who_would_wait_too_long_is_turned_away_at_once(
    asking: Asking, scheduler: Scheduler, clock: FakeClock
) -> None:
    limits: Mapping[Metric, int] = {"ipm": 1}
    place = (target(limits),)
    for number in range(10):
        await asking.ask(f"hog {number}", PermitRequest("hog", place, Estimate(pictures=1)))
    with pytest.raises(WaitTooLong) as caught:
        await scheduler.admit(PermitRequest("hog", place, Estimate(pictures=1)))
    assert caught.value.seconds == pytest.approx(10 * 60.25)
    other = await asking.ask("other", PermitRequest("other", place, Estimate(pictures=1)))
    await clock.advance(125)
    assert other.done()


async def test_a_long_pause_turns_away_those_who_wait(asking: Asking, clock: FakeClock) -> None:
    first = await asking.ask("first", request("a", {"rpm": 1}))
    second = await asking.ask("second", request("b", {"rpm": 1}))
    first.result().refused("rpm", 3600.0)
    await clock.advance(2)
    assert isinstance(second.exception(), WaitTooLong)


async def test_a_place_given_up_leaves_nothing_behind(asking: Asking, scheduler: Scheduler, clock: FakeClock) -> None:
    permit = (await asking.ask("a", request("a", {"rps": 1}))).result()
    waiting = await asking.ask("b", request("b", {"rps": 1}))
    waiting.cancel()
    await clock.advance(0)
    assert not scheduler._queues
    await permit.settle(0)
    await clock.advance(2)
    assert idle(scheduler)


async def test_a_heavy_head_that_leaves_lets_the_next_one_go(asking: Asking, clock: FakeClock) -> None:
    limits: Mapping[Metric, int] = {"tpm": 100}
    await asking.ask("first", request("a", limits, 50))
    heavy = await asking.ask("heavy", request("b", limits, 90))
    await asking.ask("light", request("c", limits, 10))
    assert asking.permitted == ["first"]
    heavy.cancel()
    await clock.advance(0)
    assert asking.permitted == ["first", "light"]


class StuckPermits(MemoryPermits):
    """A disk that answers only when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.free = asyncio.Event()

    async def record(self, row: PermitRow) -> None:
        await super().record(row)
        await self.free.wait()


async def test_cancelled_between_the_permit_and_the_call_the_slot_is_given_back(clock: FakeClock) -> None:
    log = StuckPermits()
    scheduler = Scheduler(clock, log, arrival_jitter=JITTER)
    asking = Asking(scheduler, clock)
    first = await asking.ask("first", request("a", {"rpm": 1}))
    await asking.ask("second", request("b", {"rpm": 1}))
    log.free.set()
    first.cancel()
    await clock.advance(0)
    assert asking.permitted == ["second"]


async def test_cancelled_in_the_very_turn_of_the_permit_the_slot_is_given_back(
    asking: Asking, scheduler: Scheduler, clock: FakeClock
) -> None:
    permit = (await asking.ask("first", request("a", {"rpm": 1}))).result()
    second = await asking.ask("second", request("b", {"rpm": 1}))
    await asking.ask("third", request("c", {"rpm": 1}))
    await permit.release()
    second.cancel()  # permitted by the release, but it has not run since
    await clock.advance(0)
    assert second.cancelled()
    assert asking.permitted == ["first", "third"]


async def test_a_stalled_disk_does_not_bunch_the_calls_it_held_up(clock: FakeClock) -> None:
    log = StuckPermits()
    scheduler = Scheduler(clock, log, arrival_jitter=JITTER)
    asking = Asking(scheduler, clock)
    for name in "abcd":
        await asking.ask(name, request(name, {"rps": 2}))
    await clock.advance(30)
    log.free.set()
    await clock.advance(0)
    assert asking.permitted == ["a", "b"]
    await clock.advance(1.2)
    assert asking.permitted == ["a", "b"]
    await clock.advance(0.1)
    assert asking.permitted == ["a", "b", "c", "d"]


class BrokenPermits(MemoryPermits):
    async def record(self, row: PermitRow) -> None:
        raise OSError("disk full")


async def test_what_cannot_be_stored_does_not_go_out(clock: FakeClock) -> None:
    scheduler = Scheduler(clock, BrokenPermits(), arrival_jitter=JITTER)
    with pytest.raises(OSError, match="disk full"):
        await scheduler.admit(request("a", {"rpm": 1}, 10))
    assert idle(scheduler)


async def test_a_restart_remembers_what_went_out(asking: Asking, clock: FakeClock, log: MemoryPermits) -> None:
    limits: Mapping[Metric, int] = {"tpm": 1000}
    permit = (await asking.ask("a", request("a", limits, 900))).result()
    await permit.settle(600)
    await clock.advance(10)
    again = Scheduler(clock, log, arrival_jitter=JITTER)
    await again.restore()
    after = Asking(again, clock)
    await after.ask("fits", request("b", limits, 400))
    await after.ask("too much", request("c", limits, 1))
    await clock.advance(50 + SLOWEST_RECORD)
    assert after.permitted == ["fits"]
    await clock.advance(JITTER + 0.1)
    assert after.permitted == ["fits", "too much"]


async def test_a_wall_clock_set_back_counts_old_calls_as_new(clock: FakeClock) -> None:
    log = MemoryPermits()
    await log.record(PermitRow("x", clock.now() + 5000, "account", "model", 0, 0))
    scheduler = Scheduler(clock, log, arrival_jitter=JITTER)
    await scheduler.restore()
    asking = Asking(scheduler, clock)
    await asking.ask("a", request("a", {"rpm": 1}))
    await clock.advance(60)
    assert asking.permitted == []
    await clock.advance(1)
    assert asking.permitted == ["a"]


def two_accounts(limits: Mapping[Metric, int], parallel: int = 0) -> tuple[Target, Target]:
    return target(limits, account="left", parallel=parallel), target(limits, account="right", parallel=parallel)


async def test_accounts_of_equal_worth_are_used_evenly(asking: Asking) -> None:
    targets = two_accounts({"rpm": 4})
    accounts = [(await asking.ask(str(n), PermitRequest("a", targets))).result().target.account.name for n in range(8)]
    assert accounts.count("left") == accounts.count("right") == 4


@pytest.mark.parametrize("limits", [{}, {"rpm": 4}])
async def test_accounts_are_used_evenly_by_one_who_asks_now_and_then(
    asking: Asking, clock: FakeClock, limits: Mapping[Metric, int]
) -> None:
    accounts = []
    for number in range(6):
        permit = (await asking.ask(str(number), PermitRequest("a", two_accounts(limits)))).result()
        await permit.settle(0)
        accounts.append(permit.target.account.name)
        await clock.advance(300)
    assert accounts == ["left", "right"] * 3


async def test_a_refused_account_rests_while_the_other_works(asking: Asking, clock: FakeClock) -> None:
    targets = two_accounts({"rpm": 4})
    permit = (await asking.ask("first", PermitRequest("a", targets))).result()
    permit.refused("rpm", None)
    await clock.advance(0.5)
    following = (await asking.ask("second", PermitRequest("a", targets))).result()
    assert following.target.account.name != permit.target.account.name


async def test_calls_at_once_are_bounded_and_the_next_goes_when_one_ends(asking: Asking, clock: FakeClock) -> None:
    one = PermitRequest("a", (target({}, parallel=1),))
    permit = (await asking.ask("first", one)).result()
    await asking.ask("second", one)
    assert asking.places["second"] == [QueuePosition(0, 10.0)]
    await clock.advance(100)
    assert asking.permitted == ["first"]
    await permit.settle()
    await clock.advance(0)
    assert asking.permitted == ["first", "second"]


async def test_queues_that_share_an_account_take_turns(asking: Asking, clock: FakeClock) -> None:
    left, right = two_accounts({"rps": 1})
    for number in range(4):
        await asking.ask(f"both {number}", PermitRequest("a", (left, right)))
        await asking.ask(f"left {number}", PermitRequest("b", (left,)))
    await clock.advance(20)
    assert len(asking.permitted) == 8
    assert any(name.startswith("left") for name in asking.permitted[:4])
    assert any(name.startswith("both") for name in asking.permitted[:4])


async def test_the_refused_one_goes_first_and_the_refusal_counts(asking: Asking, clock: FakeClock) -> None:
    limits: Mapping[Metric, int] = {"rps": 1}
    permit = (await asking.ask("a", request("a", limits))).result()
    for name in "bcd":
        await asking.ask(name, request(name, limits))
    permit.refused("rps", None)
    await asking.ask("a again", request("a", limits), first=True)
    await clock.advance(1.2)
    assert asking.permitted == ["a"]
    await clock.advance(0.2)
    assert asking.permitted == ["a", "a again"]


async def test_an_end_that_comes_twice_counts_once(asking: Asking, scheduler: Scheduler) -> None:
    permit = (await asking.ask("a", request("a", {"rpm": 2}, 10))).result()
    await permit.settle(10)
    await permit.release()
    permit.refused(None, None)
    [bucket] = scheduler.snapshot().buckets
    assert bucket.running == 0
    assert [window.used / window.limit for window in bucket.windows] == [0.5]


async def test_unknown_use_counts_as_the_most_it_can_be_and_leaves_with_the_window(
    asking: Asking, clock: FakeClock
) -> None:
    place = (target({"tpm": 1000}),)
    for number in range(3):
        permit = (await asking.ask(f"{number}", PermitRequest("a", place, Estimate(100, 50, 7.7)))).result()
        await permit.settle()
    await asking.ask("all", PermitRequest("a", place, Estimate(5000)))
    await clock.advance(60)
    assert "all" not in asking.permitted
    await clock.advance(0.5)
    assert "all" in asking.permitted


async def test_a_demand_says_what_is_wrong_with_it() -> None:
    with pytest.raises(ValueError, match="needs a target"):
        PermitRequest("a", ())
    with pytest.raises(ValueError, match="weight"):
        PermitRequest("a", (target({}),), weight=0)


async def test_hundreds_who_come_and_go_leak_nothing(scheduler: Scheduler, clock: FakeClock) -> None:
    async def live(number: int) -> None:
        permit = await scheduler.admit(request(f"user {number % 7}", {"rps": 5, "tpm": 3000}, number % 50))
        await clock.sleep(number % 3)
        if number % 5:
            await permit.settle(number % 80)
        else:
            await permit.release()

    tasks = [asyncio.create_task(live(number)) for number in range(200)]
    for step in range(400):
        await clock.advance(0.5)
        if step < 200 and step % 3 == 0:
            tasks[step].cancel()
    assert all(task.done() for task in tasks)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(outcome is None or isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    await clock.advance(61)
    assert idle(scheduler)
