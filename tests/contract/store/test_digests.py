"""Runs of digests: each once, whoever begins it; held while it is worked on, and taken over afterwards."""

from dataclasses import replace

from bot.domain.digest import Digest, DigestRun, DigestState, OpenItem
from bot.domain.group import ArchivedMessage
from bot.domain.notes import GroupNotes, SummaryPoint
from bot.store import Store

DAY = 86_400.0


def digest(chat: int = -1, due: float = 100.0) -> Digest:
    return Digest(chat, 0, "", "21:00", "0123456", "UTC", pinned=True, by=7, language="en", next_due=due)


def times(found: Digest, now: float) -> tuple[float, DigestState, float]:
    return found.next_due, "running" if now - found.next_due <= 3600 else "skipped", found.next_due + DAY


async def claimed(store: Store, now: float) -> list[tuple[int, float, DigestState]]:
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
    await store.digests.mark(DigestRun(digest(), 100.0, "running"), "sending")
    assert await claimed(store, 200.0) == [(-1, 100.0, "failed")]
    assert await claimed(store, 400.0) == []


async def test_what_has_ended_is_left_alone(store: Store) -> None:
    await store.digests.save(digest())
    await claimed(store, 100.0)
    assert await store.digests.last_done(-1) is None
    await store.digests.mark(DigestRun(digest(), 100.0, "running"), "done")
    assert await claimed(store, 1000.0) == []
    assert await store.digests.last_done(-1) == 100.0


async def test_a_groups_clock_is_in_one_place(store: Store) -> None:
    assert await store.groups.zone(-1) is None
    await store.digests.save(digest())
    assert await store.groups.zone(-1) == "UTC"
    await store.groups.set_zone(-1, "Asia/Tokyo")
    assert await store.digests.get(-1) == replace(digest(), zone="Asia/Tokyo")
    await store.digests.remove(-1)
    assert await store.groups.zone(-1) == "Asia/Tokyo"
    await store.supergroups.migrate(-1, -2)
    assert (await store.groups.zone(-1), await store.groups.zone(-2)) == (None, "Asia/Tokyo")
    await store.erasure.forget_group(-2)
    assert await store.groups.zone(-2) is None


def said(number: int, author: int, at: float = 1e10) -> ArchivedMessage:
    return ArchivedMessage(-1, number, 0, author, f"Member {author}", "", at, "text", f"said {number}")


def question(*messages: int, people: tuple[int, ...] = (), text: str = "who?") -> OpenItem:
    return OpenItem(None, GroupNotes(questions=(SummaryPoint(text, messages),), people=people))


async def left_open(store: Store, *items: OpenItem) -> None:
    """By a digest of a group in which 7 said 1 and 2, and 8 said 3 and 4."""
    for number, author in ((1, 7), (2, 7), (3, 8), (4, 8)):
        await store.archive.keep(said(number, author, at=1e10 + number))
    await store.digests.save(digest())
    await store.digests.finish(DigestRun(digest(), 100.0, "running"), items)


async def opens(store: Store) -> list[tuple[int, ...]]:
    return [each.messages for each in (await store.digests.open_items(-1))[0]]


async def test_what_a_digest_left_open_is_there_for_the_next_alone(store: Store) -> None:
    await store.digests.save(digest())
    await claimed(store, 100.0)
    first, second = replace(question(1, 3, people=(7, 99)), topic=5, rounds=2), question(4)
    await left_open(store, first, second)
    assert await store.digests.last_done(-1) == 100.0
    assert await store.digests.open_items(-1) == ([first, second], {7: "Member 7"})
    await store.digests.finish(DigestRun(digest(), 200.0, "running"), [second])
    assert await opens(store) == [(4,)]
    assert await store.digests.open_items(-2) == ([], {})
    await store.digests.remove(-1)
    assert await opens(store) == []


async def test_what_rests_on_words_that_are_gone_is_not_kept(store: Store) -> None:
    await left_open(store, question(1), question(1, 99), question(99))
    assert await opens(store) == [(1,)]


async def test_what_was_left_open_goes_with_whom_it_rests_on_or_names(store: Store) -> None:
    await left_open(store, question(1), question(2, 3), question(3), question(4, people=(7,)), question(4, people=(8,)))
    await store.erasure.forget(7, -2)
    assert len(await opens(store)) == 5
    await store.erasure.forget(7, -1)
    assert await opens(store) == [(3,), (4,)]
    await store.erasure.forget(8)
    assert await opens(store) == []


async def test_what_was_left_open_goes_with_the_messages_that_expire(store: Store) -> None:
    await left_open(store, question(1, 4), question(4))
    await store.retention.prune(1e10 + 2 + DAY, 1)
    assert await opens(store) == [(4,)]


async def test_what_was_left_open_is_void_when_its_words_change(store: Store) -> None:
    await left_open(store, question(1), question(2))
    await store.archive.keep(replace(said(1, 7), text="never mind"))
    assert await opens(store) == [(2,)]


async def test_a_group_that_sends_the_bot_away_or_moves_leaves_nothing_open(store: Store) -> None:
    await left_open(store, question(1))
    await store.supergroups.migrate(-1, -2)
    assert await opens(store) == []
    assert await store.digests.open_items(-2) == ([], {})
    await left_open(store, question(1))
    await store.erasure.forget_group(-1)
    assert await opens(store) == []


async def test_copies_are_for_those_who_want_them(store: Store) -> None:
    for user, wanted in ((7, True), (8, True), (7, True), (8, False)):
        await store.digests.subscribe(-1, user, wanted=wanted)
    assert await store.digests.subscribers(-1) == [7]
    await store.digests.remove(-1)
    assert await store.digests.subscribers(-1) == []
