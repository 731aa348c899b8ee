"""An amount of money."""

import math
from dataclasses import dataclass
from typing import Final

_MICRO_YUAN_IN_A_YUAN: Final = 1_000_000
_NOISE: Final = 6  # digits behind the point of a micro-yuan beyond which a float holds nothing but its own error


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """A whole number of micro-yuan; false when it is zero. Below zero: what is given back."""

    micro_yuan: int = 0

    @classmethod
    def from_yuan(cls, yuan: float) -> "Money":
        """Exact up to six decimals, to the nearest micro-yuan beyond them."""
        return cls(round(yuan * _MICRO_YUAN_IN_A_YUAN))

    @classmethod
    def costing_yuan(cls, yuan: float) -> "Money":
        """What a thing of that price costs: rounded up."""
        return cls.costing(yuan * _MICRO_YUAN_IN_A_YUAN)

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
