"""What a call is billed for, however it ends, and what the owners hear of it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.billing.alerts import Alert, Alerts, MemorySentAlerts
from bot.billing.reservation import Billing, ChatReservation, PictureReservation
from bot.clock import FakeClock
from bot.domain.calls import NOBODY, Payer
from bot.domain.chat import ChatRequest, Completion, NullSink
from bot.domain.errors import (
    AccountBarred,
    BalanceGone,
    BrokenStream,
    KeyRefused,
    NoPicture,
    Overloaded,
    RateLimited,
    TimedOut,
    UpstreamError,
)
from bot.domain.ledger import MemoryLedger, NewCall, Settled
from bot.domain.message import text_message
from bot.domain.money import NO_MONEY, Hours, Money, Price, Tier, TokenUsage
from bot.domain.quota import Budget, QuotaReached
from bot.providers.tokens import estimate
from tests.benchmarks.limits_provider import model

ANN = Payer(5, -7, Budget("user:5"), purpose="question")
PRICED = replace(model({}), id="m", price=Price(prompt=2, output=8, cached=0.5, picture=0.3))
SAID = "and so on"


class House:
    def __init__(self, total: Money = NO_MONEY, told: MemorySentAlerts | None = None) -> None:
        self.clock = FakeClock()
        self.ledger = MemoryLedger()
        self.alerts: list[Alert] = []
        alerts = Alerts(told or MemorySentAlerts(), self.clock, total, self.alerts.append)
        self.billing = Billing(self.ledger, self.clock, alerts)

    def reserve(self, price: Price = PRICED.price) -> ChatReservation:
        request = ChatRequest(replace(PRICED, price=price), [text_message("user", "?")], 100, 0.5, thinking=False)
        return ChatReservation(self.billing, ANN, request, 40, 100, NullSink())

    async def ask(self, outcome: Completion | BaseException, *, said: str = "") -> Settled:
        """A call of a second and a half, of which ``said`` comes after half a second."""
        with pytest.raises(type(outcome)) if isinstance(outcome, BaseException) else _nothing():
            async with self.reserve() as reservation:
                reservation.sent("one")
                await self.clock.advance(0.5)
                if said:
                    reservation.text(said)
                await self.clock.advance(1.0)
                if isinstance(outcome, BaseException):
                    raise outcome
                reservation.answered(outcome)
        await self.billing.close()
        assert not self.ledger.calls
        return self.ledger.ended[-1][1]

    @property
    def keys(self) -> list[str]:
        return [alert.key for alert in self.alerts]


class _nothing:  # noqa: N801 - stands where a context manager's function would
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def answer(usage: TokenUsage | None) -> Completion:
    return Completion(SAID, "", "stop", usage, 0.5, 1.5)


async def test_what_a_call_can_cost_at_most_is_reserved_before_it() -> None:
    house = House()
    async with house.reserve():
        [(call, budget)] = house.ledger.calls.values()
        assert call == NewCall(house.clock.now(), 5, -7, "question", "m", 0, Money(40 * 2 + 100 * 8))
        assert budget == ANN.budget


async def test_an_answer_is_settled_by_what_the_provider_counted() -> None:
    settled = await House().ask(answer(TokenUsage(50, 10, cached=30, reasoning=4)), said=SAID)
    assert settled == Settled(
        "answered", "one", 50, 30, 10, 0, Money(20 * 2 + 15 + 10 * 8), first_ms=500, total_ms=1500
    )


async def test_without_a_count_by_what_was_estimated() -> None:
    settled = await House().ask(answer(None), said=SAID)
    assert (settled.prompt_tokens, settled.output_tokens) == (40, estimate(SAID))


async def test_one_that_was_stopped_pays_for_what_had_come() -> None:
    settled = await House().ask(asyncio.CancelledError(), said=SAID)
    assert settled.outcome == "stopped"
    assert settled.cost == Money(40 * 2 + estimate(SAID) * 8)


async def test_one_that_was_stopped_while_it_waited_leaves_no_trace() -> None:
    house = House()
    with pytest.raises(asyncio.CancelledError):
        async with house.reserve():
            raise asyncio.CancelledError
    await house.billing.close()
    assert (house.ledger.calls, house.ledger.ended) == ({}, [])


@pytest.mark.parametrize(
    ("error", "said", "tokens"),
    [
        (RateLimited(), "", 0),
        (Overloaded(), "", 0),
        (KeyRefused(), "", 0),
        (TimedOut(), "", 40),
        (BrokenStream(partial=True), SAID, 40 + estimate(SAID)),
    ],
)
async def test_a_failure_costs_what_the_provider_may_have_done(error: UpstreamError, said: str, tokens: int) -> None:
    settled = await House().ask(error, said=said)
    assert settled.outcome == type(error).__name__
    assert settled.prompt_tokens + settled.output_tokens == tokens
    assert bool(settled.cost) == bool(tokens)


async def test_each_attempt_is_in_the_ledger_and_the_reservation_is_dropped_when_none_succeeds() -> None:
    house = House()
    async with house.reserve() as reservation:
        for account in ("one", "two"):
            reservation.sent(account)
            await reservation.failed(Overloaded())
    await house.billing.close()
    assert [(settled.account, settled.outcome) for _, settled in house.ledger.ended] == [
        ("one", "Overloaded"),
        ("two", "Overloaded"),
    ]
    assert not house.ledger.calls


async def test_the_price_is_that_of_the_tier_and_of_the_hour_in_which_the_call_went_out() -> None:
    house = House()
    hour = datetime.fromtimestamp(house.clock.now() + 8 * 3600, UTC).hour  # in Beijing
    night = Hours(hour, (hour + 1) % 24, prompt=100, output=0)
    for price, cost in ((Price(2, 0, tiers=(Tier(50, 3, 0),)), 150), (Price(2, 0, hours=(night,)), 5000)):
        async with house.reserve(price) as reservation:
            reservation.sent("one")
            reservation.answered(answer(TokenUsage(50, 10)))
        await house.billing.close()
        assert house.ledger.ended[-1][1].cost == Money(cost)


async def test_what_is_reserved_covers_a_dearer_hour_in_which_the_turn_may_come() -> None:
    house = House()
    await house.clock.advance(3600 - house.clock.now() % 3600 - 300)
    hour = datetime.fromtimestamp(house.clock.now() + 9 * 3600, UTC).hour  # the next one in Beijing
    async with house.reserve(Price(2, 0, hours=(Hours(hour, (hour + 1) % 24, prompt=100, output=0),))):
        [(call, _)] = house.ledger.calls.values()
        assert call.cost == Money(40 * 100)


@pytest.mark.parametrize(
    ("outcome", "pictures", "yuan"),
    [
        (None, 1, 0.3),
        (asyncio.CancelledError(), 1, 0.3),
        (TimedOut(), 0, 0.3),
        (Overloaded(), 0, 0),
        (NoPicture(kind="GIF"), 1, 0.3),  # drawn and billed, though nobody can show it
        (BrokenStream(), 1, 0.3),
    ],
)
async def test_a_picture_counts_when_it_was_drawn_or_stopped(
    outcome: BaseException | None, pictures: int, yuan: float
) -> None:
    house = House()
    with pytest.raises(type(outcome)) if outcome else _nothing():
        async with PictureReservation(house.billing, ANN, PRICED) as reservation:
            [(call, _)] = house.ledger.calls.values()
            assert (call.pictures, call.cost) == (1, Money.from_yuan(0.3))
            reservation.sent("one")
            if outcome:
                raise outcome
    await house.billing.close()
    settled = house.ledger.ended[-1][1]
    assert (settled.pictures, settled.cost) == (pictures, Money.from_yuan(yuan))


async def test_a_free_picture_that_cannot_be_read_counts_against_nobody() -> None:
    house = House()

    async def drawn() -> None:
        async with PictureReservation(house.billing, ANN, replace(PRICED, price=Price())) as reservation:
            reservation.sent("one")
            raise NoPicture

    with pytest.raises(NoPicture):
        await drawn()
    await house.billing.close()
    settled = house.ledger.ended[-1][1]
    assert (settled.pictures, settled.cost) == (0, Money())


async def test_owners_hear_of_a_broken_account_once_a_day_and_not_with_every_call() -> None:
    told = MemorySentAlerts()
    house = House(told=told)
    for _ in range(3):
        await house.ask(BalanceGone(status=402, code="30001"))
        await house.ask(KeyRefused())
        await house.ask(AccountBarred())
        await house.ask(Overloaded())
    assert house.keys == ["alert.balance", "alert.account"]
    assert house.alerts[0].values == {"account": "one", "error": "BalanceGone 402/30001"}
    restarted = House(told=told)
    await restarted.ask(BalanceGone())
    assert restarted.keys == []
    await restarted.clock.advance(86_400)
    await restarted.ask(BalanceGone())
    assert restarted.keys == ["alert.balance"]


async def test_owners_hear_once_a_month_that_most_of_the_money_is_spent() -> None:
    house = House(total=Money(1000))
    await house.ask(answer(TokenUsage(399, 0)))
    assert house.keys == []
    for _ in range(3):
        await house.ask(answer(TokenUsage(1, 0)))
    assert house.keys == ["alert.spent"]
    assert house.alerts[0].values == {"percent": 80, "cost": 0.0008, "total": 0.001}


async def test_owners_hear_once_that_the_money_is_gone_and_not_of_anybodys_own_quota() -> None:
    house = House(total=Money(1000))

    class Full(MemoryLedger):
        whose = "user"

        async def open(self, call: NewCall, budget: Budget) -> int:
            raise QuotaReached(
                "cost", "all" if self.whose == "all" else "user", "month", Money(1000), Money(1000), call.at
            )

    ledger = Full()
    house.billing = replace(house.billing, ledger=ledger)
    for whose, told in (("user", []), ("all", ["alert.stopped"]), ("all", ["alert.stopped"])):
        ledger.whose = whose
        with pytest.raises(QuotaReached):
            async with house.reserve():
                raise AssertionError("must not be reached")
        assert house.keys == told


def test_what_nobody_asked_for_counts_against_nobody() -> None:
    assert NOBODY.budget.subject == "nobody"
