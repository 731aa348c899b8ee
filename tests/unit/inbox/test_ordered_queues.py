"""Order within a lane, none between lanes."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inbox.ordered_queues import OrderedQueues


class Work:
    """Items that run until they are let go; ``log`` tells what began and ended."""

    def __init__(self) -> None:
        self.lanes: OrderedQueues[str] = OrderedQueues(self._run)
        self.log: list[str] = []
        self._gates: dict[str, asyncio.Event] = {}

    async def _run(self, item: str) -> None:
        self.log.append(f"+{item}")
        try:
            await self._gates.setdefault(item, asyncio.Event()).wait()
        except asyncio.CancelledError:
            self.log.append(f"!{item}")
            raise
        self.log.append(f"-{item}")

    async def let_go(self, *items: str) -> None:
        for item in items:
            self._gates.setdefault(item, asyncio.Event()).set()
        await self.settle()

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)


@pytest.fixture
def work() -> Work:
    return Work()


async def test_the_second_item_of_a_lane_waits_for_the_first(work: Work) -> None:
    work.lanes.put("a", "1")
    work.lanes.put("a", "2")
    await work.settle()
    assert work.log == ["+1"]
    await work.let_go("1")
    assert work.log == ["+1", "-1", "+2"]
    await work.let_go("2")
    assert work.log == ["+1", "-1", "+2", "-2"]


async def test_lanes_run_side_by_side(work: Work) -> None:
    work.lanes.put("a", "1")
    work.lanes.put("b", "2")
    await work.let_go("2")
    assert work.log == ["+1", "+2", "-2"]
    await work.let_go("1")


async def test_what_has_no_lane_overtakes(work: Work) -> None:
    work.lanes.put("a", "1")
    work.lanes.put("a", "2")
    work.lanes.put(None, "stop")
    await work.let_go("stop")
    assert work.log == ["+1", "+stop", "-stop"]
    await work.let_go("1", "2")


async def test_an_empty_lane_begins_anew(work: Work) -> None:
    work.lanes.put("a", "1")
    await work.let_go("1")
    work.lanes.put("a", "2")
    await work.let_go("2")
    assert work.log == ["+1", "-1", "+2", "-2"]


async def test_closing_begins_nothing_more_and_lets_the_running_finish(work: Work) -> None:
    work.lanes.put("a", "1")
    work.lanes.put("a", "2")
    await work.settle()
    closing = asyncio.create_task(work.lanes.close(grace=60))
    await work.settle()
    work.lanes.put("b", "3")
    work.lanes.put(None, "4")
    await work.let_go("1")
    await closing
    assert work.log == ["+1", "-1"]


async def test_closing_cancels_what_is_late_and_waits_for_its_end(work: Work) -> None:
    work.lanes.put("a", "1")
    work.lanes.put(None, "2")
    await work.settle()
    await work.lanes.close(grace=0)
    assert work.log[:2] == ["+1", "+2"]
    assert sorted(work.log[2:]) == ["!1", "!2"]


async def test_closing_what_does_nothing_is_done_at_once(work: Work) -> None:
    await work.lanes.close(grace=60)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=30))
def test_each_lane_keeps_its_order_however_long_items_take(items: list[tuple[int, int]]) -> None:
    """Items are (lane, turns of the event loop that it takes)."""
    ended: list[tuple[int, int]] = []
    running: set[int] = set()

    async def run(item: tuple[int, int, int]) -> None:
        key, turns, number = item
        assert key not in running
        running.add(key)
        for _ in range(turns):
            await asyncio.sleep(0)
        running.remove(key)
        ended.append((key, number))

    async def all_of_them(put: Callable[[OrderedQueues[Any]], None]) -> None:
        lanes: OrderedQueues[Any] = OrderedQueues(run)
        put(lanes)
        for _ in range(200):
            await asyncio.sleep(0)
        await lanes.close(grace=0)

    def put(lanes: OrderedQueues[Any]) -> None:
        for number, (key, turns) in enumerate(items):
            lanes.put(key, (key, turns, number))

    asyncio.run(all_of_them(put))
    assert len(ended) == len(items)
    for key in range(4):
        assert [number for lane, number in ended if lane == key] == [n for n, (k, _) in enumerate(items) if k == key]
