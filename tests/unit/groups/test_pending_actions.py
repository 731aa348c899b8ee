"""What a button stands for: had by one press at a time, and kept until that one is done."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from bot.clock import FakeClock
from bot.domain.group import GroupRef
from bot.domain.money import Money, TokenUsage
from bot.domain.notes import ActionItem, GroupNotes, SummaryPoint, SummaryTopic
from bot.groups.group_summaries import PendingActions
from bot.groups.summary import (
    Authors,
    Participant,
    Summary,
    SummaryCost,
    SummaryPage,
    SummaryQuery,
    SummaryRequest,
    SummaryWindow,
)
from bot.store import Store

REQUESTS, PAGES = TypeAdapter(SummaryRequest), TypeAdapter(SummaryPage)
WORDS = st.text(max_size=20)
TIMES = st.none() | st.datetimes(timezones=st.just(UTC))


@pytest.fixture
def pending(store: Store, clock: FakeClock) -> PendingActions[SummaryRequest]:
    return PendingActions(store.pending, REQUESTS, clock)


def request(question: str = "") -> SummaryRequest:
    return SummaryRequest(GroupRef(-1005, None), SummaryQuery(SummaryWindow(), question=question), None, 7)


async def add(pending: PendingActions[SummaryRequest]) -> str:
    return await pending.add(request("why?"), 5, -1005)


async def test_one_press_has_it_and_the_next_does_not(pending: PendingActions[SummaryRequest]) -> None:
    name = await add(pending)
    async with pending.held(name) as first, pending.held(name) as second:
        assert (first, second) == (request("why?"), None)
    async with pending.held(name) as third:
        assert third is None


async def test_it_is_there_again_where_the_first_was_cut_off(
    pending: PendingActions[SummaryRequest], store: Store
) -> None:
    name = await add(pending)
    with pytest.raises(InterruptedError):
        async with pending.held(name):
            raise InterruptedError
    after_restart = PendingActions(store.pending, REQUESTS, FakeClock())
    async with after_restart.held(name) as found:
        assert found == request("why?")


async def test_it_gets_out_of_date(pending: PendingActions[SummaryRequest], clock: FakeClock) -> None:
    name = await add(pending)
    await clock.advance(3 * 86_400.0)
    async with pending.held(name) as found:
        assert found is None


async def test_what_another_version_wrote_in_another_form_is_out_of_date(store: Store, clock: FakeClock) -> None:
    other = PendingActions(store.pending, TypeAdapter(dict[str, int]), clock)
    name = await other.add({"chat": 7}, 5, -1005)
    async with PendingActions(store.pending, REQUESTS, clock).held(name) as found:
        assert found is None


@given(
    st.builds(
        SummaryRequest,
        st.builds(GroupRef, st.integers(-(2**40), -1), st.none() | WORDS),
        st.builds(
            SummaryQuery,
            st.builds(SummaryWindow, TIMES, TIMES, st.none() | st.integers(1), st.none() | st.integers(1)),
            st.builds(Authors, st.frozensets(WORDS), st.frozensets(st.integers(1, 2**40))),
            st.none() | st.integers(1),
            st.booleans(),
            st.booleans(),
            st.booleans(),
            WORDS,
            st.sampled_from([None, "zh", "en"]),
            st.booleans(),
        ),
        st.none() | st.integers(1),
        st.integers(1),
    )
)
def test_every_request_is_read_as_it_was_written(given_request: SummaryRequest) -> None:
    assert REQUESTS.validate_json(REQUESTS.dump_json(given_request)) == given_request


def test_a_page_is_read_as_it_was_written() -> None:
    notes = GroupNotes(
        topics=(SummaryTopic("Release", (SummaryPoint("It ships on Friday", (3, 4)),)),),
        actions=(ActionItem("Ann", "write the notes", "Friday", (3,)),),
    )
    at = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
    summary = Summary(
        topic=9,
        topics=notes.topics,
        decisions=(SummaryPoint("Redis goes", (4,)),),
        actions=notes.actions,
        questions=(),
        participants=(Participant(5, "Ann", 2),),
        count=2,
        first=at,
        last=at,
        model="m",
    )
    page = SummaryPage(
        GroupRef(-1005, "friends"), 9, (summary,), SummaryCost(TokenUsage(7, 3), Money(12)), "zh", {9: "Design 设计"}
    )
    assert PAGES.validate_json(PAGES.dump_json(page)) == page
