"""The playground: the whole bot in this process, between a local Telegram and a local SiliconFlow, in the browser."""

import asyncio
import errno
import logging
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pydantic import SecretStr

from bot.app import serve
from bot.assembly import registry
from bot.clock import SystemClock
from bot.playground.page import Page
from bot.playground.siliconflow import HUMAN, LocalSiliconFlow
from bot.playground.telegram import LocalTelegram, World
from bot.playground.telegram.seed import seed
from bot.settings import Settings

log = logging.getLogger(__name__)

_TOKEN: Final = "4200:playground"  # noqa: S105 - opens nothing but the local Telegram of this process
_KEY: Final = "sk-local"
_LEAVING: Final = 1.0  # seconds in which a running answer may end by itself

_GROUP = "周末徒步 · Weekend hike"
_TALK = (
    ("小明", "周六去香山怎么样？早上八点，地铁站集合"),
    ("Ann", "Sounds good! Is it very steep? I only have running shoes."),
    ("Bob", "There are stairs all the way, shoes are fine. I'll bring snacks 🍪"),
    ("小明", "带够水，山上卖得贵。下午四点前能回来"),
    ("Ann", "Saturday at 8 then. Let's ask the bot for a packing list: just mention it."),
)
_LOCAL = """
  Telegram and SiliconFlow are local stand-ins: no token, no key, no cost. For real answers set SILICONFLOW_API_KEY,
  for the real Telegram TELEGRAM_BOT_TOKEN (see .env.example). Ctrl-C ends it.
  Telegram 与硅基流动均为本地模拟：不需要令牌和密钥，不产生费用。设置 SILICONFLOW_API_KEY 即由真实模型回答，
  设置 TELEGRAM_BOT_TOKEN 即连接真正的 Telegram（见 .env.example）。按 Ctrl-C 结束。"""
_COSTS = """
  Telegram is a local stand-in; answers come from the configured provider and may cost money. For the real Telegram
  set TELEGRAM_BOT_TOKEN (see .env.example) and use the command run. Ctrl-C ends it.
  Telegram 为本地模拟；回答来自所配置的模型服务，可能产生费用。设置 TELEGRAM_BOT_TOKEN（见 .env.example）
  并使用 run 命令，即连接真正的 Telegram。按 Ctrl-C 结束。"""


def run(settings: Settings, host: str, port: int) -> int:
    """Until SIGTERM or Ctrl-C; the exit code. Raises SettingsError for a ``bot.toml`` that does not fit."""
    try:
        asyncio.run(_until_signal(settings, host, port))
    except OSError as error:
        log.error("The playground cannot run: %s", error)
        return 1
    return 0


async def _until_signal(settings: Settings, host: str, port: int) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await play(settings, host, port, ended)


async def play(settings: Settings, host: str, port: int, ended: asyncio.Event) -> None:
    """The database goes with the process, as the chats do: a message's number means another message next time."""
    costs = bool(settings.siliconflow_api_key or settings.file.providers)
    telegram = LocalTelegram(_TOKEN, SystemClock())
    siliconflow = None if costs else LocalSiliconFlow(SystemClock(), keys=(_KEY,), speed=HUMAN)
    page = Page(telegram, costs=costs)
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(TemporaryDirectory(prefix="siliconbot-"))
        await telegram.start()
        stack.push_async_callback(telegram.stop)
        if siliconflow is not None:
            await siliconflow.start()
            stack.push_async_callback(siliconflow.stop)
        derived = _derived(settings, telegram, siliconflow, Path(directory))
        registry(derived)  # a bot.toml that does not fit is refused before an address is printed
        _populate(telegram.world)
        await _open(page, host, port)
        stack.push_async_callback(page.stop)
        _announce(host, page.port, _COSTS if costs else _LOCAL)
        await serve(derived, ended, grace=_LEAVING)


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


async def _open(page: Page, host: str, port: int) -> None:
    """Where the port is taken, any free one: a newcomer gets a page, whatever else runs on the machine."""
    try:
        await page.start(host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE or port == 0:
            raise
        log.warning("Port %d is taken; the page is at another one", port)
        await page.start(host, 0)


def _announce(host: str, port: int, about: str) -> None:
    everywhere = host in {"0.0.0.0", "::", ""}  # noqa: S104 - compared, not listened on
    if everywhere:
        log.warning("The playground listens on every address of this machine: whoever reaches it can use it")
    name = "127.0.0.1" if everywhere else f"[{host}]" if ":" in host else host
    print(f"Playground: http://{name}:{port}{about}", flush=True)  # noqa: T201 - what the command has to say
