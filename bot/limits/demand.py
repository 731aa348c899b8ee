"""What a caller asks of the limits, and what he is told while he waits."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.model import Metric, Model
from bot.limits.windows import Amount
from bot.providers.chat import Account


@dataclass(frozen=True, slots=True)
class Target:
    """Where a call may go: what providers count by is the pair of account and model.

    ``parallel``: how many calls may run at once; 0: any number.
    """

    account: Account
    model: Model
    limits: Mapping[Metric, int]
    parallel: int = 0

    @property
    def key(self) -> tuple[str, str]:
        return self.account.name, self.model.id


@dataclass(frozen=True, slots=True)
class Demand:
    """One call. ``flow``: whose share it counts against; ``targets``: accounts of equal worth, used evenly.

    ``doubt``: the variance of the tokens as estimated. ``weight``: the flow's part relative to others. Not
    ``interactive``: it may wait for people, and leaves them a fifth of every window.
    """

    flow: str
    targets: tuple[Target, ...]
    prompt_tokens: int = 0
    expected_output: int = 0
    doubt: float = 0.0
    pictures: int = 0
    weight: float = 1.0
    interactive: bool = True

    def __post_init__(self) -> None:
        if not self.targets:
            raise ValueError("a demand needs a target")
        if self.weight <= 0 or min(self.prompt_tokens, self.expected_output, self.doubt, self.pictures) < 0:
            raise ValueError("a demand's weight is above zero, and its amounts are not below")

    @property
    def amount(self) -> Amount:
        return Amount(1, self.prompt_tokens + self.expected_output, self.pictures, self.doubt)


@dataclass(frozen=True, slots=True)
class Place:
    """``ahead``: calls that probably go first; ``seconds``: the expected wait."""

    ahead: int
    seconds: float


class Overfull(Exception):
    """The wait would be longer than anyone should be kept; ``seconds`` is what it would be."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the expected wait is {seconds:.0f} s")
        self.seconds = seconds
