"""Drawing within the limits: counted, paid, asked again where that costs nothing, and passed on to another model."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.billing.alerts import Alerts, MemorySentAlerts
from bot.billing.reservation import Billing
from bot.clock import FakeClock
from bot.domain.calls import CallContext, Drawn, Generation, Payer, Picture, PictureRequest, QueuePosition
from bot.domain.chat import Account
from bot.domain.errors import (
    BrokenStream,
    ModelGone,
    Moderated,
    NoPicture,
    Overloaded,
    RateLimited,
    TimedOut,
    Unreachable,
    UnsafeAddress,
    UpstreamError,
)
from bot.domain.ledger import MemoryLedger, MemoryPermits
from bot.domain.model import Model
from bot.domain.money import NO_MONEY, Money
from bot.domain.quota import Budget
from bot.gateway.limited_pictures import FallbackPictures, LimitedPictures
from bot.providers.models import siliconflow
from bot.ratelimit.permit_request import Target
from bot.ratelimit.scheduler import Scheduler

CATALOGUE = siliconflow()
KOLORS = CATALOGUE.models["Kwai-Kolors/Kolors"]
TURBO = CATALOGUE.models["Tongyi-MAI/Z-Image-Turbo"]
QWEN = CATALOGUE.models["Qwen/Qwen-Image"]
EDIT = CATALOGUE.models["Qwen/Qwen-Image-Edit-2509"]
DRAWN = Drawn("http://picture", 7, 0.4)
ANN = Payer(1, 1, Budget("user:1"), purpose="picture")


class House:
    """``script``: what each call ends with; the last for ever."""

    def __init__(self, *script: Drawn | UpstreamError, chain: Sequence[Model] = ()) -> None:
        self.clock = FakeClock()
        self.ledger = MemoryLedger()
        self.permits = MemoryPermits()
        self.asked: list[tuple[float, str]] = []
        self._script = list(script)
        alerts = Alerts(MemorySentAlerts(), self.clock, NO_MONEY, lambda _: None)
        billing = Billing(self.ledger, self.clock, alerts)
        limited = LimitedPictures(self, Scheduler(self.clock, self.permits), self.clock, self._targets, billing)
        self._pictures = FallbackPictures(limited, lambda _: chain)

    def _targets(self, model: Model) -> list[Target]:
        return [Target(Account("one", "siliconflow", "http://api", "sk"), model, model.limits)]

    async def draw(self, account: Account, request: PictureRequest) -> Drawn:
        self.asked.append((self.clock.monotonic(), request.model.id.rpartition("/")[2]))
        outcome = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        if isinstance(outcome, UpstreamError):
            raise outcome
        return outcome

    def wish(
        self, model: Model = KOLORS, places: list[QueuePosition] | None = None, pictures: tuple[Picture, ...] = ()
    ) -> "asyncio.Task[Generation]":
        context = CallContext(ANN, on_wait=None if places is None else places.append)
        request = lambda other: PictureRequest(other, "a cat", pictures=pictures)  # noqa: E731 - one line says it
        return asyncio.create_task(self._pictures.generate(model, request, context))

    async def outcome(self, model: Model = KOLORS, pictures: tuple[Picture, ...] = ()) -> Drawn:
        task = self.wish(model, pictures=pictures)
        await self.clock.advance(700)
        assert task.done()
        generation = task.result()
        assert generation.request.model.id.rpartition("/")[2] == self.asked[-1][1]
        return generation.drawn

    @property
    def names(self) -> list[str]:
        return [name for _, name in self.asked]


async def test_pictures_keep_to_the_pictures_of_a_minute() -> None:
    house, places = House(DRAWN), list[QueuePosition]()
    tasks = [house.wish(places=places) for _ in range(3)]
    await house.clock.advance(1)
    assert [task.done() for task in tasks] == [True, True, False]
    assert places[0].ahead == 0
    assert 59 <= places[0].seconds <= 61
    await house.clock.advance(60)
    assert tasks[2].done()
    assert [row.pictures for row in house.permits.rows.values()] == [1, 1, 1]


async def test_a_wish_that_is_given_up_frees_its_place() -> None:
    house = House(DRAWN)
    first, second, waiting, last = (house.wish() for _ in range(4))
    await house.clock.advance(1)
    waiting.cancel()
    await house.clock.advance(61)
    assert [task.done() for task in (first, second, last)] == [True, True, True]
    assert len(house.asked) == 3


async def test_a_picture_is_paid_once_it_is_drawn() -> None:
    house = House(Overloaded(), DRAWN)
    assert await house.outcome(TURBO) == DRAWN
    assert [(settled.outcome, settled.pictures, settled.cost) for _, settled in house.ledger.ended] == [
        ("Overloaded", 0, NO_MONEY),
        ("answered", 1, Money.from_yuan(0.1)),
    ]


async def test_a_refusal_for_too_many_is_waited_out() -> None:
    house = House(RateLimited(metric="ipm"), DRAWN)
    assert await house.outcome() == DRAWN
    assert [round(at) for at, _ in house.asked] == [0, 60]  # the provider allows less than it was believed to


@pytest.mark.parametrize("failure", [BrokenStream(), TimedOut(), Unreachable()])
async def test_only_what_is_free_is_asked_again_where_it_may_have_been_drawn(failure: UpstreamError) -> None:
    free, paid = House(failure, DRAWN), House(failure, DRAWN, chain=[QWEN, KOLORS])
    assert await free.outcome(KOLORS) == DRAWN
    with pytest.raises(type(failure)):
        await paid.outcome(TURBO)
    assert (free.names, paid.names) == (["Kolors", "Kolors"], ["Z-Image-Turbo"])


@pytest.mark.parametrize("failure", [NoPicture(kind="GIF"), UnsafeAddress(), TimedOut(slow_start=True)])
async def test_what_another_call_would_give_alike_is_not_asked_again(failure: UpstreamError) -> None:
    house = House(failure)
    with pytest.raises(type(failure)):
        await house.outcome()
    assert house.names.count("Kolors") == 1


async def test_a_model_that_is_gone_is_replaced_by_any() -> None:
    house = House(ModelGone(), DRAWN, chain=[TURBO])
    assert await house.outcome(KOLORS) == DRAWN
    assert house.names == ["Kolors", "Z-Image-Turbo"]


async def test_a_busy_one_is_replaced_by_none_that_is_dearer() -> None:
    house = House(*[Overloaded()] * 4, DRAWN, chain=[QWEN, KOLORS])
    assert await house.outcome(TURBO) == DRAWN
    assert house.names == ["Z-Image-Turbo"] * 4 + ["Kolors"]


async def test_only_a_model_that_takes_the_picture_stands_in() -> None:
    picture = Picture(b"", "image/png")
    house = House(ModelGone(), DRAWN, chain=[TURBO, EDIT])
    await house.outcome(KOLORS, pictures=(picture,))
    assert house.names == ["Kolors", "Qwen-Image-Edit-2509"]
    house = House(ModelGone(), chain=[EDIT])
    with pytest.raises(ModelGone):
        await house.outcome(replace(TURBO, fallbacks=()))
    assert house.names == ["Z-Image-Turbo"]


async def test_what_is_refused_for_its_content_is_asked_of_nobody_else() -> None:
    house = House(Moderated(), chain=[TURBO])
    with pytest.raises(Moderated):
        await house.outcome()
    assert house.names == ["Kolors"]
