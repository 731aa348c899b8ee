"""Runs of digests: each once, whoever begins it; held while it is worked on, and taken over afterwards."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import Store
from bot.store.digests import Digest, Run, State

DAY = 86_400.0


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path / "bot.db")
    yield store
    await store.close()


def digest(chat: int = -1, due: float = 100.0) -> Digest:
    return Digest(chat, 0, "", "21:00", "0123456", "UTC", pinned=True, by=7, language="en", next_due=due)


def times(found: Digest, now: float) -> tuple[float, State, float]:
    return found.next_due, "running" if now - found.next_due <= 3600 else "skipped", found.next_due + DAY


async def claimed(store: Store, now: float) -> list[tuple[int, float, State]]:
    runs = await store.digests.claim(now, now + 60, times)
    return [(run.digest.chat_id, run.due, run.state) for run in runs]


async def test_a_digest_comes_back_as_it_was_set(store: Store) -> None:
    await store.digests.save(digest())
    assert await store.digests.get(-1) == digest()
    assert await store.digests.remove(-1)
    assert not await store.digests.remove(-1)
    assert await store.digests.get(-1) is None


async def test_what_is_due_is_claimed_once(store: Store) -> None:
    await store.digests.save(digest(-1))
    await store.digests.save(digest(-2, due=500.0))
    assert await claimed(store, 99.0) == []
    assert await claimed(store, 100.0) == [(-1, 100.0, "running")]
    assert await claimed(store, 101.0) == []
    assert await claimed(store, 500.0) == [(-2, 500.0, "running"), (-1, 100.0, "running")]  # held no longer


async def test_the_same_time_set_again_is_no_second_run(store: Store) -> None:
    await store.digests.save(digest())
    assert len(await claimed(store, 100.0)) == 1
    await store.digests.save(digest())
    assert await claimed(store, 110.0) == []


async def test_too_late_is_skipped(store: Store) -> None:
    await store.digests.save(digest())
    assert await claimed(store, 100.0 + 3601) == [(-1, 100.0, "skipped")]


async def test_a_run_that_was_dropped_is_taken_over_once(store: Store) -> None:
    await store.digests.save(digest())
    await claimed(store, 100.0)
    await store.digests.renew([(-1, 100.0)], 300.0)
    assert await claimed(store, 299.0) == []
    assert await claimed(store, 300.0) == [(-1, 100.0, "running")]
    assert await claimed(store, 301.0) == []


async def test_a_run_that_was_being_sent_is_reported_and_not_sent_again(store: Store) -> None:
    await store.digests.save(digest())
    await claimed(store, 100.0)
    await store.digests.mark(Run(digest(), 100.0, "running"), "sending")
    assert await claimed(store, 200.0) == [(-1, 100.0, "failed")]
    assert await claimed(store, 400.0) == []


async def test_what_has_ended_is_left_alone(store: Store) -> None:
    await store.digests.save(digest())
    await claimed(store, 100.0)
    assert await store.digests.last_done(-1) is None
    await store.digests.mark(Run(digest(), 100.0, "running"), "done")
    assert await claimed(store, 1000.0) == []
    assert await store.digests.last_done(-1) == 100.0


async def test_copies_are_for_those_who_want_them(store: Store) -> None:
    for user, wanted in ((7, True), (8, True), (7, True), (8, False)):
        await store.digests.subscribe(-1, user, wanted=wanted)
    assert await store.digests.subscribers(-1) == [7]
    await store.digests.remove(-1)
    assert await store.digests.subscribers(-1) == []
