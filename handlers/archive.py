"""What is said in groups that may use the bot is kept before anybody handles it, and moves with its group."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiogram import BaseMiddleware
from aiogram.enums import ContentType
from aiogram.types import Message, TelegramObject

from bot.limits.membership import Members
from bot.store.archive import ArchivedMessage, ArchiveRepository
from bot.store.members import MemberRepository
from bot.store.supergroups import SupergroupRepository
from handlers.asking import content
from handlers.person import topic

GROUPS: Final = frozenset({"group", "supergroup"})
_SAID: Final = {
    ContentType.ANIMATION: "animation",
    ContentType.AUDIO: "audio",
    ContentType.CHECKLIST: "checklist",
    ContentType.CONTACT: "contact",
    ContentType.DICE: "dice",
    ContentType.DOCUMENT: "document",
    ContentType.LIVE_PHOTO: "photo",
    ContentType.LOCATION: "location",
    ContentType.PHOTO: "photo",
    ContentType.POLL: "poll",
    ContentType.RICH_MESSAGE: "text",
    ContentType.STICKER: "sticker",
    ContentType.TEXT: "text",
    ContentType.VENUE: "venue",
    ContentType.VIDEO: "video",
    ContentType.VIDEO_NOTE: "video",
    ContentType.VOICE: "voice",
}


class Supergroups(BaseMiddleware):
    """Lets what is kept of a group, and what was said of its rights, go on in the supergroup that it becomes.

    It stands before admission: the supergroup is let in only when it has the group's rights.
    """

    def __init__(self, rows: SupergroupRepository, member_rows: MemberRepository, members: Members) -> None:
        self._rows = rows
        self._member_rows = member_rows
        self._members = members

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if isinstance(event, Message):
            await self.take(event)
        return await handler(event, data)

    async def take(self, message: Message) -> None:
        """Of no effect where the message does not tell that a group has become a supergroup; told twice as well."""
        if message.migrate_to_chat_id is not None:
            await self._migrate(message.chat.id, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id is not None:
            await self._migrate(message.migrate_from_chat_id, message.chat.id)

    async def _migrate(self, old: int, new: int) -> None:
        await self._rows.migrate(old, new)
        self._members.reload(await self._member_rows.all())


class Archive(BaseMiddleware):
    """``admits`` tells of a group (as user and as chat) whether it may use the bot."""

    def __init__(self, rows: ArchiveRepository, admits: Callable[[int, int], bool]) -> None:
        self._rows = rows
        self._admits = admits

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if isinstance(event, Message) and event.chat.type in GROUPS:
            await self._take(event)
        return await handler(event, data)

    async def _take(self, message: Message) -> None:
        if self._admits(message.chat.id, message.chat.id):
            await self._keep(message)

    async def _keep(self, message: Message) -> None:
        named = message.forum_topic_created or message.forum_topic_edited
        if named is not None and named.name and message.message_thread_id is not None:
            await self._rows.name_topic(message.chat.id, message.message_thread_id, named.name)
        archived = archived_message(message)
        if archived is not None:
            await self._rows.keep(archived)


def archived_message(message: Message) -> ArchivedMessage | None:
    """None for what nobody said (services, commands) and for what has no author."""
    kind, chat, user = _SAID.get(ContentType(message.content_type)), message.sender_chat, message.from_user
    if kind is None or _is_command(message):
        return None
    if chat is not None:  # an anonymous administrator, or a channel: who writes through it is not to be known
        author_id, author, username = chat.id, chat.full_name, chat.username
    elif user is not None:
        author_id, author, username = user.id, user.full_name, user.username
    else:
        return None
    replied = message.reply_to_message
    return ArchivedMessage(
        chat_id=message.chat.id,
        message_id=message.message_id,
        topic_id=topic(message) or 0,
        author_id=author_id,
        author=author,
        username=username or "",
        at=message.date.timestamp(),
        kind="forward" if kind == "text" and message.forward_origin is not None else kind,
        text=_words(message),
        reply_to=replied.message_id if replied is not None and replied.forum_topic_created is None else None,
    )


def _is_command(message: Message) -> bool:
    entities = message.entities or message.caption_entities or ()
    return any(entity.type == "bot_command" and entity.offset == 0 for entity in entities)


def _words(message: Message) -> str:
    if message.poll is not None:
        return " / ".join((message.poll.question, *(option.text for option in message.poll.options)))
    if message.sticker is not None:
        return message.sticker.emoji or ""
    return content(message)
