"""What the world sends: each file one kind of it, each row with the source that it was met in."""

from collections.abc import AsyncIterator

import pytest

from tests.world.provider import ScriptedChat, scripted_chat


@pytest.fixture
async def chat() -> AsyncIterator[ScriptedChat]:
    async with scripted_chat() as chat:
        yield chat
