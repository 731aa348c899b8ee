"""What a model has refused, or said of itself, as it is kept: its next requests are right at once."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ModelAdjustment:
    """One way in which requests to a model differ from the usual."""

    provider: str  # its name in the configuration
    model: str  # its id in the catalogue
    entry: str  # a digest of both entries; under any other the adjustment does not hold any more
    parameter: str  # a key of the request, or what else is refused: "system", the role; "stream"; "context", the size
    instead: str = ""  # the key or the value that takes its place; empty: it is left out


class ModelAdjustmentRepository(Protocol):
    """Where adjustments are kept."""

    def every(self) -> Awaitable[list[ModelAdjustment]]: ...

    def remember(self, adjustment: ModelAdjustment) -> None:
        """In place of one of the same model and parameter. Not waited for."""
        ...

    def forget_other_entries(self, provider: str, model: str, entry: str) -> None:
        """Those of the model under any other entry than this one. Not waited for."""
        ...


class MemoryAdjustments:
    """A repository that lives as long as the process."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str], ModelAdjustment] = {}

    async def every(self) -> list[ModelAdjustment]:
        return list(self.rows.values())

    def remember(self, adjustment: ModelAdjustment) -> None:
        self.rows[adjustment.provider, adjustment.model, adjustment.parameter] = adjustment

    def forget_other_entries(self, provider: str, model: str, entry: str) -> None:
        for key, row in list(self.rows.items()):
            if key[:2] == (provider, model) and row.entry != entry:
                del self.rows[key]
