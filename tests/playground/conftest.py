"""A browser at the chat page."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from bot.clock import SystemClock
from bot.playground.page import Page
from bot.playground.telegram import LocalTelegram
from tests.playground.page_visit import TOKEN, Visit


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    telegram = LocalTelegram(TOKEN, SystemClock(), flood=False)
    page = Page(telegram)
    await telegram.start()
    await page.start("127.0.0.1", 0)
    async with ClientSession() as http:
        visit = Visit(telegram, page, http)
        yield visit
        visit.leave()
    await page.stop()
    await telegram.stop()
