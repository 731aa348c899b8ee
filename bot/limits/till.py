"""Where calls are paid: reserved at the most they can cost before they are made, settled at what they did cost."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from bot.clock import Clock
from bot.domain.model import Model
from bot.limits.alerts import Alerts
from bot.limits.ledger import Ledger, NewCall, Settled
from bot.limits.quotas import Payer
from bot.providers.errors import UpstreamError
from bot.providers.price import Usage
from bot.store.quotas import QuotaReached


@dataclass(frozen=True, slots=True)
class Till:
    """What bills are written in, and who is told when the money runs out."""

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


class Bill:
    """``async with`` it around the wait for leave and the call.

    Entering reserves, or raises :class:`QuotaReached`. Leaving settles; a call that was never :meth:`sent` costs
    nothing and leaves no trace. ``cost``: the most it can be, in micro-yuan.
    """

    def __init__(self, till: Till, payer: Payer, model: Model, cost: int, pictures: int = 0) -> None:
        self.model = model
        self._till = till
        self._payer = payer
        self._reserved = cost
        self._pictures = pictures
        self._number = 0
        self._call: NewCall | None = None
        self._account = ""
        self._sent_at = 0.0
        self._began = 0.0
        self._first_at: float | None = None

    async def __aenter__(self) -> Self:
        payer, now = self._payer, self._till.clock.now()
        call = NewCall(now, payer.user_id, payer.chat_id, payer.purpose, self.model.id, self._pictures, self._reserved)
        self._call = call
        if self._reserved or self._pictures:
            await self._open(call)
        return self

    async def _open(self, call: NewCall) -> None:
        """A call that costs nothing and counts against nothing is only written down when it is over."""
        try:
            self._number = await self._till.ledger.open(call, self._payer.purse)
        except QuotaReached as reached:
            if reached.whose == "all":
                await self._till.alerts.stopped()
            raise

    def sent(self, account: str) -> None:
        """The call goes out now."""
        self._account = account
        self._sent_at = self._till.clock.now()
        self._began = self._till.clock.monotonic()
        self._first_at = None

    async def failed(self, error: UpstreamError) -> None:
        """The call failed; another may follow, or none."""
        account, self._account = self._account, ""
        settled = self._settled(account, error)
        if not self._number and self._call is not None:
            await self._open(self._call)
        await self._till.ledger.failed(self._number, self._sent_at, settled)
        await self._till.alerts.failed(account, error)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, UpstreamError) and self._account:
            await self.failed(error)
        settled = self._settled(self._account, error) if self._account else None
        if self._number:
            self._till.later(self._close(settled))
        elif settled is not None and self._call is not None:
            self._till.ledger.note(self._call, self._payer.purse, settled)

    async def _close(self, settled: Settled | None) -> None:
        if settled is None:
            await self._till.ledger.drop(self._number)
        else:
            await self._till.alerts.spent(await self._till.ledger.settle(self._number, settled))

    def _heard(self) -> None:
        """Something of the answer came."""
        if self._first_at is None:
            self._first_at = self._till.clock.monotonic()

    def _spent(self, error: BaseException | None) -> tuple[Usage, int, int]:
        """Tokens, pictures and micro-yuan of the call that was sent and ended so."""
        raise NotImplementedError

    def _settled(self, account: str, error: BaseException | None) -> Settled:
        usage, pictures, cost = self._spent(error)
        return Settled(
            outcome=_outcome(error),
            account=account,
            prompt_tokens=usage.prompt,
            cached_tokens=usage.cached,
            output_tokens=usage.output,
            pictures=pictures,
            cost=cost,
            first_ms=None if self._first_at is None else round(1000 * (self._first_at - self._began)),
            total_ms=round(1000 * (self._till.clock.monotonic() - self._began)),
        )


def _outcome(error: BaseException | None) -> str:
    if error is None:
        return "answered"
    return "stopped" if isinstance(error, asyncio.CancelledError) else type(error).__name__
