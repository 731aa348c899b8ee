"""A store to be tested, on each engine there is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.store import Store
from tests.contract.store.engines import ENGINES


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Awaitable[Store]]:
    """Opens the store of this test; once more after it was closed, as a restart does."""
    return lambda: ENGINES[request.param](tmp_path)


@pytest.fixture
async def store(engine: Callable[[], Awaitable[Store]]) -> AsyncIterator[Store]:
    store = await engine()
    yield store
    await store.close()
