"""What surrounds the bot in the playground: a local Telegram full of people, and a local SiliconFlow or a real one."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pydantic import SecretStr

from bot.clock import SystemClock
from bot.playground.siliconflow import HUMAN, LocalSiliconFlow
from bot.playground.siliconflow.speed import Speed
from bot.playground.telegram import LocalTelegram, TelegramSimulator
from bot.playground.telegram.seed import seed, seed_weekend
from bot.settings import Settings

_KEY: Final = "sk-local"


@dataclass(frozen=True, slots=True)
class LocalEnvironment:
    """``siliconflow`` None: the configured providers answer, and may be paid. ``settings``: the bot's in between,
    with a database in ``folder``, which goes when the surroundings go: a message's number means another one next time.
    """

    telegram: LocalTelegram
    siliconflow: LocalSiliconFlow | None
    settings: Settings
    folder: Path

    @property
    def free(self) -> bool:
        """The configured providers want no key, and their models have no price."""
        tables = self.settings.providers.values()
        priced = any(not model.price.value().free for table in tables for model in table.models)
        return self.siliconflow is None and not priced and not any(table.api_key for table in tables)

    @property
    def costs(self) -> bool:
        return self.siliconflow is None and not self.free


@asynccontextmanager
async def surroundings(
    settings: Settings, speed: Speed = HUMAN, token: str | None = None
) -> AsyncIterator[LocalEnvironment]:
    """Two servers on free loopback ports, and people who have already talked. ``speed``: of the local answers.
    ``token``: the only one that the local Telegram knows; None: one that nobody can guess.
    """
    is_real = bool(settings.siliconflow_api_key or settings.file.providers)
    telegram = LocalTelegram(token or f"4200:{secrets.token_urlsafe(24)}", SystemClock())
    siliconflow = None if is_real else LocalSiliconFlow(SystemClock(), keys=(_KEY,), speed=speed)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="siliconbot-")))
        await telegram.start()
        stack.push_async_callback(telegram.stop)
        if siliconflow is not None:
            await siliconflow.start()
            stack.push_async_callback(siliconflow.stop)
        _populate(telegram.world)
        yield LocalEnvironment(telegram, siliconflow, _derived(settings, telegram, siliconflow, folder), folder)


def _derived(
    settings: Settings, telegram: LocalTelegram, siliconflow: LocalSiliconFlow | None, directory: Path
) -> Settings:
    """The given settings, but for the world outside; ``siliconflow`` None: the configured providers answer."""
    update: dict[str, object] = {
        "telegram_bot_token": SecretStr(telegram.token),
        "telegram_api_url": telegram.url,
        "webhook_url": None,
        "webhook_secret": None,
        "database_url": f"sqlite:///{directory / 'bot.db'}",
        "bot_owner_ids": frozenset(),
        "bot_allowed_ids": frozenset(),
    }
    if siliconflow is not None:
        update |= {"siliconflow_api_key": (SecretStr(_KEY),), "siliconflow_base_url": siliconflow.url}
        update["image_trusted_hosts"] = frozenset({siliconflow.storage.name})
    return settings.model_copy(update=update)


def _populate(world: TelegramSimulator) -> None:
    """Somebody to be, a group of these people, and a forum of others; the bot hears all of it. Bob's chat with it has
    topics, those of the others do not."""
    world.privacy = False
    people = {
        "Ann": world.person("Ann", username="ann", language="en"),
        "小明": world.person("小明", username="xiaoming", language="zh-hans"),
        "Bob": world.person("Bob", username="bob", language="en"),
    }
    world.private_topics = True
    for person in people.values():
        world.private(person).in_topics = person is people["Bob"]
    seed_weekend(world, people)
    past = seed(world)
    past.chat.members.update((person.id, "member") for person in people.values())
