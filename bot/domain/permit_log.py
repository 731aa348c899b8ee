"""Calls that were admitted to a provider, as they are stored: a restart remembers what went out."""

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PermitRow:
    """One admitted call."""

    id: str
    at: float  # Unix seconds
    account: str
    model: str
    tokens: int  # as reserved at first, later as used
    pictures: int


class PermitLog(Protocol):
    """Where permits are written down."""

    def record(self, row: PermitRow) -> Awaitable[None]:
        """Returns when the row is durable; the call goes out only then."""
        ...

    def settle(self, permit_id: str, tokens: int) -> None:
        """Not waited for."""
        ...

    def recent(self, since: float) -> Awaitable[list[PermitRow]]:
        """All rows of ``since`` (Unix seconds) and later."""
        ...


class MemoryPermits:
    """A log that lives as long as the process, or as long as a test keeps it."""

    def __init__(self) -> None:
        self.rows: dict[str, PermitRow] = {}

    async def record(self, row: PermitRow) -> None:
        self.rows[row.id] = row

    def settle(self, permit_id: str, tokens: int) -> None:
        self.rows[permit_id] = replace(self.rows[permit_id], tokens=tokens)

    async def recent(self, since: float) -> list[PermitRow]:
        return [row for row in self.rows.values() if row.at >= since]
