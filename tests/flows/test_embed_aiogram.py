"""What only an application of aiogram can do to the bot that is mounted in it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiogram import Bot, Dispatcher, Router
from aiogram.types import Message, TelegramObject, Update

from bot.embed.update_matcher import KINDS
from bot.playground.siliconflow import Script
from tests.flows.hosting import embedded
from tests.flows.stage import TOKEN, Stage


class Silent:
    """A host that is fed by hand and only hears. ``banned``: whose messages its middleware stops."""

    def __init__(self, stage: Stage) -> None:
        self.heard: list[str] = []
        self.banned: set[int] = set()
        self.dispatcher = Dispatcher()
        self.dispatcher.message.register(self._hear)
        self.dispatcher.message.outer_middleware(self._stop_banned)
        parent = Router()
        parent.include_router(embedded(stage).router())
        self.dispatcher.include_router(parent)

    async def _hear(self, message: Message) -> None:
        self.heard.append(message.text or "")

    async def _stop_banned(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        return None if data["event_from_user"].id in self.banned else await handler(event, data)

    async def feed(self, stage: Stage, text: str, *, number: int = 1, token: str = TOKEN) -> None:
        person = {"id": stage.ann.id, "is_bot": False, "first_name": "Ann", "language_code": "en"}
        chat = {"id": stage.ann.id, "type": "private", "first_name": "Ann"}
        message = {"message_id": 1, "date": 1_800_000_000, "chat": chat, "from": person, "text": text}
        bot = Bot(token)
        update = Update.model_validate({"update_id": number, "message": message}, context={"bot": bot})
        await self.dispatcher.feed_update(bot, update)


@pytest.fixture
async def host(empty_stage: Stage) -> AsyncIterator[Silent]:
    host = Silent(empty_stage)
    empty_stage.say(empty_stage.ann, empty_stage.room, "hi")  # or the bot could not write to her
    await host.dispatcher.emit_startup()
    yield host
    await host.dispatcher.emit_shutdown()


async def test_telegram_is_asked_for_all_kinds_of_updates_that_are_ours(host: Silent) -> None:
    assert set(host.dispatcher.resolve_used_update_types()) == KINDS


async def test_an_update_that_comes_twice_is_answered_once(empty_stage: Stage, host: Silent) -> None:
    stage = empty_stage
    stage.siliconflow.answers.push(Script(["One."]))
    await host.feed(stage, "/ask how many?")
    await host.feed(stage, "/ask how many?")
    await stage.lasting(stage.room, 0)
    await host.feed(stage, "/ask and now?", number=2)
    await stage.lasting(stage.room, 1)
    assert len(stage.siliconflow.journal.chats) == 2
    assert host.heard == []


async def test_the_hosts_middlewares_hold_for_our_commands(empty_stage: Stage, host: Silent) -> None:
    host.banned.add(empty_stage.ann.id)
    await host.feed(empty_stage, "/ask how many?")
    host.banned.clear()
    await host.feed(empty_stage, "/ask and now?", number=2)
    await empty_stage.lasting(empty_stage.room, 0)
    assert len(empty_stage.siliconflow.journal.chats) == 1


async def test_updates_of_another_bot_of_the_dispatcher_are_left_alone(empty_stage: Stage, host: Silent) -> None:
    await host.feed(empty_stage, "/ask how many?", token="77:other")
    assert host.heard == ["/ask how many?"]


async def test_all_is_left_to_the_host_before_the_start_and_after_the_end(empty_stage: Stage) -> None:
    host = Silent(empty_stage)
    await host.feed(empty_stage, "/ask too early?")
    await host.dispatcher.emit_startup()
    await host.dispatcher.emit_shutdown()
    await host.feed(empty_stage, "/ask too late?", number=2)
    assert host.heard == ["/ask too early?", "/ask too late?"]
