"""What keeping notes saves, over a day of a busy group: exact figures, the same on every machine."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import FakeClock
from bot.domain.calls import NOBODY, CallContext
from bot.domain.message import text_message
from bot.groups import prompts
from bot.groups.notes_client import MemoryNotesCache
from bot.groups.summarizer import Summaries, SummaryTask
from bot.groups.summary import GroupMessage, SummaryQuery, SummaryWindow
from bot.providers.tokens import estimate, prompt
from tests.unit.groups.summary_models import MODEL, Scripted, chatter, honest

pytestmark = pytest.mark.benchmark

DAY = timedelta(days=1)
CHAT = -1001


def two_days(a_day: int, seed: int = 1) -> list[GroupMessage]:
    """Quiet at night, busy in bursts, a hundred characters a message at most."""
    dice = random.Random(seed)  # noqa: S311 - a simulation, to be the same each time
    messages = chatter(2 * a_day, seed=seed)
    pauses = [dice.expovariate(1.0) * (20.0 if dice.random() < 0.02 else 1.0) for _ in messages]
    scale = 2 * DAY / sum(pauses)
    at, placed = messages[0].at, []
    for message, pause in zip(messages, pauses, strict=True):
        at += pause * scale
        placed.append(replace(message, at=at))
    return placed


async def tokens_of(store: MemoryNotesCache | None, messages: Sequence[GroupMessage], moments: Sequence[int]) -> int:
    """What requests for the last 24 hours at these moments (counts of messages by then) take; with no store, each from
    scratch."""
    model = Scripted(honest)
    for count in moments:
        now = messages[count - 1].at
        service = Summaries(model, store or MemoryNotesCache(), FakeClock(now.timestamp()))
        await service.summarise(
            SummaryTask(CHAT, messages[:count], SummaryQuery(SummaryWindow(since=now - DAY)), MODEL),
            CallContext(NOBODY),
        )
    return model.tokens


def in_one_call(messages: Sequence[GroupMessage], moments: Sequence[int]) -> int:
    """The same requests, each as a single prompt with all messages, and an answer of 900 tokens."""
    total = 0
    for count in moments:
        window = SummaryWindow(since=messages[count - 1].at - DAY).of(messages[:count])
        sent = prompts.whole([tuple(window)], SummaryQuery(SummaryWindow()), "")
        total += prompt([text_message("system", sent.system), text_message("user", sent.user)]) + 900
    return total


@pytest.mark.parametrize(("a_day", "requests", "saved", "saved_in_one"), [(300, 4, 1.5, 1.2), (3_000, 30, 6.0, 5.0)])
async def test_a_day_of_requests_costs_a_fraction(a_day: int, requests: int, saved: float, saved_in_one: float) -> None:
    messages = two_days(a_day)
    dice = random.Random(2)  # noqa: S311 - a simulation, to be the same each time
    moments = sorted(dice.sample(range(a_day, 2 * a_day), requests))
    kept = await tokens_of(MemoryNotesCache(), messages, moments)
    scratch = await tokens_of(None, messages, moments)
    single = in_one_call(messages, moments)
    size = sum(estimate(message.text) for message in messages) / len(messages)
    print(f"\n{a_day} messages a day of {size:.0f} tokens, {requests} requests for 24 hours; tokens a request:")
    print(f"  kept {kept // requests}, from scratch {scratch // requests}, in one call {single // requests}")
    print(f"  that is 1/{scratch / kept:.1f} and 1/{single / kept:.1f}")
    assert kept * saved <= scratch
    assert kept * saved_in_one <= single
