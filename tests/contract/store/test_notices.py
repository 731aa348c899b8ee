"""What the owners were told already."""

from collections.abc import Awaitable, Callable

from bot.store import Store


async def test_each_is_told_once_and_not_again_after_a_restart(engine: Callable[[], Awaitable[Store]]) -> None:
    store = await engine()
    assert [await store.sent_alerts.first(name) for name in ("full", "full", "empty")] == [True, False, True]
    await store.close()
    store = await engine()
    assert not await store.sent_alerts.first("full")
    await store.close()
