import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.billing.alerts import Alert, Alerts, MemorySentAlerts
from bot.billing.reservation import Billing
from bot.clock import FakeClock
from bot.domain.calls import NOBODY, CallContext, Payer, QueuePosition, WaitTooLong
from bot.domain.chat import Account, ChatRequest, Completion, NullSink, Sink
from bot.domain.errors import (
    BalanceGone,
    BrokenStream,
    InvalidRequest,
    KeyRefused,
    ModelGone,
    ModelRefused,
    Overloaded,
    RateLimited,
    ServerFault,
    UpstreamError,
)
from bot.domain.ledger import MemoryLedger, MemoryPermits
from bot.domain.message import ChatMessage, FileReference, PicturePart, TextPart, text_message
from bot.domain.model import Metric, Model
from bot.domain.money import NO_MONEY, Money, Price, TokenUsage
from bot.domain.quota import Budget, QuotaReached
from bot.gateway.fallback import FallbackChat
from bot.gateway.limited_chat import LimitedChat
from bot.ratelimit.permit import Permit
from bot.ratelimit.permit_request import PermitRequest, Target
from bot.ratelimit.scheduler import Scheduler
from tests.benchmarks.limits_provider import model, target

ANSWER = Completion("yes", "", "stop", TokenUsage(prompt=20, output=30), 0.1, 0.2)
CONTEXT = CallContext(NOBODY)
Outcome = Completion | Exception


@dataclass
class Scripted:
    """Answers with what is next in its script, and for ever with its last line; not at all unless ``free``."""

    clock: FakeClock
    script: list[Outcome]
    calls: list[tuple[float, str, str]] = field(default_factory=list)
    free: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.free.set()

    async def complete(self, account: Account, request: ChatRequest, sink: Sink) -> Completion:
        self.calls.append((self.clock.monotonic(), account.name, request.model.id))
        await self.free.wait()
        outcome = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@dataclass
class House:
    """Everything about a limited client, and a way to ask it."""

    script: list[Outcome]
    limits: Mapping[Metric, int] = field(default_factory=lambda: {"rpm": 60, "tpm": 10_000})
    accounts: Sequence[str] = ("one",)
    tokens: int = 20

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.log = MemoryPermits()
        self.client = Scripted(self.clock, self.script)
        self.scheduler = Scheduler(self.clock, self.log, backoff_jitter=lambda: 1.0)
        self.ledger = MemoryLedger()
        self.alerts: list[Alert] = []
        alerts = Alerts(MemorySentAlerts(), self.clock, NO_MONEY, self.alerts.append)
        billing = Billing(self.ledger, self.clock, alerts)
        self.limited = LimitedChat(
            self.client, self.scheduler, self.clock, self.targets, lambda _: self.tokens, billing
        )

    def targets(self, asked: Model) -> list[Target]:
        return [replace(target(self.limits, account=name), model=asked) for name in self.accounts]

    def ask(self, request: ChatRequest | None = None, context: CallContext = CONTEXT) -> asyncio.Task[Completion]:
        return asyncio.create_task(self.limited.complete(request or question(), NullSink(), context))

    async def answer(self, seconds: float = 100.0) -> Completion:
        task = self.ask()
        await self.clock.advance(seconds)
        assert task.done()
        return task.result()

    def names(self) -> list[str]:
        return [name for _, name, _ in self.client.calls]

    def running(self) -> int:
        return sum(bucket.running for bucket in self.scheduler.snapshot().buckets)


def question(name: str = "model", *, pictures: tuple[PicturePart, ...] = ()) -> ChatRequest:
    asked = replace(model({}), id=name)
    asks = ChatMessage("user", (*pictures, TextPart("hm?")))
    return ChatRequest(asked, [asks], max_tokens=100, temperature=0.5, thinking=False)


async def test_an_answer_settles_what_was_reserved() -> None:
    house = House([ANSWER])
    assert await house.answer() is ANSWER
    assert [row.tokens for row in house.log.rows.values()] == [50]
    assert house.running() == 0


async def test_a_refusal_is_waited_out_and_never_shown() -> None:
    house = House([RateLimited(metric="rpm"), RateLimited(metric="rpm", retry_after=9.0), ANSWER])
    assert await house.answer() is ANSWER
    assert [round(at) for at, _, _ in house.client.calls] == [0, 1, 10]


@pytest.mark.parametrize(("told", "paused"), [(20.0, 20.0), (86_400.0, 60.0)])
async def test_an_answer_that_says_nothing_is_left_holds_the_next_call_back(told: float, paused: float) -> None:
    """For a minute at most: a day's calls that are all used come back one by one with some providers."""
    house = House([replace(ANSWER, spent_for=told), ANSWER], limits={})
    await house.answer(0)
    task = house.ask()
    await house.clock.advance(paused - 1)
    assert len(house.client.calls) == 1
    await house.clock.advance(1.1)
    assert task.done()


async def test_refusals_without_end_are_bounded_by_the_longest_wait() -> None:
    house = House([RateLimited(metric="rpm")])
    task = house.ask()
    await house.clock.advance(1000)
    assert isinstance(task.exception(), WaitTooLong | RateLimited)
    assert len(house.client.calls) < 30
    assert house.client.calls[-1][0] <= 600
    assert house.running() == 0


async def test_a_failing_service_is_asked_four_times_with_growing_pauses() -> None:
    house = House([Overloaded()])
    with pytest.raises(Overloaded):
        await house.answer()
    assert [round(at) for at, _, _ in house.client.calls] == [0, 1, 3, 7]
    assert house.running() == 0


@pytest.mark.parametrize(
    "error", [BrokenStream(partial=True), RateLimited(partial=True), ServerFault(partial=True), InvalidRequest()]
)
async def test_what_was_begun_or_will_fail_again_is_not_asked_again(error: UpstreamError) -> None:
    house = House([error])
    with pytest.raises(type(error)):
        await house.answer()
    assert len(house.client.calls) == 1


async def test_a_refused_account_is_left_out_where_there_is_another() -> None:
    house = House([KeyRefused(), ANSWER], accounts=("one", "two"))
    await house.answer()
    assert set(house.names()) == {"one", "two"}
    bad, good = house.names()
    for _ in range(3):
        await house.answer(1)
    assert house.names() == [bad, good, good, good, good]
    await house.clock.advance(300)
    await house.answer(1)
    assert house.names()[-1] == bad


async def test_the_only_account_is_asked_all_the_same_so_that_its_answer_tells() -> None:
    house = House([BalanceGone()])
    for _ in range(2):
        with pytest.raises(BalanceGone):
            await house.answer(1)
    assert len(house.client.calls) == 2


async def test_a_model_refused_to_one_account_bars_the_account_for_that_model_only() -> None:
    house = House([ModelRefused(), ANSWER], accounts=("one", "two"))
    await house.answer(1)
    bad, good = house.names()
    task = house.ask(question("another"))
    await house.clock.advance(1)
    assert task.done()
    await house.answer(1)
    assert house.client.calls[2][1:] == (bad, "another")
    assert house.client.calls[3][1:] == (good, "model")


async def test_a_target_that_is_down_is_not_asked_until_one_call_tries() -> None:
    house = House([ServerFault(), ServerFault(), ServerFault(), ServerFault(), ServerFault(), ANSWER])
    for _ in range(2):
        with pytest.raises(ServerFault):
            await house.answer(10)
    assert len(house.client.calls) == 5
    with pytest.raises(ServerFault, match="ServerFault"):
        await house.answer(0)
    assert len(house.client.calls) == 5
    await house.clock.advance(30)
    assert await house.answer(1) is ANSWER


async def test_a_cancelled_call_keeps_its_reservation_and_frees_its_place() -> None:
    house = House([ANSWER])
    house.client.free.clear()
    task = house.ask()
    await house.clock.advance(0)
    assert house.running() == 1
    task.cancel()
    await house.clock.advance(0)
    assert task.cancelled()
    assert house.running() == 0
    assert [row.tokens for row in house.log.rows.values()] == [131]  # with the margin for the prompt's estimate


async def test_waiting_is_told() -> None:
    house = House([ANSWER], limits={"rpm": 1})
    places: list[QueuePosition] = []
    await house.answer(1)
    task = house.ask(context=CallContext(NOBODY, on_wait=places.append))
    await house.clock.advance(70)
    assert task.done()
    assert places[0].ahead == 0
    assert places[0].seconds == pytest.approx(59.3)


Fell = tuple[str, str, str]


async def fall(
    house: House, request: ChatRequest, chain: Sequence[Model], told: Callable[[Fell], None] = lambda _: None
) -> Completion:
    chat = FallbackChat(house.limited, lambda _: chain)
    task = asyncio.create_task(
        chat.complete(
            request,
            NullSink(),
            CallContext(NOBODY, on_fallback=lambda old, new, error: told((old.id, new.id, type(error).__name__))),
        )
    )
    await house.clock.advance(100)
    return task.result()


def named(*names: str) -> list[Model]:
    return [replace(model({}), id=name) for name in names]


async def test_the_next_model_of_the_chain_answers_and_it_is_told() -> None:
    house = House([ModelGone(), ModelRefused(), ANSWER])
    told: list[Fell] = []
    assert await fall(house, question("a"), named("b", "c"), told.append) is ANSWER
    assert told == [("a", "b", "ModelGone"), ("b", "c", "ModelRefused")]


@pytest.mark.parametrize(("error", "answers"), [(ModelGone(), "paid"), (KeyRefused(), "free")])
async def test_what_costs_stands_in_for_a_free_model_only_where_that_is_gone(
    error: UpstreamError, answers: str
) -> None:
    paid, free = named("paid", "free")
    house = House([error, ANSWER])
    await fall(house, question("a"), [replace(paid, price=Price(1.0, 1.0)), free])
    assert [name for _, _, name in house.client.calls] == ["a", answers]


async def test_a_full_queue_falls_back() -> None:
    house = House([ANSWER], limits={"rpd": 1})
    await fall(house, question("a"), [])
    assert await fall(house, question("a"), named("b")) is ANSWER
    assert [name for _, _, name in house.client.calls] == ["a", "b"]


async def test_when_all_fail_the_chosen_models_reason_is_raised() -> None:
    house = House([ModelGone(), KeyRefused()])
    with pytest.raises(ModelGone):
        await fall(house, question("a"), named("b"))


@pytest.mark.parametrize("error", [InvalidRequest(), ModelGone(partial=True)])
async def test_nothing_falls_back_that_was_shown_or_will_fail_anywhere(error: UpstreamError) -> None:
    house = House([error])
    with pytest.raises(type(error)):
        await fall(house, question("a"), named("b"))
    assert len(house.client.calls) == 1


async def test_a_model_that_does_not_see_is_not_asked_about_pictures() -> None:
    house = House([ModelGone(), ANSWER])
    blind, seeing = named("blind", "seeing")
    request = question("a", pictures=(PicturePart(FileReference("image/png", b"x")),))
    await fall(house, request, [blind, replace(seeing, sees=True)])
    assert [name for _, _, name in house.client.calls] == ["a", "seeing"]


async def test_a_model_whose_context_is_too_small_is_not_asked() -> None:
    house = House([ModelGone(), ANSWER])
    small, large = named("small", "large")
    request = replace(question("a"), messages=[text_message("user", "字" * 1000)])
    await fall(house, request, [replace(small, context=700), large])
    assert [name for _, _, name in house.client.calls] == ["a", "large"]


async def test_a_stand_in_is_asked_for_what_it_can() -> None:
    requests: list[ChatRequest] = []

    class Recorded:
        async def complete(self, request: ChatRequest, sink: Sink, context: CallContext) -> Completion:
            requests.append(request)
            if len(requests) < 3:
                raise ModelGone
            return ANSWER

    short, always = named("short", "always")
    chain = [replace(short, max_output=50), replace(always, thinks="always")]
    await FallbackChat(Recorded(), lambda _: chain).complete(replace(question(), thinking=True), NullSink(), CONTEXT)
    assert [(r.max_tokens, r.thinking) for r in requests] == [(100, True), (50, False), (100, True)]


async def test_a_used_up_quota_is_told_for_the_chosen_model_and_skips_a_stand_in() -> None:
    used_up = QuotaReached("cost", "user", "day", Money(9), Money(10), 0.0)

    class Priced:
        def __init__(self, *dear: str) -> None:
            self.dear = dear
            self.asked: list[str] = []

        async def complete(self, request: ChatRequest, sink: Sink, context: CallContext) -> Completion:
            self.asked.append(request.model.id)
            if request.model.id in self.dear:
                raise used_up
            if request.model.id == "down":
                raise Overloaded
            return ANSWER

    async def ask(chat: Priced, name: str, *stand_ins: str) -> Completion:
        return await FallbackChat(chat, lambda _: named(*stand_ins)).complete(question(name), NullSink(), CONTEXT)

    chosen = Priced("dear")
    with pytest.raises(QuotaReached):
        await ask(chosen, "dear", "free")
    assert chosen.asked == ["dear"]
    skipping = Priced("dear")
    assert await ask(skipping, "down", "dear", "free") is ANSWER
    with pytest.raises(Overloaded):
        await ask(Priced("dear"), "down", "dear")


async def test_the_payers_share_and_weight_reach_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House([ANSWER])
    requests: list[PermitRequest] = []
    admit = house.scheduler.admit

    async def watched(request: PermitRequest, *rest: Any, **how: Any) -> Permit:
        requests.append(request)
        return await admit(request, *rest, **how)

    monkeypatch.setattr(house.scheduler, "admit", watched)
    payer = Payer(5, -7, Budget("chat:-7"), weight=2.5)
    await house.limited.complete(question(), NullSink(), CallContext(payer, "scheduled"))
    assert [(each.flow, each.weight, each.priority) for each in requests] == [("user:5", 2.5, "scheduled")]
    [(call, _)] = house.ledger.ended
    assert (call.user_id, call.chat_id) == (5, -7)


async def test_a_refused_key_is_told_although_another_account_answers() -> None:
    house = House([KeyRefused(), ANSWER], accounts=("one", "two"))
    assert await house.answer() is ANSWER
    assert [(alert.key, alert.values["account"]) for alert in house.alerts] == [("alert.account", "one")]
    assert [settled.outcome for _, settled in house.ledger.ended] == ["KeyRefused", "answered"]
