"""An update as it is kept from its arrival until it is answered or set aside, and what keeps it."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    """An update that is to be answered."""

    update_id: int
    body: str  # the update as Telegram sent it (JSON)
    starts: int = 0  # processes that took it up again after another had left it unfinished
    failures: int = 0  # runs that raised


class UpdateStorage(Protocol):
    """What keeps updates: each stored once, and finished once."""

    def add(self, bot_id: int, updates: Sequence[StoredUpdate], received: float) -> Awaitable[set[int]]:
        """Store a batch in one transaction that survives a power failure; the ids that were not there yet.

        It has its place before whatever is handed in after this call, be it awaited or not.
        """
        ...

    def taken_up(self, bot_id: int, update_ids: Sequence[int]) -> Awaitable[None]:
        """They are about to be run again; counted before they are, since one of them may end the process."""
        ...

    def done(self, bot_id: int, update_id: int) -> None:
        """Not waited for: a crash before the commit repeats a run that finds all its work done.

        With it, all that was stored before it survives a power failure. The row may not be there yet, where the store
        failed meanwhile: then the update is not to be run when it comes again.
        """
        ...

    def failed(self, bot_id: int, update_id: int, error: str) -> Awaitable[None]: ...

    def set_aside(self, bot_id: int, update_id: int, error: str) -> Awaitable[None]:
        """Keep the update and its error for the operator, and never run it again."""
        ...

    def newest(self, bot_id: int) -> Awaitable[int]:
        """The highest id that was ever stored and is still known; -1: none."""
        ...

    def unfinished(self, bot_id: int) -> Awaitable[list[StoredUpdate]]: ...
