"""/search: messages of the group that hold the given words, with links to them."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message, Update

from bot.store.archive import ArchivedMessage
from bot.store.deliveries import DeliveryKey
from bot.telegram.courier import Spot
from bot.telegram.delivery import Delivery, OutgoingDocument
from bot.telegram.markdown import Document, present
from bot.telegram.markdown.tree import Inline, Link, Paragraph, Styled, Text
from handlers.archive import GROUPS
from handlers.asking import clean, idempotency_key
from handlers.links import message_link
from handlers.notice import notice
from handlers.person import Person, topic
from handlers.privacy import Keeping
from handlers.when import When

_MOST: Final = 10
_SHOWN: Final = 160  # characters of a message


async def search(
    message: Message,
    command: CommandObject,
    person: Person,
    keeping: Keeping,
    delivery: Delivery,
    event_update: Update,
) -> None:
    words = clean(command.args or "")
    if not keeping.is_on:
        await notice(message, person.texts("search.off"))
    elif not words:
        await notice(message, person.texts("search.usage"))
    elif found := await keeping.archive.search(message.chat.id, words, _MOST):
        spot = Spot(message.chat.id, topic(message), message.message_id)
        title = person.texts("search.found", words=words[:_SHOWN])
        document = results(title, found, message.chat.username, await keeping.zone_of(message.chat.id))
        key = DeliveryKey("search", idempotency_key(message.bot.id if message.bot else 0, event_update.update_id))
        await delivery.deliver(
            OutgoingDocument(tuple(present(document, rich="off"))),
            spot,
            key,
            user_id=person.id,
            source_chat_id=message.chat.id,
        )
    else:
        await notice(message, person.texts("search.none", words=words[:_SHOWN], days=keeping.days))


async def elsewhere(message: Message, person: Person) -> None:
    await notice(message, person.texts("search.groups_only"))


def results(title: str, found: Sequence[ArchivedMessage], username: str | None, zone: tzinfo) -> Document:
    return Document((Paragraph((Text(title),)), *(_result(message, username, zone) for message in found)))


def _result(message: ArchivedMessage, username: str | None, zone: tzinfo) -> Paragraph:
    """The time is the link; where there is none, it is a time."""
    when = Text(f"{datetime.fromtimestamp(message.at, zone):%m-%d %H:%M}")
    link = message_link(message.chat_id, username, message.topic_id, message.message_id)
    head: Inline = when if link is None else Link(link, (when,))
    line = " ".join(message.text.split())
    shown = line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
    return Paragraph((head, Text(" "), Styled("bold", (Text(message.author),)), Text(f" {shown}")))


def router() -> Router:
    router = Router(name="search")
    router.message.register(search, Command("search"), When(F.chat.type.in_(GROUPS)))
    router.message.register(elsewhere, Command("search"))
    return router
