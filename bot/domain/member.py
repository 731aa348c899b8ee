"""Who was let in or shut out by an owner's command, and within which quota."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from bot.domain.quota import NO_OVERRIDE, QuotaOverride


@dataclass(frozen=True, slots=True)
class Member:
    """A user or a chat of which an owner has said something."""

    id: int
    allowed: bool
    role: str = ""  # empty: what everybody has
    quota: QuotaOverride = NO_OVERRIDE


class MemberRows(Protocol):
    """Members as they are stored."""

    def save(self, member: Member) -> Awaitable[None]:
        """In the place of what was said of the same id before."""
        ...
