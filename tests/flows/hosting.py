"""Applications of other people, in which the bot is mounted: one built with aiogram, one with python-telegram-bot.

Both have the same handlers of their own: /start, /help, /buttons, a button whose data begins as one of ours does, and,
last of all, whatever else is said.
"""

import asyncio
from abc import ABC, abstractmethod
from typing import Any

import telegram as ptb
from aiogram import Bot, Dispatcher, F
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import Command
from aiogram.types import CallbackQuery, ChatMemberUpdated, InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackContext,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot.embed import Embedded
from bot.settings import load
from tests.flows.stage import PATIENCE, TOKEN, QuickClock, Stage

BUTTON = "m:mine"


def embedded(stage: Stage, **options: Any) -> Embedded:
    """With nothing but what the stage offers; running answers get a moment when the host ends."""
    env = {
        "TELEGRAM_API_URL": stage.telegram.url,
        "SILICONFLOW_API_KEY": "sk-local",
        "SILICONFLOW_BASE_URL": stage.siliconflow.url,
        "IMAGE_TRUSTED_HOSTS": stage.siliconflow.storage.name,
        "SILICONFLOW_IPM": "0",
    }
    return Embedded(TOKEN, load(env, stage.path), **{"grace": 0.1, "clock": QuickClock(), **options})


class Host(ABC):
    """``heard``: what came to its own handlers; in private chats it also answers."""

    def __init__(self, stage: Stage) -> None:
        self.heard: list[str] = []
        self._url = stage.telegram.url
        self._here = asyncio.get_running_loop()
        self._news = asyncio.Event()

    async def until_heard(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.heard) < count:
                self._news.clear()
                await self._news.wait()

    def _hear(self, what: str) -> None:
        self.heard.append(what)
        self._here.call_soon_threadsafe(self._news.set)

    @abstractmethod
    async def start(self, silicon: Embedded) -> None: ...

    @abstractmethod
    async def stop(self) -> None: ...


class AiogramHost(Host):
    """Its handlers are on the dispatcher itself, which asks them before any router."""

    async def start(self, silicon: Embedded) -> None:
        session = AiohttpSession(api=TelegramAPIServer.from_base(self._url))
        bot = Bot(TOKEN, session=session, default=DefaultBotProperties(parse_mode="HTML"))
        self.dispatcher = dispatcher = Dispatcher()
        dispatcher.message.register(self._say, Command("start", "help"))
        dispatcher.message.register(self._show_button, Command("buttons"))
        dispatcher.message.register(self._say, F.text)
        dispatcher.callback_query.register(self._pressed)
        dispatcher.my_chat_member.register(self._moved)
        dispatcher.include_router(silicon.router())
        self._task = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False))

    async def stop(self) -> None:
        await self.dispatcher.stop_polling()
        await self._task

    async def _say(self, message: Message) -> None:
        self._hear(message.text or "")
        if message.chat.type == "private":
            await message.answer(f"host: {message.text}")

    async def _show_button(self, message: Message) -> None:
        button = InlineKeyboardButton(text="mine", callback_data=BUTTON)
        await message.answer("host: buttons", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button]]))

    async def _pressed(self, query: CallbackQuery) -> None:
        self._hear(query.data or "")
        await query.answer("host: pressed")

    async def _moved(self, _: ChatMemberUpdated) -> None:
        self._hear("moved")


class PtbHost(Host):
    """In a thread, because ``run_polling`` has an event loop of its own; updates are handled one after another."""

    async def start(self, silicon: Embedded) -> None:
        builder = ApplicationBuilder().token(TOKEN).base_url(f"{self._url}/bot")
        builder = builder.get_updates_pool_timeout(PATIENCE)  # a second is not enough on a busy machine
        self._application: Application[Any, Any, Any, Any, Any, Any] = (
            builder.post_init(self._began).post_shutdown(self._ended).build()
        )
        self._application.add_handlers(
            [
                CommandHandler(["start", "help"], self._say),
                CommandHandler("buttons", self._show_button),
                MessageHandler(filters.TEXT, self._say),
                CallbackQueryHandler(self._pressed),
                ChatMemberHandler(self._moved),
            ]
        )
        silicon.attach_ptb(self._application)
        self.began, self.ended = asyncio.Event(), False
        self._task = asyncio.create_task(asyncio.to_thread(self._run))

    def _run(self) -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        self._application.run_polling(stop_signals=None)

    async def stop(self) -> None:
        await self.began.wait()
        if not self._task.done():
            self._loop.call_soon_threadsafe(self._application.stop_running)
        await self._task
        assert self.ended, "the host's own end was forgotten"

    async def _began(self, _: Any) -> None:
        self._loop = asyncio.get_running_loop()
        self._here.call_soon_threadsafe(self.began.set)

    async def _ended(self, _: Any) -> None:
        self.ended = True

    async def _say(self, update: ptb.Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        message = update.effective_message
        assert message is not None
        self._hear(message.text or "")
        if message.chat.type == "private":
            await message.reply_text(f"host: {message.text}")

    async def _show_button(self, update: ptb.Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        assert update.message is not None
        keyboard = ptb.InlineKeyboardMarkup([[ptb.InlineKeyboardButton("mine", callback_data=BUTTON)]])
        await update.message.reply_text("host: buttons", reply_markup=keyboard)

    async def _pressed(self, update: ptb.Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        assert update.callback_query is not None
        self._hear(update.callback_query.data or "")
        await update.callback_query.answer("host: pressed")

    async def _moved(self, _: ptb.Update, __: CallbackContext[Any, Any, Any, Any]) -> None:
        self._hear("moved")
