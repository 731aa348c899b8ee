"""Who pays for a call, how much that may be, and which part of a busy provider is theirs.

The narrower word wins: what an owner said of an id by command, what the file says of it, its role, what holds for all.
Owners have no quota of their own; what everybody together may cost in a month holds for them as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.limits.members import Members
from bot.store.ledger import Purpose as Purpose
from bot.store.quotas import UNBOUND, UNSAID, Purse, Quota, Terms

OWNER: Final = "owner"
USER: Final = "user"


@dataclass(frozen=True, slots=True)
class Role:
    """``weight``: how much of a busy provider goes to one of this role, relative to others."""

    terms: Terms = UNSAID
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Payer:
    """For whom a call is made, and who pays for it. ``user_id`` 0: for the whole chat."""

    user_id: int
    chat_id: int
    purse: Purse
    weight: float = 1.0
    purpose: Purpose = "question"

    @property
    def flow(self) -> str:
        """Whose share of the limits the call counts against."""
        return f"user:{self.user_id}" if self.user_id else f"chat:{self.chat_id}"


NOBODY: Final = Payer(0, 0, Purse("nobody"), purpose="upkeep")
"""Pays for what no person and no chat has asked for."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the configuration says: ``general`` holds for every person, ``total`` (micro-yuan a month) for all together.

    ``roles`` by name, where ``user`` is that of everybody; ``users`` and ``chats`` by id.
    """

    general: Quota = UNBOUND
    total: int = 0
    roles: Mapping[str, Role] = field(default_factory=dict)
    users: Mapping[int, Terms] = field(default_factory=dict)
    chats: Mapping[int, Terms] = field(default_factory=dict)


class Quotas:
    def __init__(self, plan: Plan, members: Members) -> None:
        self.plan = plan
        self._members = members

    def payer(self, user_id: int, chat_id: int, purpose: Purpose = "question") -> Payer:
        """In a chat that has a quota of its own all pay from that one; elsewhere each from their own."""
        return Payer(user_id, chat_id, self._purse(user_id, chat_id), self._role(user_id).weight, purpose)

    def _purse(self, user_id: int, chat_id: int) -> Purse:
        person = Purse(f"user:{user_id}", total=self.plan.total)
        if user_id in self._members.owners:
            return person
        if chat_id != user_id and (own := self._own(chat_id)) is not None:
            return Purse(f"chat:{chat_id}", own, self.plan.total)
        return Purse(person.subject, self._quota(user_id), self.plan.total)

    def _own(self, chat_id: int) -> Quota | None:
        member = self._members.get(chat_id)
        said = member.terms if member else UNSAID
        role = self.plan.roles.get(member.role) if member else None
        if role is None and said == UNSAID and chat_id not in self.plan.chats:
            return None
        quota = role.terms.over(UNBOUND) if role else UNBOUND
        return said.over(self.plan.chats.get(chat_id, UNSAID).over(quota))

    def _quota(self, user_id: int) -> Quota:
        member = self._members.get(user_id)
        quota = self._role(user_id).terms.over(self._everybodys.terms.over(self.plan.general))
        quota = self.plan.users.get(user_id, UNSAID).over(quota)
        return member.terms.over(quota) if member else quota

    def _role(self, user_id: int) -> Role:
        """A role that is not configured any more is that of everybody."""
        if user_id in self._members.owners:
            return self.plan.roles.get(OWNER, Role())
        member = self._members.get(user_id)
        return self.plan.roles.get(member.role if member else USER, self._everybodys)

    @property
    def _everybodys(self) -> Role:
        return self.plan.roles.get(USER, Role())
