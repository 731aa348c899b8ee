"""The two local servers alone, for a bot that somebody else builds: they write to it on the chat page.

What is printed is a ``.env`` file. Any bot that lets its base URLs be set can be tested so, in any language.
"""

import asyncio
import logging
import signal
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.playground.local_environment import LocalEnvironment, surroundings
from bot.playground.page import Page
from bot.settings import load

log = logging.getLogger(__name__)


def run(host: str, port: int, token: str | None) -> int:
    """Until SIGTERM or Ctrl-C; the exit code. ``host``, ``port``: of the page; the servers take free loopback ports.

    ``token`` None: a random one. The settings play no part: no real provider is asked, whatever key is set.
    """
    try:
        asyncio.run(_until_signal(host, port, token))
    except OSError as error:
        log.error("The servers cannot run: %s", error)
        return 1
    return 0


async def _until_signal(host: str, port: int, token: str | None) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    with TemporaryDirectory(prefix="siliconbot-") as nowhere:
        async with surroundings(load({}, Path(nowhere)), token=token) as around:
            page = Page(around.telegram)
            await page.start(host, port)
            try:
                print(_announcement(around, page.address), flush=True)  # noqa: T201 - its purpose
                await ended.wait()
            finally:
                await page.stop()


def _announcement(around: LocalEnvironment, page: str) -> str:
    assert around.siliconflow is not None  # noqa: S101 - nothing else was set up
    [key] = around.settings.siliconflow_api_key
    return f"""\
# A local Telegram and a local SiliconFlow, for a bot under test; nothing leaves this machine. Ctrl-C ends them.
# 本地模拟的 Telegram 与硅基流动，供测试机器人使用；不会连接外部网络。按 Ctrl-C 结束。
TELEGRAM_API_URL={around.telegram.url}
TELEGRAM_BOT_TOKEN={around.telegram.token}
SILICONFLOW_BASE_URL={around.siliconflow.url}
SILICONFLOW_API_KEY={key.get_secret_value()}
# Drawn pictures are fetched from / 图片下载地址：
IMAGE_TRUSTED_HOSTS={around.siliconflow.storage.name}
# Write to the bot in the browser / 在浏览器中与机器人对话： {page}"""
