"""What is kept of groups, of whom, and for how long; and finding it again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.domain.group import ArchivedMessage, GroupArchive, GroupSettings

FOUND: Final = 10  # messages at most

SearchRefusal = Literal["off", "usage"]
SearchResult: TypeAlias = list[ArchivedMessage] | SearchRefusal


@dataclass(frozen=True, slots=True)
class GroupArchivePolicy:
    """Groups that may use the bot are kept for some days, without those who are left out."""

    archive: GroupArchive
    groups: GroupSettings
    admits: Callable[[int, int], bool]  # of a group (as user and as chat) whether it may use the bot
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
