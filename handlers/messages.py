"""What a message asks: its words without the bot's name, the message it is about, and for whom it asks."""

import re

from aiogram.types import Message, Update

from bot.chat.answer_question import AnswerQuestion, AnswerRequest, ParsedQuestion
from bot.domain.message import slash_command
from bot.inbox.decoding import RAW_FIELD
from bot.telegram.message_sender import Destination
from bot.telegram.message_text import clean, flatten
from handlers.person import Person, scope, topic

_LONGEST_QUOTE = 6_000  # characters of a message that a question is about


async def read(message: Message, words: str, person: Person, answer_question: AnswerQuestion) -> ParsedQuestion | None:
    """What ``words`` (the message without command and mention) ask; None where they ask nothing."""
    quoted = clean(message.quote.text) if message.quote is not None else ""
    replied = message.reply_to_message
    if replied is None or replied.forum_topic_created is not None:
        return _asked(quoted, words)
    answer = await answer_question.answer_shown(message.chat.id, replied.message_id, scope(message, person))
    if answer is None:
        return _asked(quoted or content(replied), words)
    goes_on = answer.id if answer.text else None  # nothing goes on from an answer that failed
    return ParsedQuestion(_about(quoted, words), goes_on) if words else None


def answer_request(message: Message, person: Person, update: Update) -> AnswerRequest:
    return AnswerRequest(
        idempotency_key=idempotency_key(message.bot.id if message.bot else 0, update.update_id),
        conversation=scope(message, person),
        message_id=message.message_id,
        said=content(message),
        preferences=person.preferences,
        model=person.model,
    )


def idempotency_key(bot_id: int, update_id: int) -> str:
    """Names what an update asks for."""
    return f"{bot_id}:{update_id}"


def answer_destination(message: Message) -> Destination:
    """In a group an answer names the question that it answers."""
    reply_to = None if message.chat.type == "private" else message.message_id
    return Destination(message.chat.id, topic(message), reply_to)


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


def _asked(quoted: str, words: str) -> ParsedQuestion | None:
    text = _about(quoted, words) if words else quoted
    return ParsedQuestion(text) if text else None


def _about(quoted: str, words: str) -> str:
    if not quoted:
        return words
    lines = quoted[:_LONGEST_QUOTE].splitlines()
    return "\n".join(f"> {line}" for line in lines) + f"\n\n{words}"
