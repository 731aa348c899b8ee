"""What is kept of groups, of whom, and for how long; finding it again; and what members are told and may refuse."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.domain.group import EVERYWHERE, ArchivedMessage, Erasure, GroupArchive, GroupSettings
from bot.groups.ports import GroupMembership
from bot.groups.transcript import shown

FOUND: Final = 10  # messages at most
_TOPIC: Final = 128  # characters of a topic's name

SearchRefusal = Literal["off", "usage"]
SearchResult: TypeAlias = list[ArchivedMessage] | SearchRefusal


@dataclass(frozen=True, slots=True)
class GroupArchivePolicy:
    """Groups that may use the bot are kept for some days, without those who are left out."""

    archive: GroupArchive
    groups: GroupSettings
    admits: Callable[[int, int], bool]  # whether a user may use the bot in a chat; a group is asked of as both
    clock: Clock
    days: int  # 0: nothing of groups is kept
    zone: tzinfo  # of the clock of groups that have chosen none

    @property
    def is_on(self) -> bool:
        return self.days > 0

    def covers(self, chat_id: int) -> bool:
        """Whether the group may use the bot."""
        return self.admits(chat_id, chat_id)

    async def keep(self, message: ArchivedMessage) -> None:
        """As it is now: an edited message takes the place of what it was."""
        if self.covers(message.chat_id):
            await self.archive.keep(message)

    async def name_topic(self, chat_id: int, topic_id: int, name: str) -> None:
        if self.covers(chat_id):
            await self.archive.name_topic(chat_id, topic_id, name)

    async def topic_names(self, chat_id: int) -> dict[int, str]:
        """Of the forum's topics by id, harmless; without those that are nothing but links."""
        named = await self.archive.topics(chat_id)
        return {topic: name for topic, given in named.items() if (name := shown(given, _TOPIC))}

    async def search(self, chat_id: int, words: str) -> SearchResult:
        """Messages that hold all of the words, the newest first."""
        if not self.is_on:
            return "off"
        return await self.archive.search(chat_id, words, FOUND) if words else "usage"

    async def zone_of(self, chat_id: int) -> tzinfo:
        """Of the clock by which the group's times are shown and meant."""
        chosen = await self.groups.zone(chat_id)
        return self.zone if chosen is None else ZoneInfo(chosen)

    async def now(self, chat_id: int) -> datetime:
        """By the group's clock."""
        return datetime.fromtimestamp(self.clock.now(), await self.zone_of(chat_id))


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
