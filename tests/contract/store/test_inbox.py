"""The inbox: updates as they came, each stored once and finished once."""

from bot.domain.stored_update import StoredUpdate
from bot.store import Store

BOT = 42


def updates(*ids: int) -> list[StoredUpdate]:
    return [StoredUpdate(number, f'{{"update_id": {number}}}') for number in ids]


async def unfinished(store: Store, bot: int = BOT) -> list[int]:
    return [update.update_id for update in await store.inbox.unfinished(bot)]


async def test_an_update_is_stored_once(store: Store) -> None:
    assert await store.inbox.add(BOT, updates(1, 2), 0.0) == {1, 2}
    assert await store.inbox.add(BOT, updates(2, 3), 0.0) == {3}
    assert await unfinished(store) == [1, 2, 3]


async def test_updates_come_back_as_they_came_in_their_order(store: Store) -> None:
    await store.inbox.add(BOT, updates(3, 1, 2), 0.0)
    assert await store.inbox.unfinished(BOT) == updates(1, 2, 3)


async def test_bots_do_not_see_each_others_updates(store: Store) -> None:
    await store.inbox.add(BOT, updates(1), 0.0)
    assert await store.inbox.add(BOT + 1, updates(1), 0.0) == {1}
    store.inbox.done(BOT, 1)
    assert await unfinished(store) == []
    assert await unfinished(store, BOT + 1) == [1]


async def test_starts_and_failures_are_counted(store: Store) -> None:
    await store.inbox.add(BOT, updates(1), 0.0)
    await store.inbox.taken_up(BOT, [1])
    await store.inbox.taken_up(BOT, [1])
    await store.inbox.failed(BOT, 1, "no")
    assert await store.inbox.unfinished(BOT) == [StoredUpdate(1, '{"update_id": 1}', starts=2, failures=1)]


async def test_what_is_done_or_set_aside_is_not_taken_up_again(store: Store) -> None:
    await store.inbox.add(BOT, updates(1, 2, 3), 0.0)
    store.inbox.done(BOT, 1)
    await store.inbox.set_aside(BOT, 2, "it cannot be read")
    assert await unfinished(store) == [3]
    assert await store.inbox.add(BOT, updates(1, 2), 0.0) == set()
