"""Leave to make one call, and how it ended."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.clock import Clock
from bot.domain.model import Metric
from bot.limits.demand import Target
from bot.limits.grants import GrantLog, GrantRow
from bot.limits.pool import Granted


@dataclass(slots=True, eq=False)
class Grant:
    """One call to ``target``. It ends by one of the three verbs; whatever comes after the first is without effect.

    The windows follow at once, before anything is awaited, so that an end that is cancelled leaks nothing.
    ``_paid``: what the flow paid for it; ``_ended`` takes what it paid too little.
    """

    id: str
    target: Target
    _granted: Granted = field(repr=False)
    _paid: float = field(repr=False)
    _ended: Callable[[float], None] = field(repr=False)
    _clock: Clock = field(repr=False)
    _log: GrantLog = field(repr=False)
    _since: float = 0.0
    _over: bool = False

    async def record(self) -> None:
        """Store the grant. The call may go out when this returns, and counts from then."""
        amount = self._granted.charge.amount
        at, (account, model) = self._clock.now(), self.target.key
        await self._log.record(GrantRow(self.id, at, account, model, amount.most_tokens, int(amount.pictures)))
        self._since = self._clock.monotonic()
        self._granted.charge.enter(self._since)

    async def settle(self, tokens: int | None = None) -> None:
        """The call was made and used ``tokens``; None: nobody knows how many, so the most it can be stands."""
        if self._over:
            return
        if tokens is not None:
            self._granted.gate.answered()
        paid_too_little = self._count(tokens) - self._paid
        self._end(self._clock.monotonic() - self._since, paid_too_little)
        if tokens is not None:
            self._log.settle(self.id, tokens)

    async def release(self) -> None:
        """The call was never made. Its row stays without tokens, as a request that only a restart would count."""
        if self._over:
            return
        self._granted.charge.void()
        self._end(None, -self._paid)
        self._log.settle(self.id, 0)

    def spent(self, seconds: float) -> None:
        """The provider answered, and says that nothing is left for so long. The grant goes on."""
        self._granted.gate.spent(self._clock.monotonic(), seconds)

    def refused(self, metric: Metric | None, retry_after: float | None) -> None:
        """The provider answered 429. It counts the call all the same; the flow does not pay for it."""
        if self._over:
            return
        now = self._clock.monotonic()
        self._granted.gate.refused(now, metric, retry_after)
        self._count(None)
        self._end(now - self._since, -self._paid)

    def _count(self, tokens: int | None) -> float:
        """Settle the windows; returns what it cost."""
        charge = self._granted.charge
        final = charge.amount.most_tokens if tokens is None else tokens
        charge.settle(charge.amount._replace(tokens=final, doubt=0.0))
        return self._granted.gate.windows.share(charge.amount)

    def _end(self, seconds: float | None, paid_too_little: float) -> None:
        self._over = True
        self._granted.gate.leave(seconds)
        self._ended(paid_too_little)
