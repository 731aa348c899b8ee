"""What a caller asks of the limits: what a call takes, in the units that providers count, and where it may go."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from bot.domain.calls import Priority
from bot.domain.chat import Account
from bot.domain.model import Metric, Model

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86_400.0

Unit = Literal["requests", "tokens", "pictures"]


class Rule(NamedTuple):
    """What a metric counts: units that arrive within so many seconds."""

    seconds: float
    unit: Unit


RULES: Final[Mapping[Metric, Rule]] = {
    "rps": Rule(1.0, "requests"),
    "rpm": Rule(MINUTE, "requests"),
    "rph": Rule(HOUR, "requests"),
    "rpd": Rule(DAY, "requests"),
    "tpm": Rule(MINUTE, "tokens"),
    "tpd": Rule(DAY, "tokens"),
    "ipm": Rule(MINUTE, "pictures"),
    "ipd": Rule(DAY, "pictures"),
}

SIGMAS: Final = 5.5
"""The margin for predicted tokens: none of 20 simulated hours exceeded a limit, and over 95 % of it was used."""


class Cost(NamedTuple):
    """What one call takes, or several together; its fields are named as the units."""

    requests: float = 1
    tokens: float = 0
    pictures: float = 0
    variance: float = 0  # of ``tokens``, while they are a prediction

    @property
    def most_tokens(self) -> int:
        """What the tokens will not exceed, as far as one can know. Whole, so that sums of them do not drift."""
        return math.ceil(self.tokens + SIGMAS * math.sqrt(self.variance))

    def plus(self, other: "Cost", times: float = 1) -> "Cost":
        """With ``other`` so many times on top. Variances are left out: such a sum is an expectation."""
        requests, tokens, pictures, _ = self
        more_requests, more_tokens, more_pictures, _ = other
        return tuple.__new__(  # the constructor would take twice as long, at every step of every queue
            Cost, (requests + times * more_requests, tokens + times * more_tokens, pictures + times * more_pictures, 0)
        )


NO_COST: Final = Cost(0)


class Estimate(NamedTuple):
    """What a call is expected to take."""

    prompt_tokens: int = 0
    expected_output: int = 0  # tokens
    variance: float = 0.0  # of the tokens
    pictures: int = 0

    @property
    def cost(self) -> Cost:
        return Cost(1, self.prompt_tokens + self.expected_output, self.pictures, self.variance)


NO_ESTIMATE: Final = Estimate()
"""Of a call of which only the request itself counts."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call may go: what providers count by is the pair of account and model."""

    account: Account
    model: Model
    limits: Mapping[Metric, int]
    parallel: int = 0  # how many calls may run at once; 0: any number

    @property
    def key(self) -> tuple[str, str]:
        return self.account.name, self.model.id


@dataclass(frozen=True, slots=True)
class PermitRequest:
    """One call that wants to go out. Raises ValueError for what cannot be."""

    flow: str  # whose share it counts against
    targets: tuple[Target, ...]  # of equal worth, used evenly
    estimate: Estimate = NO_ESTIMATE
    weight: float = 1.0  # the flow's part relative to others
    priority: Priority = "interactive"

    def __post_init__(self) -> None:
        if not self.targets:
            raise ValueError("a request needs a target")
        if self.weight <= 0 or min(self.estimate) < 0:
            raise ValueError("a request's weight is above zero, and its estimate is not below")
