"""A Telegram of ours that is listening."""

from collections.abc import AsyncIterator

import pytest

from bot.clock import FakeClock
from bot.playground.telegram import LocalTelegram


@pytest.fixture
async def telegram(clock: FakeClock) -> AsyncIterator[LocalTelegram]:
    telegram = LocalTelegram("4242:local", clock)
    await telegram.start()
    yield telegram
    await telegram.stop()
