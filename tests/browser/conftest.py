"""Chromium, the playground, and people at its page.

All run in one event loop of the session, because the browser is started once.
"""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser, async_playwright, expect

from bot.clock import SystemClock
from bot.playground.page import Page
from bot.playground.telegram import LocalTelegram
from tests.browser.chromium import FLAGS, MISSING, found
from tests.browser.visitor import DESK, Arrive, Visitor
from tests.playground.page_visit import TOKEN, Visit
from tests.process.local_environment import PATIENCE, BotProcess

_PLAYGROUND = ("-m", "bot", "playground", "--port", "0")
_FAILED = pytest.StashKey[bool]()

expect.set_options(timeout=1000 * PATIENCE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = found()
    if path is None:
        pytest.skip(MISSING)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def playground(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The program, and the address that it printed; the tests of a module share it."""
    process = await BotProcess.spawn(tmp_path_factory.mktemp("playground"), {}, _PLAYGROUND)
    await process.says("Playground:")
    address = re.search(r"http://\S+", process.output)
    assert address
    yield address[0]
    assert await process.stop() == 0, process.output


@pytest_asyncio.fixture(loop_scope="session")
async def arrive(chromium: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Arrive]:
    """Who came leaves at the end, without faults; where the test failed, a picture of the page says why."""
    visitors: list[Visitor] = []

    async def arrive(address: str, **kind: Any) -> Visitor:
        context = await chromium.new_context(**{"viewport": DESK, "locale": "en", **kind})
        context.set_default_timeout(1000 * PATIENCE)
        visitor = Visitor(await context.new_page(), address)
        visitors.append(visitor)
        await visitor.arrive()
        return visitor

    yield arrive
    for number, visitor in enumerate(visitors, 1):
        if request.node.stash.get(_FAILED, False):
            picture = tmp_path / f"page{number}.png"
            await visitor.page.screenshot(path=picture)
            request.node.add_report_section("teardown", "the page as it was seen last", str(picture))
        await visitor.page.context.close()
    assert [fault for visitor in visitors for fault in visitor.faults] == []


@pytest_asyncio.fixture(loop_scope="session")
async def ann(arrive: Arrive, playground: str) -> Visitor:
    """At the playground, as the first of the people, in a private chat."""
    return await arrive(playground)


@pytest_asyncio.fixture(loop_scope="session")
async def stand(chromium: Browser) -> AsyncIterator[Visit]:
    """The page of a local Telegram whose bot the test plays itself."""
    telegram = LocalTelegram(TOKEN, SystemClock(), flood=False)
    page = Page(telegram)
    await telegram.start()
    await page.start("127.0.0.1", 0)
    async with ClientSession() as http:
        yield Visit(telegram, page, http)
    await page.stop()
    await telegram.stop()
