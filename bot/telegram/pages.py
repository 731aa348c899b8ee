"""A document of the bot's own into a chat: in the best form that Telegram takes, in as many messages as it needs."""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from aiogram.types import InlineKeyboardMarkup

from bot.telegram.markdown import OutgoingMessage
from bot.telegram.message_sender import Destination, MessageGone, MessageSender, OutcomeUnknown, RichRefused

log = logging.getLogger(__name__)


async def show(
    message_sender: MessageSender,
    destination: Destination,
    parts: Sequence[OutgoingMessage],
    keyboard: InlineKeyboardMarkup | None = None,
    *,
    message: int | None = None,
) -> int | None:
    """The message of the first part, if that is known.

    ``message``: one that is there already, for the first part. ``keyboard``: below the last one.

    Raises :class:`bot.telegram.message_sender.Undeliverable`. What may have arrived is not sent again.
    """
    first: int | None = None
    waiting = deque(parts)
    while waiting:
        part = waiting.popleft()
        below = None if waiting else keyboard
        try:
            if message is not None:
                await message_sender.edit(destination.chat_id, message, part, below)
            else:
                message = await message_sender.send(destination, part, below)
        except RichRefused:
            waiting.extendleft(reversed(part.fallback()))
            continue
        except MessageGone:
            waiting.appendleft(part)
            message = None
            continue
        except OutcomeUnknown as error:
            log.error("Whether a message arrived in chat %d cannot be known (%s)", destination.chat_id, error)
        first, message, destination = first or message, None, replace(destination, reply_to=None)
    return first
