"""What a person, or everybody, has used, beside what they may use."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.billing.quota_plan import Quotas
from bot.clock import Clock
from bot.domain.ledger import LedgerReports, UsageBreakdown, UsageExtremes, UsageTotals
from bot.domain.quota import EVERYBODY, Budget, QuotaUsage, Used

DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class UsageReport:
    """What was used, and what of it is held against a quota, which in some chats is not the person's own."""

    breakdown: UsageBreakdown
    budget: Budget
    used: Used  # of the budget
    at: float  # Unix seconds

    @property
    def days(self) -> list[tuple[str, UsageTotals]]:
        """The last thirty, the newest last, by date; also those without anything."""
        last = datetime.fromtimestamp(self.at, UTC).date()
        dates = [(last - timedelta(days=back)).isoformat() for back in reversed(range(DAYS))]
        return [(date, self.breakdown.days.get(date, UsageTotals())) for date in dates]


class UsageReports:
    """Makes reports from what is stored."""

    def __init__(self, reports: LedgerReports, usage: QuotaUsage, quotas: Quotas, clock: Clock) -> None:
        self._reports = reports
        self._usage = usage
        self._quotas = quotas
        self._clock = clock

    async def of(self, user_id: int, chat_id: int) -> UsageReport:
        """Of the person, everywhere; the quota that holds in this chat."""
        return await self._report(user_id, self._quotas.payer(user_id, chat_id).budget)

    async def everybodys(self) -> tuple[UsageReport, UsageExtremes]:
        extremes = await self._reports.extremes(self._clock.now())
        return await self._report(None, Budget(EVERYBODY, total=self._quotas.plan.total)), extremes

    async def _report(self, user_id: int | None, budget: Budget) -> UsageReport:
        now = self._clock.now()
        breakdown = await self._reports.of(user_id, now, DAYS)
        return UsageReport(breakdown, budget, await self._usage.used(budget.subject, now), now)
