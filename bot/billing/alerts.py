"""What the owners must know about money and keys, each once and not with every call."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from bot.clock import Clock
from bot.domain.errors import AccountError, BalanceGone, UpstreamError
from bot.domain.money import Money

_NEARLY: Final = 80
"""The percentage of the month's money at which the owners are warned."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One sentence to the owners."""

    key: str  # of the text
    values: Mapping[str, object]  # what it is filled with


class SentAlerts(Protocol):
    """Which alerts were sent, as it is stored."""

    def first(self, name: str) -> Awaitable[bool]:
        """Whether ``name`` was never sent before; from now on it was."""
        ...


class MemorySentAlerts:
    """Remembers for as long as the process lives."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    async def first(self, name: str) -> bool:
        new = name not in self._names
        self._names.add(name)
        return new


class Alerts:
    """An account's trouble is told once a day for as long as it lasts, the money of a month once in that month."""

    def __init__(self, sent: SentAlerts, clock: Clock, total: Money, tell: Callable[[Alert], None]) -> None:
        self._sent = sent
        self._clock = clock
        self._total = total  # what all may cost in a month; nothing: any amount
        self._tell = tell  # must not block
        self._known: set[str] = set()

    async def failed(self, account: str, error: UpstreamError) -> None:
        """A call of that account failed; told where its owner has to act."""
        if isinstance(error, AccountError):
            key = "alert.balance" if isinstance(error, BalanceGone) else "alert.account"
            await self._once(self._day, Alert(key, {"account": account, "error": str(error)}))

    async def spent(self, cost: Money) -> None:
        """Everybody together has cost so much this month."""
        if self._total and (percent := cost.percent_of(self._total)) >= _NEARLY:
            values = {"percent": percent, "cost": cost.yuan, "total": self._total.yuan}
            await self._once(self._day[:7], Alert("alert.spent", values))

    async def stopped(self) -> None:
        """A call was refused because the money of the month is spent."""
        await self._once(self._day[:7], Alert("alert.stopped", {"total": self._total.yuan}))

    @property
    def _day(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), UTC).date().isoformat()

    async def _once(self, period: str, alert: Alert) -> None:
        name = f"{alert.key}:{alert.values.get('account', '')}:{period}"
        if name not in self._known and await self._sent.first(name):
            self._tell(alert)
        self._known.add(name)
