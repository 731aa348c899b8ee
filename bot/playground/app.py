"""The playground: the bot, a process of its own, between a local Telegram and a local SiliconFlow, in the browser."""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from typing import Any

from bot.config_mapping import registry
from bot.playground.local_environment import surroundings
from bot.playground.page import EVERYWHERE, Page
from bot.playground.process.supervisor import ProcessSupervisor
from bot.playground.workshop import Inspector, Switches
from bot.settings import Settings

log = logging.getLogger(__name__)

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

_FREE = """
  Telegram is a local stand-in; answers come from your own server. For the real Telegram set TELEGRAM_BOT_TOKEN (see
  .env.example) and use the command run. Ctrl-C ends it.
  Telegram 为本地模拟；回答来自你自己的服务器。设置 TELEGRAM_BOT_TOKEN（见 .env.example）并使用 run 命令，
  即连接真正的 Telegram。按 Ctrl-C 结束。"""


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
    """Until ``ended`` is set. Raises OSError, and SettingsError for a ``bot.toml`` that does not fit."""
    async with surroundings(settings) as around:
        registry(around.settings)  # a bot.toml that does not fit is refused before an address is printed
        keeper = ProcessSupervisor()
        workshop = Inspector(around.telegram.feed, Switches(around.telegram, around.siliconflow), keeper.kill)
        page = Page(around.telegram, costs=around.costs, free=around.free, routes=workshop.routes)
        await page.start(host, port)
        try:
            if host in EVERYWHERE:
                log.warning("The playground listens on every address of this machine: whoever reaches it can use it")
            told = _COSTS if around.costs else _FREE if around.free else _LOCAL
            print(f"Playground: {page.address}{told}", flush=True)  # noqa: T201 - its purpose
            with workshop.listening():
                await _until(ended, keeper.keep(around.settings, workshop.hear))
        finally:
            await keeper.close()
            await page.stop()


async def _until(ended: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do the work until ``ended`` is set; what it raises is raised."""
    working, waiting = asyncio.create_task(work), asyncio.create_task(ended.wait())
    await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if working.done():
        working.result()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
