import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest

from bot.clock import FakeClock
from bot.domain.model import Metric
from bot.limits.demand import Demand, Overfull, Place, Target
from bot.limits.grant import Grant
from bot.limits.grants import GrantRow, MemoryGrants
from bot.limits.scheduler import SLOWEST_RECORD, Scheduler
from tests.benchmarks.limits_provider import target

SPREAD = 0.25


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def log() -> MemoryGrants:
    return MemoryGrants()


@pytest.fixture
def scheduler(clock: FakeClock, log: MemoryGrants) -> Scheduler:
    return Scheduler(clock, log, spread=SPREAD, jitter=lambda: 1.0)


class Asking:
    """Asks in tasks of their own, and remembers who was granted in which order."""

    def __init__(self, scheduler: Scheduler, clock: FakeClock) -> None:
        self._scheduler = scheduler
        self._clock = clock
        self._tasks: list[asyncio.Task[Grant]] = []
        self.granted: list[str] = []
        self.places: dict[str, list[Place]] = {}

    async def ask(self, name: str, demand: Demand, *, first: bool = False) -> asyncio.Task[Grant]:
        async def admit() -> Grant:
            grant = await self._scheduler.admit(demand, self.places.setdefault(name, []).append, first=first)
            self.granted.append(name)
            return grant

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


def demand(flow: str, limits: Mapping[Metric, int], tokens: int = 0, *, interactive: bool = True) -> Demand:
    return Demand(flow, (target(limits),), prompt_tokens=tokens, interactive=interactive)


def idle(scheduler: Scheduler) -> bool:
    """Whether nobody waits and nothing is held or runs."""
    gates = scheduler._gates.values()
    return not scheduler._pools and all(
        not gate._running and all(window.used == 0 for window in gate.windows) for gate in gates
    )


async def test_with_room_nobody_waits(asking: Asking, clock: FakeClock, log: MemoryGrants) -> None:
    task = await asking.ask("a", demand("a", {"rpm": 1}, 30))
    grant = task.result()
    assert asking.places["a"] == []
    assert log.rows == {grant.id: GrantRow(grant.id, clock.now(), "account", "model", 30, 0)}


async def test_who_must_wait_is_told_his_place_at_once_and_as_it_changes(asking: Asking, clock: FakeClock) -> None:
    limits: Mapping[Metric, int] = {"ipm": 1}
    for name in "abc":
        await asking.ask(name, Demand(name, (target(limits),), pictures=1))
    assert asking.granted == ["a"]
    assert asking.places["b"] == [Place(0, 60.25)]
    assert asking.places["c"] == [Place(1, 120.5)]
    await clock.advance(60.5)
    assert asking.granted == ["a", "b"]
    seconds = [place.seconds for place in asking.places["c"]]
    assert len(seconds) <= 62
    assert seconds == sorted(seconds, reverse=True)
    await clock.advance(1)
    assert asking.places["c"][-1].ahead == 0
    await clock.advance(60)
    assert asking.granted == ["a", "b", "c"]


async def test_where_very_many_wait_fifty_a_second_are_told_each_in_turn(clock: FakeClock, log: MemoryGrants) -> None:
    asking = Asking(Scheduler(clock, log, max_wait=1e6), clock)
    for number in range(101):
        await asking.ask(f"{number}", demand(f"user {number}", {"rpm": 1}))
    told = []
    for _ in range(3):
        await clock.advance(1)
        told.append([len(places) for places in asking.places.values()])
    asking.end()
    assert asking.granted == ["0"]
    assert [sum(after) for after in told] == [150, 200, 250]
    assert set(told[1][1:]) == {2}


async def test_second_user_is_served_before_the_first_ones_second_question(asking: Asking, clock: FakeClock) -> None:
    for name in ("a1", "a2", "a3", "b1"):
        await asking.ask(name, demand(name[0], {"rps": 1}))
    await clock.advance(5)
    assert asking.granted == ["a1", "a2", "b1", "a3"]


async def test_people_go_before_schedules_and_find_a_fifth_free(asking: Asking, clock: FakeClock) -> None:
    limits: Mapping[Metric, int] = {"rpm": 10}
    for number in range(12):
        await asking.ask(f"digest {number}", demand(f"chat {number}", limits, interactive=False))
    await clock.advance(59)
    assert len(asking.granted) == 8
    for number in range(3):
        await asking.ask(f"person {number}", demand(f"user {number}", limits))
    assert asking.granted[8:] == ["person 0", "person 1"]
    await clock.advance(2)
    assert asking.granted[10:] == ["person 2"]
    await clock.advance(120)
    assert len(asking.granted) == 15


async def test_schedules_go_out_evenly_and_leave_room_for_people_who_come_later(
    asking: Asking, clock: FakeClock
) -> None:
    limits: Mapping[Metric, int] = {"rpm": 10, "rpd": 1000}
    for number in range(12):
        await asking.ask(f"digest {number}", demand(f"chat {number}", limits, interactive=False))
    for number in range(4):
        await clock.advance(12)
        await asking.ask(f"person {number}", demand(f"user {number}", limits))
        assert asking.granted[-1] == f"person {number}", "five a minute are half of the limit"


async def test_who_would_wait_too_long_is_turned_away_at_once(
    asking: Asking, scheduler: Scheduler, clock: FakeClock
) -> None:
    limits: Mapping[Metric, int] = {"ipm": 1}
    place = (target(limits),)
    for number in range(10):
        await asking.ask(f"hog {number}", Demand("hog", place, pictures=1))
    with pytest.raises(Overfull) as caught:
        await scheduler.admit(Demand("hog", place, pictures=1))
    assert caught.value.seconds == pytest.approx(10 * 60.25)
    other = await asking.ask("other", Demand("other", place, pictures=1))
    await clock.advance(125)
    assert other.done()


async def test_a_long_pause_turns_away_those_who_wait(asking: Asking, clock: FakeClock) -> None:
    first = await asking.ask("first", demand("a", {"rpm": 1}))
    second = await asking.ask("second", demand("b", {"rpm": 1}))
    first.result().refused("rpm", 3600.0)
    await clock.advance(2)
    assert isinstance(second.exception(), Overfull)


async def test_a_place_given_up_leaves_nothing_behind(asking: Asking, scheduler: Scheduler, clock: FakeClock) -> None:
    grant = (await asking.ask("a", demand("a", {"rps": 1}))).result()
    waiting = await asking.ask("b", demand("b", {"rps": 1}))
    waiting.cancel()
    await clock.advance(0)
    assert not scheduler._pools
    await grant.settle(0)
    await clock.advance(2)
    for gate in scheduler._gates.values():
        gate.windows.expire(clock.monotonic())
    assert idle(scheduler)


async def test_a_heavy_head_that_leaves_lets_the_next_one_go(asking: Asking, clock: FakeClock) -> None:
    limits: Mapping[Metric, int] = {"tpm": 100}
    await asking.ask("first", demand("a", limits, 50))
    heavy = await asking.ask("heavy", demand("b", limits, 90))
    await asking.ask("light", demand("c", limits, 10))
    assert asking.granted == ["first"]
    heavy.cancel()
    await clock.advance(0)
    assert asking.granted == ["first", "light"]


class StuckGrants(MemoryGrants):
    """A disk that answers only when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.free = asyncio.Event()

    async def record(self, row: GrantRow) -> None:
        await super().record(row)
        await self.free.wait()


async def test_cancelled_between_the_grant_and_the_call_the_slot_is_given_back(clock: FakeClock) -> None:
    log = StuckGrants()
    scheduler = Scheduler(clock, log, spread=SPREAD)
    asking = Asking(scheduler, clock)
    first = await asking.ask("first", demand("a", {"rpm": 1}))
    await asking.ask("second", demand("b", {"rpm": 1}))
    log.free.set()
    first.cancel()
    await clock.advance(0)
    assert asking.granted == ["second"]


async def test_cancelled_in_the_very_turn_of_the_grant_the_slot_is_given_back(
    asking: Asking, scheduler: Scheduler, clock: FakeClock
) -> None:
    grant = (await asking.ask("first", demand("a", {"rpm": 1}))).result()
    second = await asking.ask("second", demand("b", {"rpm": 1}))
    await asking.ask("third", demand("c", {"rpm": 1}))
    await grant.release()
    second.cancel()  # granted by the release, but it has not run since
    await clock.advance(0)
    assert second.cancelled()
    assert asking.granted == ["first", "third"]


async def test_a_stalled_disk_does_not_bunch_the_calls_it_held_up(clock: FakeClock) -> None:
    log = StuckGrants()
    scheduler = Scheduler(clock, log, spread=SPREAD)
    asking = Asking(scheduler, clock)
    for name in "abcd":
        await asking.ask(name, demand(name, {"rps": 2}))
    await clock.advance(30)
    log.free.set()
    await clock.advance(0)
    assert asking.granted == ["a", "b"]
    await clock.advance(1.2)
    assert asking.granted == ["a", "b"]
    await clock.advance(0.1)
    assert asking.granted == ["a", "b", "c", "d"]


class BrokenGrants(MemoryGrants):
    async def record(self, row: GrantRow) -> None:
        raise OSError("disk full")


async def test_what_cannot_be_stored_does_not_go_out(clock: FakeClock) -> None:
    scheduler = Scheduler(clock, BrokenGrants(), spread=SPREAD)
    with pytest.raises(OSError, match="disk full"):
        await scheduler.admit(demand("a", {"rpm": 1}, 10))
    assert idle(scheduler)


async def test_a_restart_remembers_what_went_out(asking: Asking, clock: FakeClock, log: MemoryGrants) -> None:
    limits: Mapping[Metric, int] = {"tpm": 1000}
    grant = (await asking.ask("a", demand("a", limits, 900))).result()
    await grant.settle(600)
    await clock.advance(10)
    again = Scheduler(clock, log, spread=SPREAD)
    await again.restore()
    after = Asking(again, clock)
    await after.ask("fits", demand("b", limits, 400))
    await after.ask("too much", demand("c", limits, 1))
    await clock.advance(50 + SLOWEST_RECORD)
    assert after.granted == ["fits"]
    await clock.advance(SPREAD + 0.1)
    assert after.granted == ["fits", "too much"]


async def test_a_wall_clock_set_back_counts_old_calls_as_new(clock: FakeClock) -> None:
    log = MemoryGrants()
    await log.record(GrantRow("x", clock.now() + 5000, "account", "model", 0, 0))
    scheduler = Scheduler(clock, log, spread=SPREAD)
    await scheduler.restore()
    asking = Asking(scheduler, clock)
    await asking.ask("a", demand("a", {"rpm": 1}))
    await clock.advance(60)
    assert asking.granted == []
    await clock.advance(1)
    assert asking.granted == ["a"]


def two_accounts(limits: Mapping[Metric, int], parallel: int = 0) -> tuple[Target, Target]:
    return target(limits, account="left", parallel=parallel), target(limits, account="right", parallel=parallel)


async def test_accounts_of_equal_worth_are_used_evenly(asking: Asking) -> None:
    targets = two_accounts({"rpm": 4})
    accounts = [(await asking.ask(str(n), Demand("a", targets))).result().target.account.name for n in range(8)]
    assert accounts.count("left") == accounts.count("right") == 4


@pytest.mark.parametrize("limits", [{}, {"rpm": 4}])
async def test_accounts_are_used_evenly_by_one_who_asks_now_and_then(
    asking: Asking, clock: FakeClock, limits: Mapping[Metric, int]
) -> None:
    accounts = []
    for number in range(6):
        grant = (await asking.ask(str(number), Demand("a", two_accounts(limits)))).result()
        await grant.settle(0)
        accounts.append(grant.target.account.name)
        await clock.advance(300)
    assert accounts == ["left", "right"] * 3


async def test_a_refused_account_rests_while_the_other_works(asking: Asking, clock: FakeClock) -> None:
    targets = two_accounts({"rpm": 4})
    grant = (await asking.ask("first", Demand("a", targets))).result()
    grant.refused("rpm", None)
    await clock.advance(0.5)
    following = (await asking.ask("second", Demand("a", targets))).result()
    assert following.target.account.name != grant.target.account.name


async def test_calls_at_once_are_bounded_and_the_next_goes_when_one_ends(asking: Asking, clock: FakeClock) -> None:
    one = Demand("a", (target({}, parallel=1),))
    grant = (await asking.ask("first", one)).result()
    await asking.ask("second", one)
    assert asking.places["second"] == [Place(0, 10.0)]
    await clock.advance(100)
    assert asking.granted == ["first"]
    await grant.settle()
    await clock.advance(0)
    assert asking.granted == ["first", "second"]


async def test_pools_that_share_an_account_take_turns(asking: Asking, clock: FakeClock) -> None:
    left, right = two_accounts({"rps": 1})
    for number in range(4):
        await asking.ask(f"both {number}", Demand("a", (left, right)))
        await asking.ask(f"left {number}", Demand("b", (left,)))
    await clock.advance(20)
    assert len(asking.granted) == 8
    assert any(name.startswith("left") for name in asking.granted[:4])
    assert any(name.startswith("both") for name in asking.granted[:4])


async def test_the_refused_one_goes_first_and_the_refusal_counts(asking: Asking, clock: FakeClock) -> None:
    limits: Mapping[Metric, int] = {"rps": 1}
    grant = (await asking.ask("a", demand("a", limits))).result()
    for name in "bcd":
        await asking.ask(name, demand(name, limits))
    grant.refused("rps", None)
    await asking.ask("a again", demand("a", limits), first=True)
    await clock.advance(1.2)
    assert asking.granted == ["a"]
    await clock.advance(0.2)
    assert asking.granted == ["a", "a again"]


async def test_an_end_that_comes_twice_counts_once(asking: Asking, scheduler: Scheduler) -> None:
    grant = (await asking.ask("a", demand("a", {"rpm": 2}, 10))).result()
    await grant.settle(10)
    await grant.release()
    grant.refused(None, None)
    (gate,) = scheduler._gates.values()
    assert gate._running == 0
    assert gate.windows.fullness() == 0.5


async def test_unknown_use_counts_as_the_most_it_can_be_and_leaves_with_the_window(
    asking: Asking, clock: FakeClock
) -> None:
    place = (target({"tpm": 1000}),)
    for number in range(3):
        grant = (await asking.ask(f"{number}", Demand("a", place, 100, 50, doubt=7.7))).result()
        await grant.settle()
    await asking.ask("all", Demand("a", place, 5000))
    await clock.advance(60)
    assert "all" not in asking.granted
    await clock.advance(0.5)
    assert "all" in asking.granted


async def test_a_demand_says_what_is_wrong_with_it() -> None:
    with pytest.raises(ValueError, match="needs a target"):
        Demand("a", ())
    with pytest.raises(ValueError, match="weight"):
        Demand("a", (target({}),), weight=0)


async def test_hundreds_who_come_and_go_leak_nothing(scheduler: Scheduler, clock: FakeClock) -> None:
    async def live(number: int) -> None:
        grant = await scheduler.admit(demand(f"user {number % 7}", {"rps": 5, "tpm": 3000}, number % 50))
        await clock.sleep(number % 3)
        if number % 5:
            await grant.settle(number % 80)
        else:
            await grant.release()

    tasks = [asyncio.create_task(live(number)) for number in range(200)]
    for step in range(400):
        await clock.advance(0.5)
        if step < 200 and step % 3 == 0:
            tasks[step].cancel()
    assert all(task.done() for task in tasks)
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(outcome is None or isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    await clock.advance(61)
    for gate in scheduler._gates.values():
        gate.windows.expire(clock.monotonic())
    assert idle(scheduler)
