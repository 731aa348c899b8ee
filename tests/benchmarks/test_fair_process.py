"""The whole program between a Telegram and a SiliconFlow that enforces RPS 3 and RPM 100, in real time.

Twenty people ask 300 questions, and one of them asks half of these, before all others.
"""

import itertools
from collections import Counter
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.playground.siliconflow import LocalSiliconFlow
from tests.process.local_environment import KEY, LocalEnvironment

pytestmark = pytest.mark.benchmark

RPS, RPM = 3, 100
QUESTIONS, PEOPLE = 300, 20
_LONGEST = 400.0  # seconds until the program is taken for stuck


def perfect(seconds: float) -> int:
    """How many calls one could have admitted within ``seconds``, at most, who knows no jitter of arrival times."""
    times = [0.0]
    for number in itertools.count(1):
        second, minute = number - RPS, number - RPM
        time = max(times[second] + 1 if second >= 0 else 0.0, times[minute] + 60 if minute >= 0 else 0.0)
        if time > seconds:
            return number
        times.append(time)
    raise AssertionError("endless")


@pytest.fixture
async def strict(tmp_path: Path) -> LocalEnvironment:
    """A provider that refuses what exceeds its limits."""
    around = LocalEnvironment(tmp_path)
    around.siliconflow = LocalSiliconFlow(SystemClock(), keys=(KEY,), limits={"chat": {"rps": RPS, "rpm": RPM}})
    return around


async def test_a_flood_is_answered_within_the_limits_and_costs_nobody_else_their_turn(strict: LocalEnvironment) -> None:
    await strict.open()
    try:
        await strict.start(SILICONFLOW_RPS=str(RPS), SILICONFLOW_RPM=str(RPM))
        order = await flood(strict)
    finally:
        await strict.close()
    arrivals = strict.siliconflow.meter.arrivals()
    refused = sum(1 for arrival in arrivals if arrival.refused)
    took = arrivals[-1].at - arrivals[0].at
    use = QUESTIONS / perfect(took)
    last_other = max(place for place, person in enumerate(order) if person)
    before = order[:last_other].count(0)
    print(f"\n300 questions of 20 people, one of whom asks half and first: {took:.1f} s for all calls")
    print(f"  of what a perfect scheduler admits by then {use:.1%}, refused {refused} of {len(arrivals)}")
    print(f"  of the flood's 150 went before the last of the others: {before}")
    assert refused <= 0.02 * len(arrivals)
    assert use >= 0.95
    assert before <= 30


async def flood(around: LocalEnvironment) -> list[int]:
    """Ask everything and wait for all answers; whose question was answered upstream, in order (0: the flood)."""
    world = around.telegram.world
    people = [world.person(f"Person {number}") for number in range(PEOPLE)]
    rooms = [world.private(person) for person in people]
    asking = [0] * (QUESTIONS // 2) + [1 + number % (PEOPLE - 1) for number in range(QUESTIONS // 2)]
    for number, person in enumerate(asking):
        world.say(people[person], rooms[person], f"{number}")
    expected = Counter(asking)
    await around.telegram.feed.until(
        lambda: all(len(world.answers(room)) >= expected[person] for person, room in enumerate(rooms)), _LONGEST
    )
    answered = [exchange for exchange in around.siliconflow.journal.chats if exchange.status == 200]
    assert len(answered) == QUESTIONS
    return [asking[int(str(exchange.messages[-1]["content"]))] for exchange in answered]
