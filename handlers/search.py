"""/search: messages of the group that hold the given words, with links to them."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

from aiogram.filters import CommandObject
from aiogram.types import Message

from bot.store.archive import ArchivedMessage
from bot.telegram.courier import Courier, Spot
from bot.telegram.markdown import Document, present
from bot.telegram.markdown.tree import Inline, Link, Paragraph, Styled, Text
from handlers.asking import clean
from handlers.links import message_link
from handlers.notice import notice
from handlers.pages import show
from handlers.person import Person, topic
from handlers.privacy import Keeping

_MOST: Final = 10
_SHOWN: Final = 160  # characters of a message


async def search(message: Message, command: CommandObject, person: Person, keeping: Keeping, courier: Courier) -> None:
    words = clean(command.args or "")
    if not keeping.is_on:
        await notice(message, person.texts("search.off"))
    elif not words:
        await notice(message, person.texts("search.usage"))
    elif found := await keeping.archive.search(message.chat.id, words, _MOST):
        spot = Spot(message.chat.id, topic(message), message.message_id)
        title = person.texts("search.found", words=words[:_SHOWN])
        document = results(title, found, message.chat.username, await keeping.zone_of(message.chat.id))
        await show(courier, spot, present(document, rich="off"))
    else:
        await notice(message, person.texts("search.none", words=words[:_SHOWN], days=keeping.days))


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
