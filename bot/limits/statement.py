"""What a person, or everybody, has used, beside what they may use."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.clock import Clock
from bot.limits.quotas import Quotas
from bot.store.quotas import Purse, QuotaRepository, Used
from bot.store.reports import Extremes, Report, ReportRepository, Sums

DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Statement:
    """``purse``, ``used``: what is held against a quota, which in some chats is not the person's own."""

    report: Report
    purse: Purse
    used: Used
    at: float

    @property
    def days(self) -> list[tuple[str, Sums]]:
        """The last thirty, the newest last, by date; also those without anything."""
        last = datetime.fromtimestamp(self.at, UTC).date()
        dates = [(last - timedelta(days=back)).isoformat() for back in reversed(range(DAYS))]
        return [(date, self.report.days.get(date, Sums())) for date in dates]


class Statements:
    def __init__(self, reports: ReportRepository, used: QuotaRepository, quotas: Quotas, clock: Clock) -> None:
        self._reports = reports
        self._used = used
        self._quotas = quotas
        self._clock = clock

    async def of(self, user_id: int, chat_id: int) -> Statement:
        """Of the person, everywhere; the quota that holds in this chat."""
        return await self._statement(user_id, self._quotas.payer(user_id, chat_id).purse)

    async def everybodys(self) -> tuple[Statement, Extremes]:
        extremes = await self._reports.extremes(self._clock.now())
        return await self._statement(None, Purse("all", total=self._quotas.plan.total)), extremes

    async def _statement(self, user_id: int | None, purse: Purse) -> Statement:
        now = self._clock.now()
        report = await self._reports.of(user_id, now, DAYS)
        return Statement(report, purse, await self._used.used(purse.subject, now), now)
