"""Where a message belongs and whether the bot hears of it."""

import re
from typing import Any

from bot.playground.telegram.ledger import Ledger
from bot.playground.telegram.messages import Message
from bot.playground.telegram.people import Chat

Json = dict[str, Any]

_COMMAND = re.compile(r"/\w{1,64}(?:@(\w+))?(?!\S)")


def reaches_bot(ledger: Ledger, chat: Chat, message: Message, *, privacy: bool) -> bool:
    """Privacy mode lets through commands for the bot, mentions of it and replies to it; other bots are never heard."""
    if ledger.people[message.sender].is_bot:
        return False
    if chat.is_private or not privacy or chat.is_admin(ledger.bot.id):
        return True
    replied = chat.find(message.reply_to)
    return _is_addressed(ledger, chat, message) or (replied is not None and replied.sender == ledger.bot.id)


def _is_addressed(ledger: Ledger, chat: Chat, message: Message) -> bool:
    """A bare command is for the bot that wrote last, or for the only one that might have."""
    name = f"@{ledger.bot.username}".lower()
    if command := _COMMAND.match(message.text):
        return f"@{command[1]}".lower() == name if command[1] else chat.last_bot in {None, ledger.bot.id}
    mentions = (entity for entity in message.entities if entity["type"] == "mention")
    return any(_cut(message.text, entity).lower() == name for entity in mentions)


def _cut(text: str, entity: Json) -> str:
    data = text.encode("utf-16-le")
    return data[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")


def thread_of(chat: Chat, thread: int | None, reply_to: Message | None) -> tuple[int | None, bool]:
    """The thread of a new message and whether it is a topic's: replies stay where their target is; outside of forums
    a supergroup's replies form a thread named by its first message."""
    if thread is None and reply_to is not None:
        thread = reply_to.thread
        if thread is None and reply_to.id and chat.kind == "supergroup" and not chat.is_forum:
            thread = reply_to.id
    return thread, thread in chat.topics
