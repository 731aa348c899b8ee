"""What a call used, and what that costs."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from bot.domain.money import Money

BEIJING = timezone(timedelta(hours=8), "Beijing")  # China keeps no summer time


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens as the provider counted them."""

    prompt: int
    output: int
    cached: int = 0  # part of ``prompt``
    reasoning: int = 0  # part of ``output``

    def __add__(self, other: "TokenUsage") -> "TokenUsage":
        return TokenUsage(
            self.prompt + other.prompt,
            self.output + other.output,
            self.cached + other.cached,
            self.reasoning + other.reasoning,
        )


@dataclass(frozen=True, slots=True)
class Tier:
    """What holds for a call whose prompt has ``above`` tokens or more."""

    above: int
    prompt: float
    output: float
    cached: float | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """What holds from hour ``start`` until hour ``end`` in Beijing; past midnight where ``end`` is the smaller."""

    start: int
    end: int
    prompt: float
    output: float
    cached: float | None = None

    def hold(self, hour: int) -> bool:
        if self.start <= self.end:
            return self.start <= hour < self.end
        return hour >= self.start or hour < self.end


@dataclass(frozen=True, slots=True)
class Price:
    """Yuan for a million tokens, ``picture`` for one picture; zero everywhere: free.

    ``cached`` None: no discount for cached input. ``tiers`` go upwards. ``hours`` win over tiers; no model has both.
    """

    prompt: float = 0.0
    output: float = 0.0
    cached: float | None = None
    picture: float = 0.0
    tiers: tuple[Tier, ...] = ()
    hours: tuple[Hours, ...] = ()

    @property
    def free(self) -> bool:
        return not any((self.prompt, self.output, self.picture, self.tiers, self.hours))

    @property
    def dearest(self) -> tuple[float, float]:
        """Prompt and output at their highest, whatever the hour and the tier."""
        rates: tuple[Price | Tier | Hours, ...] = (self, *self.tiers, *self.hours)
        return max(rate.prompt for rate in rates), max(rate.output for rate in rates)

    @property
    def picture_cost(self) -> Money:
        """Of one picture, rounded up."""
        return Money.costing_yuan(self.picture)

    def cost(self, usage: TokenUsage, at: datetime) -> Money:
        """Of one call that began at ``at`` (aware), rounded up.

        The prompt's whole length chooses the tier, for input and output alike; the hour is the one in which the call
        began. Cached input has its own price where there is one; reasoning is billed as output.
        """
        if at.tzinfo is None:
            raise ValueError("the time of a call must know its zone")
        rate = self._rate(usage.prompt, at.astimezone(BEIJING).hour)
        cached = min(usage.cached, usage.prompt)
        cached_rate = rate.prompt if rate.cached is None else rate.cached
        new = usage.prompt - cached
        # A yuan for a million tokens is a micro-yuan for one.
        return Money.costing(new * rate.prompt + cached * cached_rate + usage.output * rate.output)

    def _rate(self, prompt: int, hour: int) -> "Price | Tier | Hours":
        for hours in self.hours:
            if hours.hold(hour):
                return hours
        for tier in reversed(self.tiers):
            if prompt >= tier.above:
                return tier
        return self
