"""What a message asks: its words without the bot's name, and the message it is about."""

import re
from dataclasses import dataclass

import regex
from aiogram.types import Message

from bot.conversations.service import Conversations
from bot.domain.conversation import NewQuestion
from bot.domain.message import TextPart
from bot.domain.slash_command import slash_command
from bot.inbox.decoding import RAW_FIELD
from bot.providers import tokens
from bot.telegram.richtext import flatten
from handlers.person import Person, scope

_LONGEST_QUOTE = 6_000  # characters of a message that a question is about


@dataclass(frozen=True, slots=True)
class Asked:
    """``parent_id``: the older answer that the question goes on from; None: the newest."""

    text: str
    parent_id: int | None = None


async def read(message: Message, words: str, person: Person, conversations: Conversations) -> Asked | None:
    """What ``words`` (the message without command and mention) ask; None where they ask nothing."""
    quoted = clean(message.quote.text) if message.quote is not None else ""
    replied = message.reply_to_message
    if replied is None or replied.forum_topic_created is not None:
        return _asked(quoted, words)
    known = await conversations.locate(message.chat.id, replied.message_id)
    if known is None or known.conversation != scope(message, person) or known.node.kind != "answer":
        return _asked(quoted or content(replied), words)
    goes_on = known.node.id if known.node.parts else None  # nothing goes on from an answer that failed
    return Asked(_about(quoted, words), goes_on) if words else None


def question(
    idempotency_key: str, message: Message, person: Person, asked: Asked, *, replaces: int | None = None
) -> NewQuestion:
    parts = (TextPart(asked.text),)
    return NewQuestion(
        idempotency_key=idempotency_key,
        conversation=scope(message, person),
        parts=parts,
        tokens=tokens.of_parts(parts),
        message_id=message.message_id,
        parent_id=asked.parent_id,
        replaces=replaces,
    )


def content(message: Message) -> str:
    """The words of a message of any kind; empty where it has none."""
    raw = (message.model_extra or {}).get(RAW_FIELD)
    return clean(message.text or message.caption or (flatten(raw) if raw is not None else ""))


def request(text: str, name: str) -> str | None:
    """What a text asks of the bot that is called @``name``, without that name and /ask; None: it is another command."""
    words = _without_name(text, name)
    command = slash_command(words)
    if command is None:
        return words
    return command.arguments if command.name == "ask" and not command.mention else None


def _without_name(text: str, name: str) -> str:
    return re.sub(rf"@{re.escape(name)}\b", "", text, flags=re.IGNORECASE).strip() if name else text


def clean(text: str) -> str:
    """Without characters that show nothing and can hide something; line breaks and joiners of emoji stay."""
    cleaned: str = _HIDDEN.sub("", text)
    return cleaned.strip()


# Control, format, lone surrogates; variation selector 16 is none of them.
_HIDDEN = regex.compile(r"[[\p{Cc}\p{Cf}\p{Cs}]--[\n\t\u200d]]", regex.V1)


def _asked(quoted: str, words: str) -> Asked | None:
    text = _about(quoted, words) if words else quoted
    return Asked(text) if text else None


def _about(quoted: str, words: str) -> str:
    if not quoted:
        return words
    lines = quoted[:_LONGEST_QUOTE].splitlines()
    return "\n".join(f"> {line}" for line in lines) + f"\n\n{words}"
