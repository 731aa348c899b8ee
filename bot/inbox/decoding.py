"""Telegram's JSON as aiogram's objects. Rich messages are taken out of it before pydantic sees them.

aiogram 3.31 validates nested rich text by trying every kind at every level: five nested formats take 12 seconds, and
an unknown kind fails the whole answer (measured 2026-11-23). So the blocks are moved to a field that pydantic keeps as
it is.
"""

import json
from collections.abc import Collection
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.types import Message, Update
from pydantic import ValidationError

from bot.inbox.intake import Undecodable

RAW_FIELD = "rich_message_raw"


def strip_rich_messages(data: Any) -> Any:
    """Move each ``rich_message``'s content to ``rich_message_raw`` beside it, leaving no blocks; changes ``data``.

    Once more changes nothing more: an update is read on its arrival, and again before it is handled.
    """
    stack = [data]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(value)
        elif isinstance(value, dict):
            rich, raw = value.pop("rich_message", None), value.pop(RAW_FIELD, None)
            stack.extend(value.values())
            if isinstance(rich, dict):
                value[RAW_FIELD] = rich if raw is None else raw
                value["rich_message"] = {"blocks": []}
    return data


def loads(text: str) -> Any:
    """``json.loads`` for all that comes from Telegram; cheap where no rich message is in it."""
    data = json.loads(text)
    return strip_rich_messages(data) if '"rich_message"' in text else data


def decode_update(raw: dict[str, Any], telegram: Bot) -> Update:
    """Changes ``raw``. Raises :class:`Undecodable`."""
    try:
        return Update.model_validate(strip_rich_messages(raw), context={"bot": telegram})
    except (ValidationError, RecursionError) as error:
        raise Undecodable(f"{type(error).__name__}: {str(error)[:300]}") from error


def decode_message(raw: Any) -> Message | None:
    """None where it is no message. Changes ``raw``."""
    try:
        return Message.model_validate(strip_rich_messages(raw))
    except (ValidationError, RecursionError):
        return None


class DispatcherFeed:
    """Hands decoded updates to a dispatcher, as the ``handle`` of an :class:`bot.inbox.intake.Intake`."""

    def __init__(self, dispatcher: Dispatcher, telegram: Bot, kinds: Collection[str]) -> None:
        self._dispatcher = dispatcher
        self._telegram = telegram
        self._kinds = kinds  # of updates that somebody handles; others are not even decoded

    async def handle(self, raw: dict[str, Any]) -> None:
        """Returns when it is answered. Raises :class:`Undecodable`, and whatever a handler raises."""
        if any(kind in raw for kind in self._kinds):
            await self._dispatcher.feed_update(self._telegram, decode_update(raw, self._telegram))
