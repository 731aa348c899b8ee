"""What waits for a press: kept through a restart, bounded, and gone with what it rests on."""

import pytest

from bot.domain.group import ArchivedMessage, PendingAction
from bot.store import Store
from bot.store.groups import _MOST, PENDING_KEPT

GROUP, ANN, BOB, NOW = -100_5, 5, 6, 1_800_000_000.0


@pytest.fixture(autouse=True)
async def talk(store: Store) -> None:
    for number, author in ((1, ANN), (2, BOB)):
        message = ArchivedMessage(GROUP, number, 0, author, "somebody", "", NOW, "text", f"words {number}")
        await store.archive.keep(message)


def row(name: str, *, user: int = ANN, at: float = NOW) -> PendingAction:
    return PendingAction(name, user, GROUP, at, '{"what": "it is"}')


async def names(store: Store, *wanted: str, now: float = NOW) -> list[str]:
    return [name for name in wanted if await store.pending.get(name, now) is not None]


async def test_it_comes_back_as_it_was_until_it_is_removed(store: Store) -> None:
    await store.pending.add(row("a"), [1, 2])
    assert await store.pending.get("a", NOW) == row("a")
    await store.pending.remove("a")
    assert await names(store, "a") == []


async def test_it_is_out_of_date_after_two_days_and_then_deleted(store: Store) -> None:
    await store.pending.add(row("a"), [])
    await store.pending.add(row("b", at=NOW + 1), [])
    assert await names(store, "a", "b", now=NOW + PENDING_KEPT) == ["a", "b"]
    assert await names(store, "a", "b", now=NOW + PENDING_KEPT + 0.5) == ["b"]
    await store.retention.prune(NOW + PENDING_KEPT + 0.5, 90)
    assert await names(store, "a", "b") == ["b"]


async def test_of_too_many_the_oldest_are_forgotten(store: Store) -> None:
    for number in range(_MOST + 2):
        await store.pending.add(row(str(number)), [])
    assert await names(store, "0", "1", "2", str(_MOST + 1)) == ["2", str(_MOST + 1)]


async def test_nothing_is_kept_that_rests_on_what_is_gone_by_then(store: Store) -> None:
    await store.pending.add(row("a"), [1, 2, 3])
    assert await names(store, "a") == []


async def test_it_goes_with_the_messages_it_rests_on(store: Store) -> None:
    await store.pending.add(row("both"), [1, 2])
    await store.pending.add(row("hers"), [1])
    await store.erasure.forget(BOB, GROUP)
    assert await names(store, "both", "hers") == ["hers"]


async def test_it_goes_when_a_message_is_edited_to_say_something_else(store: Store) -> None:
    await store.pending.add(row("both"), [1, 2])
    await store.pending.add(row("hers"), [1])
    await store.archive.keep(ArchivedMessage(GROUP, 2, 0, BOB, "somebody", "", NOW, "text", "other words"))
    assert await names(store, "both", "hers") == ["hers"]


@pytest.mark.parametrize("chat", [0, GROUP])
async def test_it_goes_with_the_one_who_asked(store: Store, chat: int) -> None:
    await store.pending.add(row("hers"), [])
    await store.pending.add(row("his", user=BOB), [])
    await store.erasure.forget(ANN, chat)
    assert await names(store, "hers", "his") == ["his"]


async def test_forgetting_another_group_changes_nothing(store: Store) -> None:
    await store.pending.add(row("a"), [1])
    await store.erasure.forget(ANN, GROUP - 1)
    assert await names(store, "a") == ["a"]


async def test_it_goes_with_the_group_and_does_not_follow_it_into_a_supergroup(store: Store) -> None:
    await store.pending.add(row("a"), [1])
    await store.supergroups.migrate(GROUP, GROUP - 1)
    assert await names(store, "a") == []
    await store.pending.add(PendingAction("b", ANN, GROUP - 1, NOW, "{}"), [])
    await store.erasure.forget_group(GROUP - 1)
    assert await names(store, "b") == []


async def test_private_summaries_are_allowed_until_a_group_forbids_them(store: Store) -> None:
    assert await store.groups.allows_private(GROUP)
    for _ in range(2):
        await store.groups.allow_private(GROUP, allowed=False)
    assert not await store.groups.allows_private(GROUP)
    assert await store.groups.allows_private(GROUP - 1)
    await store.supergroups.migrate(GROUP, GROUP - 1)
    assert not await store.groups.allows_private(GROUP - 1)
    await store.groups.allow_private(GROUP - 1, allowed=True)
    assert await store.groups.allows_private(GROUP - 1)
