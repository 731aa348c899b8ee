"""Of one who is forgotten everywhere the ledger keeps what it cost, and neither the id nor a way around the quota."""

from dataclasses import replace

import pytest

from bot.domain.ledger import NewCall, Settled
from bot.domain.money import Money
from bot.domain.quota import Budget, Quota, QuotaReached, Usage
from bot.store import Store

NOON = 1_800_014_400.0  # 2027-01-15 12:00 UTC
DAY = 86_400.0
ANN, BOB, GROUP = 0x6A7B8C9DAEB, 6, -100_200
SUBJECT = f"user:{ANN}"
CALL = NewCall(NOON, ANN, ANN, "question", "m", cost=Money(30))
BUDGET = Budget(SUBJECT, Quota(cost_per_day=Money(40)))


async def spend(store: Store, call: NewCall = CALL, subject: str = SUBJECT) -> None:
    number = await store.ledger.open(call, Budget(subject))
    await store.ledger.failed(number, call.at, Settled("TimedOut", "a", cost=Money(1)))
    await store.ledger.settle(number, Settled("answered", "a", output_tokens=9, cost=Money(20)))


async def test_the_sums_of_all_stay_and_the_persons_own_are_gone(store: Store) -> None:
    await spend(store)
    await spend(store, replace(CALL, user_id=BOB, chat_id=BOB), f"user:{BOB}")
    before = await store.reports.of(None, NOON, 30)
    await store.erasure.forget(ANN)
    assert await store.reports.of(None, NOON, 30) == before
    assert (await store.reports.of(ANN, NOON, 30)).month.cost == Money(0)
    assert [person for person, _ in (await store.reports.extremes(NOON)).people] == [BOB]


async def test_the_quota_of_the_day_cannot_be_had_anew(store: Store) -> None:
    await spend(store)
    await store.erasure.forget(ANN)
    with pytest.raises(QuotaReached):
        await store.ledger.open(CALL, BUDGET)
    await store.retention.prune(NOON + 60, 90)
    assert (await store.quotas.used(SUBJECT, NOON)).today == Usage(cost=Money(21))


async def test_the_days_counter_goes_before_that_of_the_month(store: Store) -> None:
    await spend(store)
    await store.retention.prune(NOON + DAY, 90)
    used = await store.quotas.used(SUBJECT, NOON)
    assert (used.today, used.month, used.everybody) == (Usage(), Usage(cost=Money(21)), Usage(cost=Money(21)))


async def test_a_call_that_runs_while_its_person_is_forgotten_is_settled_and_is_nobodys(store: Store) -> None:
    number = await store.ledger.open(CALL, BUDGET)
    lost = await store.ledger.open(replace(CALL, cost=Money(2)), BUDGET)
    await store.erasure.forget(ANN)
    await store.ledger.failed(number, NOON, Settled("TimedOut", "a", cost=Money(1)))
    await store.ledger.settle(number, Settled("answered", "a", cost=Money(20)))
    assert await store.ledger.end_lost() == 1, lost
    assert (await store.quotas.used(SUBJECT, NOON)).today == Usage(cost=Money(23))
    assert (await store.reports.of(ANN, NOON, 30)).month.cost == Money(0)


async def test_forgotten_in_one_chat_alone_the_ledger_stays_as_it_is(store: Store) -> None:
    await spend(store)
    await store.erasure.forget(ANN, GROUP)
    assert (await store.reports.of(ANN, NOON, 30)).month.cost == Money(21)


async def test_a_chats_own_quota_keeps_its_name(store: Store) -> None:
    await spend(store, replace(CALL, chat_id=GROUP), f"chat:{GROUP}")
    await store.erasure.forget(ANN)
    assert (await store.quotas.used(f"chat:{GROUP}", NOON)).today == Usage(cost=Money(21))
