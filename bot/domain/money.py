"""Money, exact to a millionth of a yuan; and what tokens and images cost."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Final

_MICRO_YUAN_IN_A_YUAN: Final = 1_000_000
_NOISE: Final = 6  # digits behind the point of a micro-yuan beyond which a float holds nothing but its own error

BEIJING = timezone(timedelta(hours=8), "Beijing")  # China keeps no summer time


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """A whole number of micro-yuan; false when it is zero. Below zero: what is given back."""

    micro_yuan: int = 0

    @classmethod
    def from_yuan(cls, yuan: float) -> "Money":
        """Exact up to six decimals, to the nearest micro-yuan beyond them."""
        return cls(round(Decimal(repr(yuan)) * _MICRO_YUAN_IN_A_YUAN))

    @classmethod
    def costing_yuan(cls, yuan: float) -> "Money":
        """What a thing of that price costs: rounded up."""
        return cls(math.ceil(round(Decimal(repr(yuan)) * _MICRO_YUAN_IN_A_YUAN, _NOISE)))

    @classmethod
    def costing(cls, micro_yuan: float) -> "Money":
        """What costs so many micro-yuan: rounded up to a whole one."""
        return cls(math.ceil(round(micro_yuan, _NOISE)))

    @property
    def yuan(self) -> float:
        """For showing it; sums are of :class:`Money`."""
        return self.micro_yuan / _MICRO_YUAN_IN_A_YUAN

    def percent_of(self, whole: "Money") -> int:
        """Rounded down. Raises ZeroDivisionError where ``whole`` is nothing."""
        return 100 * self.micro_yuan // whole.micro_yuan

    def __bool__(self) -> bool:
        return self.micro_yuan != 0

    def __add__(self, other: "Money") -> "Money":
        return Money(self.micro_yuan + other.micro_yuan)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.micro_yuan - other.micro_yuan)

    def __neg__(self) -> "Money":
        return Money(-self.micro_yuan)

    def __mul__(self, times: int) -> "Money":
        return Money(self.micro_yuan * times)

    __rmul__ = __mul__

    def __str__(self) -> str:
        """In yuan, without zeros at the end."""
        return f"{self.yuan:.6f}".rstrip("0").rstrip(".")


NO_MONEY: Final = Money()


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
