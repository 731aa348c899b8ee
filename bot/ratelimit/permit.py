"""Leave to make one call, and how it ended."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.clock import Clock
from bot.domain.ledger import PermitLog, PermitRow
from bot.domain.model import Metric
from bot.ratelimit.permit_request import Cost, Target
from bot.ratelimit.wait_queue import Admission


@dataclass(slots=True, eq=False)
class Permit:
    """One call to ``target``. It ends by one of the three verbs; whatever comes after the first is without effect.

    The windows follow at once, before anything is awaited, so that an end that is cancelled leaks nothing.
    """

    id: str
    target: Target
    _admission: Admission = field(repr=False)
    _paid: float = field(repr=False)  # by its flow, as a dominant share
    _ended: Callable[[float], None] = field(repr=False)  # takes what was paid too little
    _clock: Clock = field(repr=False)
    _log: PermitLog = field(repr=False)
    _since: float = 0.0
    _over: bool = False

    async def record(self) -> None:
        """Store the permit. The call may go out when this returns, and counts from then."""
        cost = self._admission.reservation.cost
        at, (account, model) = self._clock.now(), self.target.key
        await self._log.record(PermitRow(self.id, at, account, model, cost.most_tokens, int(cost.pictures)))
        self._since = self._clock.monotonic()
        self._admission.reservation.enter(self._since)

    async def settle(self, tokens: int | None = None) -> None:
        """The call was made and used ``tokens``; None: nobody knows how many, so the most it can be stands."""
        if self._over:
            return
        if tokens is not None:
            self._admission.bucket.answered()
        paid_too_little = self._count(tokens) - self._paid
        self._end(self._clock.monotonic() - self._since, paid_too_little)
        if tokens is not None:
            self._log.settle(self.id, tokens)

    async def release(self) -> None:
        """The call was never made. Its row stays without tokens, as a request that only a restart would count."""
        if self._over:
            return
        self._admission.reservation.void()
        self._end(None, -self._paid)
        self._log.settle(self.id, 0)

    def spent(self, seconds: float) -> None:
        """The provider answered, and says that nothing is left for so long. The permit goes on."""
        self._admission.bucket.spent(self._clock.monotonic(), seconds)

    def refused(self, metric: Metric | None, retry_after: float | None) -> None:
        """The provider answered 429. It counts the call all the same; the flow does not pay for it."""
        if self._over:
            return
        now = self._clock.monotonic()
        self._admission.bucket.refused(now, metric, retry_after)
        self._count(None)
        self._end(now - self._since, -self._paid)

    def _count(self, tokens: int | None) -> float:
        """Settle the windows; returns the dominant share of what was used."""
        reservation = self._admission.reservation
        held = reservation.cost
        reservation.settle(Cost(held.requests, held.most_tokens if tokens is None else tokens, held.pictures))
        return self._admission.bucket.windows.share(reservation.cost)

    def _end(self, seconds: float | None, paid_too_little: float) -> None:
        self._over = True
        self._admission.bucket.leave(seconds)
        self._ended(paid_too_little)
