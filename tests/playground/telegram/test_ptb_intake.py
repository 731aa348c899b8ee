"""python-telegram-bot, a client that shares no code with aiogram, takes its updates from the local Telegram: by long
polling and by webhook, with the loops that it comes with."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import telegram as ptb
from telegram.error import Conflict
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackContext,
    CallbackQueryHandler,
    CommandHandler,
    ExtBot,
    MessageHandler,
    Updater,
    filters,
)
from tornado.netutil import bind_sockets

from bot.playground.telegram import Chat, LocalTelegram, Person

TOKEN = "4242:local"
SECRET = "s-1"

AnyApplication = Application[Any, Any, Any, Any, Any, Any]
AnyContext = CallbackContext[ExtBot[None], Any, Any, Any]


@pytest.fixture
def ada(telegram: LocalTelegram) -> Person:
    return telegram.world.person("Ada")


@pytest.fixture
def chat(telegram: LocalTelegram, ada: Person) -> Chat:
    return telegram.world.private(ada)


class Guest:
    """An application as people write them: it echoes texts, answers a command and a button, and keeps what came."""

    def __init__(self, telegram: LocalTelegram) -> None:
        builder = ApplicationBuilder().token(TOKEN).job_queue(None)
        builder = builder.base_url(f"{telegram.url}/bot").base_file_url(f"{telegram.url}/file/bot")
        self.application: AnyApplication = builder.build()
        self.application.add_handler(CommandHandler("menu", self._menu))
        self.application.add_handler(MessageHandler(filters.TEXT, self._echo))
        self.application.add_handler(CallbackQueryHandler(self._pressed))
        self.seen: asyncio.Queue[ptb.Update] = asyncio.Queue()

    @property
    def updater(self) -> Updater:
        assert self.application.updater is not None
        return self.application.updater

    async def next(self) -> ptb.Update:
        async with asyncio.timeout(10):
            return await self.seen.get()

    @asynccontextmanager
    async def running(self, start: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
        async with self.application:
            await self.application.start()
            await start()
            yield
            await self.updater.stop()
            await self.application.stop()

    async def _menu(self, update: ptb.Update, context: AnyContext) -> None:
        assert update.message is not None
        button = ptb.InlineKeyboardButton("Press", callback_data="pressed:狐")
        await update.message.reply_text(f"for {context.args}", reply_markup=ptb.InlineKeyboardMarkup([[button]]))
        await self.seen.put(update)

    async def _echo(self, update: ptb.Update, context: AnyContext) -> None:
        assert update.message is not None
        await update.message.reply_text(f"echo {update.message.text}")
        await self.seen.put(update)

    async def _pressed(self, update: ptb.Update, context: AnyContext) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer("thanks", show_alert=True)
        await update.callback_query.edit_message_text(f"got {update.callback_query.data}")
        await self.seen.put(update)


@pytest.fixture
def guest(telegram: LocalTelegram) -> Guest:
    return Guest(telegram)


async def test_a_polling_application_is_handed_what_people_write(
    telegram: LocalTelegram, ada: Person, chat: Chat, guest: Guest
) -> None:
    telegram.world.say(ada, chat, "before it ran")
    async with guest.running(guest.updater.start_polling):
        await guest.next()
        said = telegram.world.say(ada, chat, "狐 🦊")
        update = await guest.next()
    assert update.effective_message is not None
    assert (update.effective_message.id, update.effective_message.text) == (said.id, "狐 🦊")
    assert update.effective_user is not None
    assert update.effective_user.id == ada.id
    assert [message.text for message in telegram.world.answers(chat)] == ["echo before it ran", "echo 狐 🦊"]


async def test_what_a_polling_application_took_is_confirmed(
    telegram: LocalTelegram, ada: Person, chat: Chat, guest: Guest
) -> None:
    async with guest.running(guest.updater.start_polling):
        telegram.world.say(ada, chat, "once")
        await guest.next()
    assert len(telegram.world.updates) == 0


async def test_old_updates_can_be_dropped_before_polling(
    telegram: LocalTelegram, ada: Person, chat: Chat, guest: Guest
) -> None:
    telegram.world.say(ada, chat, "stale")
    async with guest.running(lambda: guest.updater.start_polling(drop_pending_updates=True)):
        telegram.world.say(ada, chat, "fresh")
        update = await guest.next()
    assert update.effective_message is not None
    assert update.effective_message.text == "fresh"


async def test_a_command_brings_a_button_and_the_button_an_answer(
    telegram: LocalTelegram, ada: Person, chat: Chat, guest: Guest
) -> None:
    async with guest.running(guest.updater.start_polling):
        telegram.world.say(ada, chat, "/menu two words")
        await guest.next()
        [menu] = telegram.world.answers(chat)
        answer = telegram.world.press(ada, menu, "pressed:狐")
        update = await guest.next()
    assert menu.text == "for ['two', 'words']"
    assert update.callback_query is not None
    assert update.callback_query.from_user.id == ada.id
    assert isinstance(update.callback_query.message, ptb.Message)
    assert update.callback_query.message.id == menu.id
    shown = await answer
    assert (shown.text, shown.show_alert) == ("thanks", True)
    [menu] = telegram.world.answers(chat)
    assert (menu.text, menu.keyboard) == ("got pressed:狐", None)


async def test_only_the_kinds_that_were_asked_for_arrive(
    telegram: LocalTelegram, ada: Person, chat: Chat, guest: Guest
) -> None:
    async with guest.running(lambda: guest.updater.start_polling(allowed_updates=[ptb.Update.MESSAGE])):
        await telegram.world.until(lambda: telegram.world.updates.is_polled)
        telegram.world.edit(ada, telegram.world.say(ada, chat, "first"), "changed")
        telegram.world.say(ada, chat, "second")
        texts = [(await guest.next()).effective_message for _ in range(2)]
    assert [message and message.text for message in texts] == ["first", "second"]


async def test_the_first_of_two_pollers_is_told_of_the_conflict(telegram: LocalTelegram) -> None:
    url = f"{telegram.url}/bot"
    async with ptb.Bot(TOKEN, base_url=url) as first, ptb.Bot(TOKEN, base_url=url) as second:
        waiting = asyncio.create_task(first.get_updates(timeout=50))
        await telegram.world.until(lambda: telegram.world.updates.is_polled)
        assert await second.get_updates() == ()
        with pytest.raises(Conflict, match="only one bot instance"):
            await waiting


@pytest.fixture
def listener() -> socket.socket:
    """A free port of the loopback, already bound; the webhook's server closes it."""
    [bound] = bind_sockets(0, "127.0.0.1")
    return bound


Hook = Callable[[], Awaitable[object]]


@pytest.fixture
def hook(guest: Guest, listener: socket.socket) -> Hook:
    """Serves a webhook and registers it. ``unix`` is how the updater takes a socket that is bound, of any family."""
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/tg"
    return lambda: guest.updater.start_webhook(url_path="tg", webhook_url=url, unix=listener, secret_token=SECRET)


async def test_a_webhook_is_handed_what_people_write(
    telegram: LocalTelegram, ada: Person, chat: Chat, guest: Guest, hook: Hook
) -> None:
    async with guest.running(hook):
        telegram.world.say(ada, chat, "狐 🦊")
        update = await guest.next()
        info = await guest.application.bot.get_webhook_info()
    assert update.effective_message is not None
    assert update.effective_message.text == "狐 🦊"
    assert info.url.endswith("/tg")
    assert info.last_error_message is None
    assert [message.text for message in telegram.world.answers(chat)] == ["echo 狐 🦊"]


async def test_a_webhook_with_another_secret_gets_nothing_and_is_called_again(
    telegram: LocalTelegram, ada: Person, chat: Chat, guest: Guest, hook: Hook
) -> None:
    bot = guest.application.bot
    async with guest.running(hook):
        url = (await bot.get_webhook_info()).url
        await bot.set_webhook(url, secret_token="another")
        said = telegram.world.say(ada, chat, "for whom?")
        async with asyncio.timeout(10):
            while (refused := await bot.get_webhook_info()).last_error_message is None:
                pass  # the refusal is still on its way back
        assert guest.seen.empty()
        await bot.set_webhook(url, secret_token=SECRET)
        update = await guest.next()
    assert refused.last_error_message == "Wrong response from the webhook: 403 Request had the wrong secret token"
    assert refused.pending_update_count == 1
    assert update.effective_message is not None
    assert update.effective_message.id == said.id


async def test_polling_is_refused_while_there_is_a_webhook(guest: Guest, hook: Hook) -> None:
    bot = guest.application.bot
    async with guest.running(hook):
        with pytest.raises(Conflict, match="webhook is active"):
            await bot.get_updates()
        await bot.delete_webhook()
        assert await bot.get_updates() == ()
