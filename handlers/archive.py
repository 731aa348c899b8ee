"""Keeps what is said in groups that may use the bot, before anybody handles it."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiogram import BaseMiddleware
from aiogram.enums import ContentType
from aiogram.types import Message, TelegramObject

from bot.domain.slash_command import slash_command
from bot.store.archive import ArchivedMessage, ArchiveRepository
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
        chat = message.chat.id
        if message.migrate_to_chat_id is not None:
            await self._rows.migrate(chat, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id is not None:
            await self._rows.migrate(message.migrate_from_chat_id, chat)
        elif self._admits(chat, chat):
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
    """As the bot reads it, or as Telegram marks it: that of another bot may be written otherwise."""
    entities = message.entities or message.caption_entities or ()
    marked = any(entity.type == "bot_command" and entity.offset == 0 for entity in entities)
    return marked or slash_command(content(message)) is not None


def _words(message: Message) -> str:
    if message.poll is not None:
        return " / ".join((message.poll.question, *(option.text for option in message.poll.options)))
    if message.sticker is not None:
        return message.sticker.emoji or ""
    return content(message)
