"""What is said in groups that may use the bot: kept before it is handled, moved with its group, found by /search."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

from aiogram import BaseMiddleware
from aiogram.enums import ContentType
from aiogram.filters import CommandObject
from aiogram.types import Message, TelegramObject, Update

from bot.domain.delivery import DeliveryKey
from bot.domain.group import ArchivedMessage
from bot.domain.message import slash_command
from bot.groups.archive_policy import GroupArchivePolicy
from bot.groups.transcript import shown
from bot.telegram.delivery_run import OutgoingDocument
from bot.telegram.inert_text import inert
from bot.telegram.markdown import Document, present
from bot.telegram.markdown.tree import Inline, Link, Paragraph, Styled, Text
from bot.telegram.message_sender import Destination, reply
from bot.telegram.message_text import clean
from bot.telegram.resumable_delivery import ResumableDelivery
from bot.telegram.summary_document import message_link
from handlers.ephemeral import is_ephemeral
from handlers.messages import content, idempotency_key
from handlers.person import Person, topic

GROUPS: Final = frozenset({"group", "supergroup"})
_SHOWN: Final = 160  # characters of a message that was found
_NAME: Final = 64  # characters of its author's name
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


class SupergroupMiddleware(BaseMiddleware):
    """Lets what is kept of a group, and what was said of its rights, go on in the supergroup that it becomes.

    It stands before admission: the supergroup is let in only when it has the group's rights.
    """

    def __init__(self, move: Callable[[int, int], Awaitable[None]]) -> None:
        self._move = move  # all that is kept, from the group of the first id to that of the second

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
            await self._move(message.chat.id, message.migrate_to_chat_id)
        elif message.migrate_from_chat_id is not None:
            await self._move(message.migrate_from_chat_id, message.chat.id)


class ArchiveMiddleware(BaseMiddleware):
    """Takes what is said into the archive."""

    def __init__(self, policy: GroupArchivePolicy) -> None:
        self._policy = policy

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if isinstance(event, Message) and event.chat.type in GROUPS:
            await self._keep(event)
        return await handler(event, data)

    async def _keep(self, message: Message) -> None:
        named = message.forum_topic_created or message.forum_topic_edited
        if named is not None and named.name and message.message_thread_id is not None:
            await self._policy.name_topic(message.chat.id, message.message_thread_id, named.name)
        archived = archived_message(message)
        if archived is not None:
            await self._policy.keep(archived)


def archived_message(message: Message) -> ArchivedMessage | None:
    """None for what nobody said (services, commands), what has no author, and what its author and the bot alone see."""
    kind, chat, user = _SAID.get(ContentType(message.content_type)), message.sender_chat, message.from_user
    if kind is None or _is_command(message) or is_ephemeral(message):
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


async def search(
    message: Message,
    command: CommandObject,
    person: Person,
    archive_policy: GroupArchivePolicy,
    delivery: ResumableDelivery,
    event_update: Update,
) -> None:
    words = clean(command.args or "")
    match await archive_policy.search(message.chat.id, words):
        case "off" | "usage" as refusal:
            await reply(message, person.texts(f"search.{refusal}"))
        case []:
            said = shown(words, _SHOWN) or "…"
            await reply(message, person.texts("search.none", words=said, days=archive_policy.days))
        case found:
            title = person.texts("search.found", words=words[:_SHOWN])
            zone = await archive_policy.zone_of(message.chat.id)
            destination = Destination(message.chat.id, topic(message), message.message_id)
            document = results(title, found, message.chat.username, zone)
            key = DeliveryKey("search", idempotency_key(message.bot.id if message.bot else 0, event_update.update_id))
            await delivery.deliver(
                OutgoingDocument(tuple(present(document, rich="off"))),
                destination,
                key,
                user_id=person.id,
                source_chat_id=message.chat.id,
            )


def results(title: str, found: Sequence[ArchivedMessage], username: str | None, zone: tzinfo) -> Document:
    return Document((Paragraph(inert(title)), *(_result(message, username, zone) for message in found)))


def _result(message: ArchivedMessage, username: str | None, zone: tzinfo) -> Paragraph:
    """The time is the link; where there is none, it is a time. Nothing else of it can be pressed."""
    when = Text(f"{datetime.fromtimestamp(message.at, zone):%m-%d %H:%M}")
    link = message_link(message.chat_id, username, message.topic_id, message.message_id)
    head: Inline = when if link is None else Link(link, (when,))
    line = " ".join(message.text.split())
    excerpt = line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
    name = inert(shown(message.author, _NAME) or "?")
    author = (Styled("bold", name),) if all(isinstance(piece, Text) for piece in name) else name
    return Paragraph((head, Text(" "), *author, Text(" "), *inert(excerpt)))
