"""Retention: what is old goes, whatever it is, in one operation."""

from bot.domain.digest import Digest
from bot.domain.group import ArchivedMessage, ArchiveSpan
from bot.domain.ledger import NewCall, PermitRow, Settled
from bot.domain.money import Money
from bot.domain.quota import Budget, Usage
from bot.domain.stored_update import StoredUpdate
from bot.store import Store

HOUR = 3600.0
DAY = 24 * HOUR
NOW = 1_800_014_400.0  # 2027-01-15 12:00 UTC
BOT = 42


async def forgotten(store: Store, *ids: int) -> set[int]:
    """Those of the updates that are not known any more: they could be added anew."""
    newest = await store.inbox.add(BOT, [StoredUpdate(number, "{}") for number in ids], NOW)
    for number in newest:
        store.inbox.done(BOT, number)
    return newest


async def test_updates_go_two_days_after_they_are_done_and_a_month_after_they_were_set_aside(store: Store) -> None:
    await store.inbox.add(BOT, [StoredUpdate(number, "{}") for number in (1, 2, 3)], NOW)
    store.inbox.done(BOT, 1)
    await store.inbox.set_aside(BOT, 2, "kept for the operator")
    await store.retention.prune(NOW + 48 * HOUR, 90)
    assert await forgotten(store, 1, 2, 3) == set()
    await store.retention.prune(NOW + 48 * HOUR + 1, 90)
    assert await forgotten(store, 1, 2, 3) == {1}
    await store.retention.prune(NOW + 30 * DAY + 1, 90)
    assert await forgotten(store, 2, 3) == {2}
    assert [update.update_id for update in await store.inbox.unfinished(BOT)] == [3]


async def test_grants_go_when_no_window_reaches_back_to_them(store: Store) -> None:
    row = PermitRow("a", NOW, "key", "m", 500, 0)
    await store.permits.record(row)
    await store.retention.prune(NOW + 25 * HOUR, 90)
    assert await store.permits.recent(0.0) == [row]
    await store.retention.prune(NOW + 25 * HOUR + 1, 90)
    assert await store.permits.recent(0.0) == []


async def test_messages_of_groups_are_kept_for_the_days_of_the_setting(store: Store) -> None:
    await store.archive.keep(ArchivedMessage(-7, 1, 0, 5, "Ann", "", NOW, "text", "hello"))
    await store.retention.prune(NOW + 3 * DAY, 3)
    assert len(await store.archive.load(-7, ArchiveSpan(), 10)) == 1
    await store.retention.prune(NOW + 3 * DAY + 1, 3)
    assert await store.archive.load(-7, ArchiveSpan(), 10) == []


async def test_calls_go_after_a_year_and_a_month_with_the_sums_of_all(store: Store) -> None:
    for at in (NOW - 440 * DAY, NOW):
        number = await store.ledger.open(NewCall(at, 5, 5, "question", "m", cost=Money(30)), Budget("user:5"))
        await store.ledger.settle(number, Settled("answered", "a", cost=Money(7)))
    await store.retention.prune(NOW, 90)
    assert (await store.reports.of(5, NOW, 999)).days.keys() == {"2027-01-15"}
    assert (await store.quotas.used("user:5", NOW - 440 * DAY)).everybody == Usage()
    assert (await store.quotas.used("user:5", NOW)).month == Usage(cost=Money(7))


async def test_a_call_that_goes_on_is_kept_whatever_its_age(store: Store) -> None:
    await store.ledger.open(NewCall(NOW - 500 * DAY, 5, 5, "question", "m", cost=Money(30)), Budget("user:5"))
    await store.retention.prune(NOW, 90)
    assert await store.ledger.end_lost() == 1


async def test_runs_of_digests_go_after_two_months(store: Store) -> None:
    digest = Digest(-7, 0, "", "21:00", "0", "UTC", pinned=True, by=5, language="en", next_due=NOW)
    await store.digests.save(digest)
    [run] = await store.digests.claim(NOW, NOW + 60, lambda each, _: (each.next_due, "running", NOW + 900 * DAY))
    assert run.digest == digest
    await store.digests.mark(run, "done")
    await store.retention.prune(NOW + 60 * DAY, 90)
    assert await store.digests.last_done(-7) == NOW
    await store.retention.prune(NOW + 60 * DAY + 1, 90)
    assert await store.digests.last_done(-7) is None
