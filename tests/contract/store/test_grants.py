"""What was admitted, as it was used in the end."""

from bot.store import Store
from bot.store.grants import GrantRow

DAY = 86_400.0


async def test_grants_are_remembered_as_used_by_time(store: Store) -> None:
    old, new = GrantRow("a", 10.0, "key", "m", 500, 0), GrantRow("b", 20.0, "key", "m", 700, 2)
    await store.grants.record(new)
    await store.grants.record(old)
    store.grants.settle("a", 480)
    store.grants.settle("nobody's", 1)
    assert await store.grants.recent(0.0) == [GrantRow("a", 10.0, "key", "m", 480, 0), new]
    assert await store.grants.recent(20.0) == [new]
