"""The local provider, and a client that is let in."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.clock import FakeClock
from bot.playground.siliconflow import LocalSiliconFlow


@pytest.fixture
async def server(clock: FakeClock) -> AsyncIterator[LocalSiliconFlow]:
    server = LocalSiliconFlow(clock)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer sk-local"}) as client:
        yield client
