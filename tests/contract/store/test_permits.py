"""What was admitted, as it was used in the end."""

from bot.domain.ledger import PermitRow
from bot.store import Store

DAY = 86_400.0


async def test_grants_are_remembered_as_used_by_time(store: Store) -> None:
    old, new = PermitRow("a", 10.0, "key", "m", 500, 0), PermitRow("b", 20.0, "key", "m", 700, 2)
    await store.permits.record(new)
    await store.permits.record(old)
    store.permits.settle("a", 480)
    store.permits.settle("nobody's", 1)
    assert await store.permits.recent(0.0) == [PermitRow("a", 10.0, "key", "m", 480, 0), new]
    assert await store.permits.recent(20.0) == [new]
