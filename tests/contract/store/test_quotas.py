"""Quotas and the ledger: what is reserved, settled and taken back adds up, and no bound is passed, in any order."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.conversation import ConversationKey, NewQuestion
from bot.domain.ledger import NewCall, Settled, UsageTotals
from bot.domain.message import TextPart
from bot.domain.money import Money
from bot.domain.quota import Budget, Quota, QuotaOverride, QuotaReached, Usage, period_end, period_start
from bot.store import Store

NOON = 1_800_014_400.0  # 2027-01-15 12:00 UTC
DAY = 86_400.0
ANN = "user:5"
CALL = NewCall(NOON, 5, 5, "question", "m", cost=Money(30))


def question(number: int) -> NewQuestion:
    return NewQuestion(f"turn {number}", ConversationKey(5, 0, 5), (TextPart("why?"),), 1, number)


async def test_of_a_hundred_questions_at_once_exactly_ten_have_room(store: Store) -> None:
    budget = Budget(ANN, Quota(questions_per_day=10))
    asked = (store.conversations.begin(question(number), NOON, budget) for number in range(100))
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, QuotaReached)]
    assert len(refused) == 90
    assert (await store.quotas.used(ANN, NOON)).today == Usage(questions=10)


async def test_of_a_hundred_reservations_at_once_exactly_ten_have_room(store: Store) -> None:
    budget = Budget(ANN, Quota(pictures_per_day=10, cost_per_day=Money(10 * 30)), total=Money(10 * 30))
    opened = (store.ledger.open(replace(CALL, pictures=1), budget) for _ in range(100))
    outcomes = await asyncio.gather(*opened, return_exceptions=True)
    numbers = [number for number in outcomes if isinstance(number, int)]
    assert len(numbers) == 10
    await store.ledger.drop(numbers[0])
    await store.ledger.open(replace(CALL, pictures=1), budget)
    assert (await store.quotas.used(ANN, NOON)).today == Usage(pictures=10, cost=Money(300))


@pytest.mark.parametrize(
    ("budget", "what", "whose", "period"),
    [
        (Budget(ANN, Quota(cost_per_day=Money(100))), "cost", "user", "day"),
        (Budget(ANN, Quota(cost_per_month=Money(100))), "cost", "user", "month"),
        (Budget("chat:-7", Quota(cost_per_month=Money(100))), "cost", "chat", "month"),
        (Budget(ANN, total=Money(100)), "cost", "all", "month"),
        (Budget(ANN, Quota(pictures_per_day=3)), "pictures", "user", "day"),
    ],
)
async def test_a_refusal_says_what_is_used_up_and_when_it_renews(
    store: Store, budget: Budget, what: str, whose: str, period: str
) -> None:
    for _ in range(3):
        await store.ledger.open(replace(CALL, pictures=1), budget)
    with pytest.raises(QuotaReached) as caught:
        await store.ledger.open(replace(CALL, pictures=1), budget)
    reached = caught.value
    assert (reached.what, reached.whose, reached.period) == (what, whose, period)
    assert (reached.used, reached.limit) == ((Money(90), Money(100)) if what == "cost" else (3, 3))
    assert reached.renews == (NOON + DAY / 2 if period == "day" else datetime(2027, 2, 1, tzinfo=UTC).timestamp())
    assert reached.wait == reached.renews - NOON


async def test_what_is_free_can_be_had_when_the_money_is_gone(store: Store) -> None:
    budget = Budget(ANN, Quota(cost_per_day=Money(30)), total=Money(30))
    await store.ledger.open(CALL, budget)
    await store.ledger.open(replace(CALL, cost=Money(0)), budget)


async def test_a_bound_that_was_lowered_below_what_is_used_refuses(store: Store) -> None:
    await store.ledger.open(CALL, Budget(ANN))
    with pytest.raises(QuotaReached) as caught:
        await store.ledger.open(CALL, Budget(ANN, Quota(cost_per_day=Money(1))))
    assert caught.value.used == Money(30)


async def test_settling_gives_back_what_was_reserved_too_much(store: Store) -> None:
    number = await store.ledger.open(CALL, Budget(ANN))
    total = await store.ledger.settle(number, Settled("answered", "a", cost=Money(7)))
    assert total == Money(7)
    assert await store.quotas.used(ANN, NOON) == (Usage(cost=Money(7)),) * 3


async def test_a_call_that_went_on_past_midnight_counts_on_the_day_it_began(store: Store) -> None:
    late = period_start("day", NOON) - 1
    number = await store.ledger.open(replace(CALL, at=late), Budget(ANN))
    await store.ledger.settle(number, Settled("answered", "a", cost=Money(7)))
    assert (await store.quotas.used(ANN, late)).today.cost == Money(7)
    assert (await store.quotas.used(ANN, NOON)).today.cost == Money(0)


async def test_a_call_is_settled_once(store: Store) -> None:
    number = await store.ledger.open(CALL, Budget(ANN))
    await store.ledger.settle(number, Settled("answered", "a", cost=Money(7)))
    with pytest.raises(LookupError):
        await store.ledger.settle(number, Settled("answered", "a", cost=Money(7)))
    with pytest.raises(LookupError):
        await store.ledger.drop(number)
    assert (await store.quotas.used(ANN, NOON)).today.cost == Money(7)


async def test_a_crash_leaves_calls_counted_at_what_was_reserved(engine: Callable[[], Awaitable[Store]]) -> None:
    store = await engine()
    await store.ledger.open(replace(CALL, pictures=1), Budget(ANN))
    await store.close()
    store = await engine()
    assert await store.ledger.end_lost() == 1
    assert await store.ledger.end_lost() == 0
    assert (await store.quotas.used(ANN, NOON)).today == Usage(pictures=1, cost=Money(30))
    report = await store.reports.of(5, NOON, 30)
    await store.close()
    assert (report.month.pictures, report.month.cost) == (1, Money(30))


async def test_the_question_of_a_failed_turn_is_taken_back_from_whom_it_counted_against(store: Store) -> None:
    turn = await store.conversations.begin(question(1), NOON, Budget("chat:-7"))
    assert turn is not None
    assert (await store.quotas.used("chat:-7", NOON)).today.questions == 1
    await store.conversations.fail(turn)
    await store.conversations.fail(turn)
    assert (await store.quotas.used("chat:-7", NOON)).today.questions == 0


async def test_a_report_sums_up_a_persons_day_and_month_by_model(store: Store) -> None:
    for at, user, model, settled in (
        (NOON, 5, "big", Settled("answered", "a", 100, 40, 20, 0, Money(9))),
        (NOON - DAY, 5, "big", Settled("stopped", "a", 10, 0, 2, 0, Money(1))),
        (NOON - DAY, 5, "small", Settled("RateLimited", "a")),
        (NOON - 20 * DAY, 5, "old", Settled("answered", "a", 1, 1, 1, 0, Money(1))),
        (NOON, 6, "big", Settled("answered", "a", 1000, 0, 0, 0, Money(1000))),
    ):
        number = await store.ledger.open(NewCall(at, user, user, "question", model), Budget(f"user:{user}"))
        await store.ledger.settle(number, settled)
    await store.ledger.open(CALL, Budget(ANN))  # goes on
    report = await store.reports.of(5, NOON, 30)
    assert report.today == UsageTotals(1, 0, 100, 40, 20, Money(9))
    assert report.month == UsageTotals(2, 0, 110, 40, 22, Money(10))
    assert report.models == [("big", UsageTotals(2, 0, 110, 40, 22, Money(10)))]
    assert report.days.keys() == {"2027-01-15", "2027-01-14", "2026-12-26"}
    everybody = await store.reports.of(None, NOON, 30)
    assert everybody.today.cost == Money(1009)
    extremes = await store.reports.extremes(NOON)
    assert extremes.errors == [("RateLimited", 1)]
    assert [user for user, _ in extremes.people] == [6, 5]


async def test_a_failed_attempt_has_a_row_of_its_own(store: Store) -> None:
    number = await store.ledger.open(CALL, Budget(ANN))
    await store.ledger.failed(number, NOON, Settled("TimedOut", "a", cost=Money(4)))
    assert (await store.quotas.used(ANN, NOON)).today.cost == Money(34)
    await store.ledger.drop(number)
    assert (await store.quotas.used(ANN, NOON)).today.cost == Money(4)
    assert (await store.reports.extremes(NOON)).errors == [("TimedOut", 1)]


async def test_what_is_old_is_deleted_with_its_counters(store: Store) -> None:
    old = NOON - 100 * DAY
    for at in (old, NOON):
        number = await store.ledger.open(replace(CALL, at=at), Budget(ANN))
        await store.ledger.settle(number, Settled("answered", "a", cost=Money(7)))
    await store.retention.prune(NOON, 90)
    assert (await store.quotas.used(ANN, old)).month == Usage()
    assert (await store.quotas.used(ANN, NOON)).month == Usage(cost=Money(7))


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - bounds have none
def test_days_and_months_follow_each_other_without_a_gap(at: datetime) -> None:
    time = at.timestamp()
    for period in ("day", "month"):
        assert period_start(period, time) <= time < period_end(period, time)
        assert period_start(period, period_end(period, time)) == period_end(period, time)
        assert period_end(period, period_end(period, time) - 1) == period_end(period, time)


def test_an_override_changes_what_it_names_alone() -> None:
    assert QuotaOverride(questions_per_day=0, cost_per_day=Money(3)).over(Quota(9, 8, Money(7), Money(6))) == Quota(
        0, 8, Money(3), Money(6)
    )


async def test_models_that_cost_the_same_come_by_how_much_they_were_asked(store: Store) -> None:
    for model, times in (("a", 1), ("b", 3), ("c", 2)):
        for _ in range(times):
            number = await store.ledger.open(NewCall(NOON, 5, 5, "question", model), Budget(ANN))
            await store.ledger.settle(number, Settled("answered", "one", 1, 0, 1))
    assert [name for name, _ in (await store.reports.of(5, NOON, 30)).models] == ["b", "c", "a"]
