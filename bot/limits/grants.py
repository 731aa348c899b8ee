"""Grants as they are stored, so that a restart remembers what went out."""

from collections.abc import Awaitable
from dataclasses import replace
from typing import Protocol

from bot.store.grants import GrantRow as GrantRow


class GrantLog(Protocol):
    def record(self, row: GrantRow) -> Awaitable[None]:
        """Returns when the row is durable; the call goes out only then."""
        ...

    def settle(self, grant_id: str, tokens: int) -> None:
        """Not waited for."""
        ...

    def recent(self, since: float) -> Awaitable[list[GrantRow]]:
        """All rows of ``since`` (Unix seconds) and later."""
        ...


class MemoryGrants:
    """A log that lives as long as the process, or as long as a test keeps it."""

    def __init__(self) -> None:
        self.rows: dict[str, GrantRow] = {}

    async def record(self, row: GrantRow) -> None:
        self.rows[row.id] = row

    def settle(self, grant_id: str, tokens: int) -> None:
        self.rows[grant_id] = replace(self.rows[grant_id], tokens=tokens)

    async def recent(self, since: float) -> list[GrantRow]:
        return [row for row in self.rows.values() if row.at >= since]
