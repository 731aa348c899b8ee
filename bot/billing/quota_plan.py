"""Who may use the bot, who pays for a call, how much that may be, and which part of a busy provider is theirs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.domain.calls import Payer
from bot.domain.ledger import Purpose
from bot.domain.money import NO_MONEY, Money
from bot.domain.quota import NO_OVERRIDE, UNLIMITED, Budget, Member, MemberRows, Quota, QuotaOverride

OWNER: Final = "owner"
USER: Final = "user"


class Members:
    """All of whom somebody has said something. With nobody named the bot is open to all."""

    def __init__(
        self, owners: frozenset[int], allowed: frozenset[int], rows: MemberRows, known: Iterable[Member] = ()
    ) -> None:
        self.owners = owners
        self._allowed = allowed  # users and chats that the configuration names
        self._rows = rows
        self.reload(known)

    def get(self, user_or_chat: int) -> Member | None:
        """What the owners have said of this id by command."""
        return self._known.get(user_or_chat)

    def admits(self, user_id: int, chat_id: int) -> bool:
        """Owners always; nobody who was shut out, and nobody where the chat was."""
        if user_id in self.owners:
            return True
        said = [self._known[number].allowed for number in (user_id, chat_id) if number in self._known]
        if not all(said):
            return False
        named = self.owners | self._allowed
        return bool(said) or not named or user_id in self._allowed or chat_id in self._allowed

    def reload(self, known: Iterable[Member]) -> None:
        """What is stored has been changed by somebody else."""
        self._known = {member.id: member for member in known}

    async def save(self, member: Member) -> None:
        """From now on, in the place of what was said of that id before. Owners stay what they are: ValueError."""
        if member.id in self.owners:
            raise ValueError("owners are named in the configuration alone")
        await self._rows.save(member)
        self._known[member.id] = member


@dataclass(frozen=True, slots=True)
class MemberRole:
    """What holds for all of one role."""

    quota: QuotaOverride = NO_OVERRIDE
    weight: float = 1.0  # how much of a busy provider goes to one of them, relative to others


@dataclass(frozen=True, slots=True)
class QuotaPlan:
    """What the configuration says."""

    general: Quota = UNLIMITED  # for every person
    total: Money = NO_MONEY  # for all together, a month; nothing: any amount
    roles: Mapping[str, MemberRole] = field(default_factory=dict)  # by name; ``user`` is that of everybody
    users: Mapping[int, QuotaOverride] = field(default_factory=dict)  # by id
    chats: Mapping[int, QuotaOverride] = field(default_factory=dict)  # by id


class Quotas:
    """The plan, applied to persons and chats as their members' entries are at present."""

    def __init__(self, plan: QuotaPlan, members: Members) -> None:
        self.plan = plan
        self._members = members

    def payer(self, user_id: int, chat_id: int, purpose: Purpose = "question") -> Payer:
        """In a chat that has a quota of its own all pay from that one; elsewhere each from their own."""
        return Payer(user_id, chat_id, self._budget(user_id, chat_id), self._role(user_id).weight, purpose)

    def _budget(self, user_id: int, chat_id: int) -> Budget:
        person = Budget(f"user:{user_id}", total=self.plan.total)
        if user_id in self._members.owners:
            return person
        if chat_id != user_id and (own := self._of_chat(chat_id)) is not None:
            return Budget(f"chat:{chat_id}", own, self.plan.total)
        return Budget(person.subject, self._of_person(user_id), self.plan.total)

    def _of_chat(self, chat_id: int) -> Quota | None:
        """None where each pays from their own."""
        member = self._members.get(chat_id)
        override = member.quota if member else NO_OVERRIDE
        role = self.plan.roles.get(member.role) if member else None
        if role is None and override == NO_OVERRIDE and chat_id not in self.plan.chats:
            return None
        quota = role.quota.over(UNLIMITED) if role else UNLIMITED
        return override.over(self.plan.chats.get(chat_id, NO_OVERRIDE).over(quota))

    def _of_person(self, user_id: int) -> Quota:
        member = self._members.get(user_id)
        quota = self._role(user_id).quota.over(self._everybodys.quota.over(self.plan.general))
        quota = self.plan.users.get(user_id, NO_OVERRIDE).over(quota)
        return member.quota.over(quota) if member else quota

    def _role(self, user_id: int) -> MemberRole:
        """A role that is not configured any more is that of everybody."""
        if user_id in self._members.owners:
            return self.plan.roles.get(OWNER, MemberRole())
        member = self._members.get(user_id)
        return self.plan.roles.get(member.role if member else USER, self._everybodys)

    @property
    def _everybodys(self) -> MemberRole:
        return self.plan.roles.get(USER, MemberRole())
