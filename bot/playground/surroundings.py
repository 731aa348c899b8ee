"""What surrounds the bot in the playground: a local Telegram full of people, and a local SiliconFlow or a real one."""

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
from bot.playground.telegram import LocalTelegram, World
from bot.playground.telegram.seed import seed
from bot.settings import Settings

_TOKEN: Final = "4200:playground"  # noqa: S105 - opens nothing but the local Telegram of this process
_KEY: Final = "sk-local"

_GROUP = "周末徒步 · Weekend hike"
_TALK = (
    ("小明", "周六去香山怎么样？早上八点，地铁站集合"),
    ("Ann", "Sounds good! Is it very steep? I only have running shoes."),
    ("Bob", "There are stairs all the way, shoes are fine. I'll bring snacks 🍪"),
    ("小明", "带够水，山上卖得贵。下午四点前能回来"),
    ("Ann", "Saturday at 8 then. Let's ask the bot for a packing list: just mention it."),
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``siliconflow`` None: the configured providers answer, and may cost money. ``settings``: the bot's in between,
    with a database in ``folder``, which goes when the surroundings go: a message's number means another one next time.
    """

    telegram: LocalTelegram
    siliconflow: LocalSiliconFlow | None
    settings: Settings
    folder: Path


@asynccontextmanager
async def surroundings(settings: Settings, speed: Speed = HUMAN) -> AsyncIterator[Surroundings]:
    """Two servers on free loopback ports, and people who have already talked. ``speed``: of the local answers."""
    costs = bool(settings.siliconflow_api_key or settings.file.providers)
    telegram = LocalTelegram(_TOKEN, SystemClock())
    siliconflow = None if costs else LocalSiliconFlow(SystemClock(), keys=(_KEY,), speed=speed)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="siliconbot-")))
        await telegram.start()
        stack.push_async_callback(telegram.stop)
        if siliconflow is not None:
            await siliconflow.start()
            stack.push_async_callback(siliconflow.stop)
        _populate(telegram.world)
        yield Surroundings(telegram, siliconflow, _derived(settings, telegram, siliconflow, folder), folder)


def _derived(
    settings: Settings, telegram: LocalTelegram, siliconflow: LocalSiliconFlow | None, directory: Path
) -> Settings:
    """The given settings, but for the world outside; ``siliconflow`` None: the configured providers answer."""
    update: dict[str, object] = {
        "telegram_bot_token": SecretStr(_TOKEN),
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


def _populate(world: World) -> None:
    """Somebody to be, a group in which people talk, and one with a past to be summed up; the bot hears all of it."""
    world.privacy = False
    people = {
        "Ann": world.person("Ann", username="ann", language="en"),
        "小明": world.person("小明", username="xiaoming", language="zh-hans"),
        "Bob": world.person("Bob", username="bob", language="en"),
    }
    for person in people.values():
        world.private(person)
    group = world.group(_GROUP, *people.values())
    for name, text in _TALK:
        world.say(people[name], group, text)
    past = seed(world)
    past.chat.members.update((person.id, "member") for person in people.values())
