"""Who speaks, looked up once for each update and handed to the handlers as ``person``; and whether they are let in."""

import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

from aiogram import BaseMiddleware, Bot
from aiogram.types import CallbackQuery, Chat, Message, TelegramObject

from bot.billing.quota_plan import Members
from bot.clock import Clock
from bot.domain.conversation import ConversationKey
from bot.domain.message import slash_command
from bot.domain.preferences import Preferences, PreferencesRepository
from bot.telegram.message_sender import reply
from bot.telegram.texts import LANGUAGES, Language, Texts, language_of

log = logging.getLogger(__name__)

_HOUR: Final = 3600.0  # seconds
_REMEMBERED: Final = 10_000  # who was refused, and where


@dataclass(frozen=True, slots=True)
class Person:
    """The speaker of an update."""

    id: int  # the user's, or of the chat that somebody speaks for
    preferences: Preferences
    model: str | None  # the id chosen in this chat
    texts: Texts  # in their language


class PersonMiddleware(BaseMiddleware):
    """Of messages and button presses; other bots, and what has no sender, go no further."""

    def __init__(self, repository: PreferencesRepository) -> None:
        self._repository = repository

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        message = event if isinstance(event, Message) else getattr(event, "message", None)
        if not isinstance(event, Message | CallbackQuery) or message is None:
            return None
        user = event.from_user
        speaker = sender(event)
        if speaker is None or (user is not None and user.is_bot and speaker == user.id):
            return None
        preferences, model = await self._repository.choices(speaker, message.chat.id)
        texts = Texts(language(preferences, user.language_code if user else None))
        return await handler(event, {**data, "person": Person(speaker, preferences, model, texts)})


class AccessMiddleware(BaseMiddleware):
    """Stops the updates of those who may not use the bot; in a private chat, and at a button, they are told how to be
    let in. That is said, and logged by ids alone, once an hour. Follows :class:`PersonMiddleware`.

    Nobody is shut out from what is kept of them: ``commands`` are those about it, ``presses`` how the data of their
    buttons begin.
    """

    def __init__(self, members: Members, clock: Clock, commands: Collection[str], presses: Collection[str]) -> None:
        self._members = members
        self._commands = commands
        self._presses = presses
        self._clock = clock
        self._refused: dict[tuple[int, int], float] = {}  # when, by person and chat; the oldest first

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        person: Person = data["person"]
        message = event if isinstance(event, Message) else getattr(event, "message", None)
        if message is not None and self._members.admits(person.id, message.chat.id):
            return await handler(event, data)
        if await self._is_open(event, data["bot"]):
            return await handler(event, data)
        if message is not None:
            await self._refuse(event, person, message.chat)
        return None

    async def _is_open(self, event: TelegramObject, bot: Bot) -> bool:
        if isinstance(event, CallbackQuery):
            return (event.data or "").partition(":")[0] in self._presses
        if not isinstance(event, Message) or event.edit_date is not None:
            return False
        written = slash_command(event.text or event.caption or "")
        if written is None or written.name not in self._commands:
            return False
        return not written.mention or written.is_for((await bot.me()).username or "")

    async def _refuse(self, event: TelegramObject, person: Person, chat: Chat) -> None:
        refusal = person.texts("access.private", id=person.id)
        is_news = self._is_news(person.id, chat.id)
        if is_news:
            log.info("User %d was not let in, in chat %d", person.id, chat.id)
        if isinstance(event, CallbackQuery):
            await (event.answer(refusal, show_alert=True) if is_news else event.answer())
        elif is_news and isinstance(event, Message) and chat.type == "private" and event.edit_date is None:
            await reply(event, refusal)

    def _is_news(self, user_id: int, chat_id: int) -> bool:
        """Whether that was not refused within the last hour."""
        now, key = self._clock.monotonic(), (user_id, chat_id)
        if now - self._refused.get(key, -_HOUR) < _HOUR:
            return False
        self._refused.pop(key, None)
        self._refused[key] = now
        if len(self._refused) > _REMEMBERED:
            del self._refused[next(iter(self._refused))]
        return True


def sender(event: Message | CallbackQuery) -> int | None:
    """Anonymous admins and channels speak through a bot's account; they are told apart by the chat they speak for."""
    if isinstance(event, Message) and event.sender_chat is not None:
        return event.sender_chat.id
    return event.from_user.id if event.from_user is not None else None


def topic(message: Message) -> int | None:
    """The topic to answer in; replies outside of forums carry a thread id that is none."""
    return message.message_thread_id if message.is_topic_message else None


def scope(message: Message, person: Person) -> ConversationKey:
    return ConversationKey(message.chat.id, topic(message) or 0, person.id)


def language(preferences: Preferences, code: str | None) -> Language:
    """The chosen one, else that of the person's Telegram (its code)."""
    chosen = next((known for known in LANGUAGES if known == preferences.language), None)
    return chosen or language_of(code)
