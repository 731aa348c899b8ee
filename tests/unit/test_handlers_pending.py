"""What a button stands for: had by one press at a time, and kept until that one is done."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from bot.clock import FakeClock
from bot.domain.money import Money
from bot.providers.price import TokenUsage
from bot.store import Store
from bot.summaries.notes import Action, Notes, Point, Topic
from bot.summaries.request import People, Request, Window
from bot.summaries.summary import Participant, Summary
from handlers.pending import Pending
from handlers.summarizing import Group, Page, Wish
from handlers.summary_document import SummaryCost

WISHES, PAGES = TypeAdapter(Wish), TypeAdapter(Page)
WORDS = st.text(max_size=20)
TIMES = st.none() | st.datetimes(timezones=st.just(UTC))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path / "bot.db")
    yield store
    await store.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def pending(store: Store, clock: FakeClock) -> Pending[Wish]:
    return Pending(store.pending, WISHES, clock)


def wish(question: str = "") -> Wish:
    return Wish(Group(-1005, None), Request(Window(), question=question), None, 7)


async def add(pending: Pending[Wish]) -> str:
    return await pending.add(wish("why?"), 5, -1005)


async def test_one_press_has_it_and_the_next_does_not(pending: Pending[Wish]) -> None:
    name = await add(pending)
    async with pending.held(name) as first, pending.held(name) as second:
        assert (first, second) == (wish("why?"), None)
    async with pending.held(name) as third:
        assert third is None


async def test_it_is_there_again_where_the_first_was_cut_off(pending: Pending[Wish], store: Store) -> None:
    name = await add(pending)
    with pytest.raises(InterruptedError):
        async with pending.held(name):
            raise InterruptedError
    after_restart = Pending(store.pending, WISHES, FakeClock())
    async with after_restart.held(name) as found:
        assert found == wish("why?")


async def test_it_gets_out_of_date(pending: Pending[Wish], clock: FakeClock) -> None:
    name = await add(pending)
    await clock.advance(3 * 86_400.0)
    async with pending.held(name) as found:
        assert found is None


async def test_what_another_version_wrote_in_another_form_is_out_of_date(store: Store, clock: FakeClock) -> None:
    other = Pending(store.pending, TypeAdapter(dict[str, int]), clock)
    name = await other.add({"chat": 7}, 5, -1005)
    async with Pending(store.pending, WISHES, clock).held(name) as found:
        assert found is None


@given(
    st.builds(
        Wish,
        st.builds(Group, st.integers(-(2**40), -1), st.none() | WORDS),
        st.builds(
            Request,
            st.builds(Window, TIMES, TIMES, st.none() | st.integers(1), st.none() | st.integers(1)),
            st.builds(People, st.frozensets(WORDS), st.frozensets(st.integers(1, 2**40))),
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
def test_every_wish_is_read_as_it_was_written(given_wish: Wish) -> None:
    assert WISHES.validate_json(WISHES.dump_json(given_wish)) == given_wish


def test_a_page_is_read_as_it_was_written() -> None:
    notes = Notes(
        topics=(Topic("Release", (Point("It ships on Friday", (3, 4)),)),),
        actions=(Action("Ann", "write the notes", "Friday", (3,)),),
    )
    at = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
    summary = Summary(
        topic=9,
        topics=notes.topics,
        decisions=(Point("Redis goes", (4,)),),
        actions=notes.actions,
        questions=(),
        participants=(Participant(5, "Ann", 2),),
        count=2,
        first=at,
        last=at,
        model="m",
    )
    page = Page(
        Group(-1005, "friends"), 9, (summary,), SummaryCost(TokenUsage(7, 3), Money(12)), "zh", {9: "Design 设计"}
    )
    written = PAGES.dump_json(page)
    assert PAGES.validate_json(written) == page
    of_an_older_version = written.replace(b'"money":{"micro_yuan":12}', b'"micro_yuan":12')
    assert of_an_older_version != written
    assert PAGES.validate_json(of_an_older_version) == page
