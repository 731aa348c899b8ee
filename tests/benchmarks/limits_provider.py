"""A provider that counts what arrives, exactly and in every sliding window, and the traffic of people before it."""

import asyncio
import random
from collections import deque
from collections.abc import Mapping

from bot.domain.chat import Account
from bot.domain.model import Metric, Model
from bot.domain.money import Price
from bot.ratelimit.permit_request import RULES, Target


def model(limits: Mapping[Metric, int]) -> Model:
    return Model(
        id="model",
        provider="provider",
        family="family",
        context=32_768,
        max_output=8_192,
        price=Price(),
        thinks="never",
        sees=False,
        limits=limits,
    )


def target(limits: Mapping[Metric, int], *, account: str = "account", parallel: int = 0) -> Target:
    return Target(Account(account, "provider", "http://provider", "key"), model(limits), limits, parallel)


class _Counted:
    """One sliding window as the provider keeps it; ``worst`` is the most it ever held, refused calls included."""

    def __init__(self, metric: Metric, limit: int) -> None:
        self.metric = metric
        self.limit = limit
        self.worst = 0
        self._length = RULES[metric].seconds
        self._log: deque[tuple[float, int]] = deque()
        self._used = 0

    def add(self, now: float, tokens: int) -> bool:
        """Whether the call is within the limit. It counts in any case."""
        while self._log and self._log[0][0] <= now - self._length:
            self._used -= self._log.popleft()[1]
        amount = tokens if self.metric.startswith("t") else 1
        self._log.append((now, amount))
        self._used += amount
        self.worst = max(self.worst, self._used)
        return self._used <= self.limit


class Provider:
    """``way``: least and most seconds from sending to arrival, drawn for every call."""

    def __init__(self, limits: Mapping[Metric, int], way: tuple[float, float] = (0.0, 0.0), seed: int = 1) -> None:
        self.windows = [_Counted(metric, limit) for metric, limit in limits.items()]
        self.calls = 0
        self.served = 0
        self.tokens = 0
        self._way = way
        self._random = random.Random(seed)  # noqa: S311 - a simulation, to be the same each time

    @property
    def refusals(self) -> int:
        return self.calls - self.served

    async def call(self, tokens: int = 0) -> Metric | None:
        """Arrive and be counted; returns the metric that was exceeded, or None."""
        if self._way[1]:
            await asyncio.sleep(self._random.uniform(*self._way))
        now = asyncio.get_running_loop().time()
        self.calls += 1
        over = [window.metric for window in self.windows if not window.add(now, tokens)]
        if not over:
            self.served += 1
            self.tokens += tokens
        return over[0] if over else None

    def worst(self) -> dict[Metric, int]:
        return {window.metric: window.worst for window in self.windows}
