"""Where calls are paid: reserved at the most they can cost before they are made, settled at what they did cost.

What a provider bills for a call that broke off or was stopped is not told. The prompt counts then, and what had come
of the answer; nothing where the provider refused the call.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Self

from bot.billing.alerts import Alerts
from bot.clock import Clock
from bot.domain.calls import Payer
from bot.domain.chat import ChatRequest, Completion, Sink
from bot.domain.errors import BrokenStream, TimedOut, UpstreamError
from bot.domain.ledger import Ledger, NewCall, Settled
from bot.domain.model import Model
from bot.domain.money import NO_MONEY, Money, TokenUsage
from bot.domain.quota import QuotaReached
from bot.providers.tokens import estimate

_LONGEST_WAIT: Final = 3600.0
"""Seconds within which a call goes out, so that the price of the hour in which it will is among those looked at."""

_NO_TOKENS: Final = TokenUsage(0, 0)


@dataclass(frozen=True, slots=True)
class Billing:
    """Where reservations are written, and who is told when the money runs out."""

    ledger: Ledger
    clock: Clock
    alerts: Alerts
    _later: "set[asyncio.Task[None]]" = field(default_factory=set, repr=False)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Write what nobody has to wait for: an answer is not held up by its accounts."""
        task = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def close(self) -> None:
        """Everything that was to be written is written when this returns."""
        await asyncio.gather(*self._later, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class CallUsage:
    """What a call that was sent and ended has used."""

    tokens: TokenUsage
    pictures: int
    cost: Money


class CostReservation:
    """``async with`` it around the wait for leave and the call.

    Entering reserves, or raises QuotaReached. Leaving settles; a call that was never :meth:`sent` costs nothing and
    leaves no trace.
    """

    def __init__(self, billing: Billing, payer: Payer, model: Model, cost: Money, pictures: int = 0) -> None:
        self.model = model
        self._billing = billing
        self._payer = payer
        self._reserved = cost  # the most it can be
        self._pictures = pictures
        self._number = 0
        self._call: NewCall | None = None
        self._account = ""
        self._sent_at = 0.0
        self._began = 0.0
        self._first_at: float | None = None

    async def __aenter__(self) -> Self:
        payer, now = self._payer, self._billing.clock.now()
        call = NewCall(now, payer.user_id, payer.chat_id, payer.purpose, self.model.id, self._pictures, self._reserved)
        self._call = call
        if self._reserved or self._pictures:
            await self._open(call)
        return self

    async def _open(self, call: NewCall) -> None:
        """A call that costs nothing and counts against nothing is only written down when it is over."""
        try:
            self._number = await self._billing.ledger.open(call, self._payer.budget)
        except QuotaReached as reached:
            if reached.whose == "all":
                await self._billing.alerts.stopped()
            raise

    def sent(self, account: str) -> None:
        """The call goes out now."""
        self._account = account
        self._sent_at = self._billing.clock.now()
        self._began = self._billing.clock.monotonic()
        self._first_at = None

    async def failed(self, error: UpstreamError) -> None:
        """The call failed; another may follow, or none."""
        account, self._account = self._account, ""
        settled = self._settled(account, error)
        if not self._number and self._call is not None:
            await self._open(self._call)
        await self._billing.ledger.failed(self._number, self._sent_at, settled)
        await self._billing.alerts.failed(account, error)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, UpstreamError) and self._account:
            await self.failed(error)
        settled = self._settled(self._account, error) if self._account else None
        if self._number:
            self._billing.later(self._close(settled))
        elif settled is not None and self._call is not None:
            self._billing.ledger.note(self._call, self._payer.budget, settled)

    async def _close(self, settled: Settled | None) -> None:
        if settled is None:
            await self._billing.ledger.drop(self._number)
        else:
            await self._billing.alerts.spent(await self._billing.ledger.settle(self._number, settled))

    def _heard(self) -> None:
        """Something of the answer came."""
        if self._first_at is None:
            self._first_at = self._billing.clock.monotonic()

    def _spent(self, error: BaseException | None) -> CallUsage:
        """What the call that was sent has used; ``error``: how it ended."""
        raise NotImplementedError

    def _settled(self, account: str, error: BaseException | None) -> Settled:
        spent = self._spent(error)
        return Settled(
            outcome=_outcome(error),
            account=account,
            prompt_tokens=spent.tokens.prompt,
            cached_tokens=spent.tokens.cached,
            output_tokens=spent.tokens.output,
            pictures=spent.pictures,
            cost=spent.cost,
            first_ms=None if self._first_at is None else round(1000 * (self._first_at - self._began)),
            total_ms=round(1000 * (self._billing.clock.monotonic() - self._began)),
        )


class ChatReservation(CostReservation):
    """Of a chat call; also the sink of it. ``prompt``: tokens as estimated; ``most``: what the answer can have."""

    def __init__(
        self, billing: Billing, payer: Payer, request: ChatRequest, prompt: int, most: int, sink: Sink
    ) -> None:
        now, usage = billing.clock.now(), TokenUsage(prompt, most)
        dearest = max(_cost(request.model, usage, at) for at in (now, now + _LONGEST_WAIT))
        super().__init__(billing, payer, request.model, dearest)
        self._prompt = prompt
        self._sink = sink
        self._pieces: list[str] = []
        self._completion: Completion | None = None

    def text(self, piece: str) -> None:
        self._heard()
        self._pieces.append(piece)
        self._sink.text(piece)

    def thinking(self, piece: str) -> None:
        self._heard()
        self._pieces.append(piece)
        self._sink.thinking(piece)

    def restart(self) -> None:
        self._pieces.clear()
        self._sink.restart()

    def answered(self, completion: Completion) -> None:
        """The call has ended well."""
        self._completion = completion

    def _spent(self, error: BaseException | None) -> CallUsage:
        usage = self._usage(error)
        return CallUsage(usage, 0, _cost(self.model, usage, self._sent_at))

    def _usage(self, error: BaseException | None) -> TokenUsage:
        if self._completion is not None and self._completion.usage is not None:
            return self._completion.usage
        if isinstance(error, UpstreamError) and not self._pieces and not isinstance(error, TimedOut):
            return _NO_TOKENS
        return TokenUsage(self._prompt, estimate("".join(self._pieces)))


class PictureReservation(CostReservation):
    """Of one picture. One that was stopped counts, since it is being drawn; one that failed does not.

    One that costs and whose answer could not be read was made, and is billed: it counts as what was reserved.
    """

    def __init__(self, billing: Billing, payer: Payer, model: Model) -> None:
        super().__init__(billing, payer, model, model.price.picture_cost, pictures=1)

    def _spent(self, error: BaseException | None) -> CallUsage:
        drawn = error is None or isinstance(error, asyncio.CancelledError)
        billed = drawn or isinstance(error, TimedOut | BrokenStream)
        drawn = drawn or (isinstance(error, BrokenStream) and not self.model.price.free)
        return CallUsage(_NO_TOKENS, int(drawn), self.model.price.picture_cost if billed else NO_MONEY)


def _cost(model: Model, usage: TokenUsage, at: float) -> Money:
    """Of a call that began at ``at`` (Unix seconds)."""
    return model.price.cost(usage, datetime.fromtimestamp(at, UTC))


def _outcome(error: BaseException | None) -> str:
    if error is None:
        return "answered"
    return "stopped" if isinstance(error, asyncio.CancelledError) else type(error).__name__
