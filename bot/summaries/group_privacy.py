"""What members are told of what is kept, and what becomes of it when they want none of it."""

from dataclasses import dataclass

from bot.domain.group import EVERYWHERE, Erasure
from bot.summaries.archive_policy import GroupArchivePolicy
from bot.summaries.ports import GroupMembership


@dataclass(frozen=True, slots=True)
class PrivacyStatement:
    """What the bot keeps of a group."""

    days: int  # for which messages are kept; 0: none are
    hears_all: bool  # or only what is meant for the bot


@dataclass(frozen=True, slots=True)
class GroupPrivacy:
    """/privacy, /forget, /optout and /optin, and what a group is told when the bot comes, or has kept when it goes."""

    policy: GroupArchivePolicy
    erasure: Erasure
    membership: GroupMembership

    async def statement(self, chat_id: int) -> PrivacyStatement:
        if not self.policy.is_on:
            return PrivacyStatement(0, hears_all=False)
        return PrivacyStatement(self.policy.days, await self.membership.hears_all(chat_id))

    async def joined(self, chat_id: int) -> PrivacyStatement | None:
        """What to say of it at once; None in a group that may not use the bot."""
        return await self.statement(chat_id) if self.policy.covers(chat_id) else None

    async def left(self, chat_id: int) -> None:
        """The bot was sent away: nothing of the group stays."""
        await self.erasure.forget_group(chat_id)

    async def forget(self, user_id: int, chat_id: int | None) -> None:
        """What the user said in this chat; None: anywhere."""
        await self.erasure.forget(user_id, EVERYWHERE if chat_id is None else chat_id)

    async def leave_out(self, user_id: int, group_id: int | None) -> None:
        """Keep nothing of what the user will say in this group; None: in any."""
        await self.erasure.leave_out(user_id, EVERYWHERE if group_id is None else group_id)

    async def take_in(self, user_id: int, group_id: int | None) -> None:
        """Take back :meth:`leave_out`."""
        await self.erasure.take_in(user_id, EVERYWHERE if group_id is None else group_id)
