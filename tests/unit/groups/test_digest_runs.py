"""Digests, without Telegram: who orders them, what each run does, and what it says when it cannot."""

from datetime import timedelta

import pytest

from bot.domain.calls import WaitTooLong
from bot.domain.chat import ChatRequest
from bot.groups.digest_orders import DigestOverview
from bot.groups.digest_schedule import times
from bot.groups.ports import SentDigest
from tests.unit.groups.group_room import ANN, BOB, EVE, GROUP, Room, order, said
from tests.unit.groups.summary_models import NOON

DAY = 86_400.0
TALK = [
    said(1, "I'll bring the cake by friday", minutes=90),
    said(2, "we ship on monday", ANN, minutes=91),
    said(3, "and who pays?", minutes=92),
]


@pytest.fixture
async def room(room: Room) -> Room:
    await room.hear(*TALK)
    return room


async def due(room: Room) -> None:
    """A day later, when the digest is due."""
    await room.clock.advance(DAY)
    await room.run_digests()


async def states(room: Room) -> list[str]:
    return await room.store.database.run(
        lambda db: [row[0] for row in db.execute("SELECT state FROM digest_runs ORDER BY due")]
    )


async def test_an_administrator_orders_one_and_is_told_what_is_set(room: Room) -> None:
    overview = await room.orders.order(order("12:00 pin"))
    assert isinstance(overview, DigestOverview)
    assert overview.digest is not None
    assert (overview.digest.clock, overview.digest.pinned, overview.digest.by) == ("12:00", True, ANN)
    assert overview.next_due == NOON + timedelta(days=1)
    assert await room.orders.order(order("12:00", GROUP.id)) != "admins_only"


async def test_others_order_none_and_may_have_copies(room: Room) -> None:
    assert await room.orders.order(order("me", BOB)) == "none"
    assert await room.orders.order(order("12:00", BOB)) == "admins_only"
    await room.orders.order(order("12:00"))
    assert await room.orders.order(order("me", BOB)) == "subscribed"
    assert await room.orders.order(order("me", GROUP.id)) == "members_only"
    assert await room.orders.order(order("me off", BOB)) == "unsubscribed"


async def test_what_cannot_be_understood_changes_nothing(room: Room) -> None:
    await room.orders.order(order("12:00"))
    overview = await room.orders.order(order("at some time"))
    assert isinstance(overview, DigestOverview)
    assert overview.unclear
    assert overview.digest is not None


async def test_the_groups_clock_moves_the_digest_with_it(room: Room) -> None:
    await room.orders.order(order("12:00"))
    overview = await room.orders.order(order("Asia/Tokyo"))
    assert isinstance(overview, DigestOverview)
    assert overview.zone == "Asia/Tokyo"
    assert overview.next_due == NOON + timedelta(hours=15)


async def test_it_ends_once(room: Room) -> None:
    await room.orders.order(order("12:00"))
    assert await room.orders.order(order("off")) == "removed"
    assert await room.orders.order(order("off")) == "none"
    assert await Room(room.store, days=0).orders.order(order("12:00")) == "archive_off"


async def test_a_run_is_sent_pinned_and_copied_to_members_alone(room: Room) -> None:
    await room.orders.order(order("12:00 pin"))
    for user in (BOB, EVE):
        await room.orders.order(order("me", user))
    await room.run_digests()
    assert room.sender.sent == []
    await due(room)
    assert room.sender.sent == [("digest", GROUP.id), ("pin", 500), ("copies", [BOB])]
    assert await states(room) == ["done"]
    await room.run_digests()
    assert len(room.sender.pages) == 1


async def test_what_one_leaves_open_the_next_tells_of_again(room: Room) -> None:
    await room.orders.order(order("12:00"))
    await due(room)
    await room.hear(said(5, "nothing new", minutes=60 * 27))
    await due(room)
    first, second = room.sender.pages
    assert {item.item.messages for item in first.summaries[0].left} == {(1,), (3,)}
    assert {item.item.messages for item in second.summaries[0].carried_over} == {(1,), (3,)}
    assert second.summaries[0].count == 1


async def test_a_day_without_a_word_is_a_digest_without_a_message(room: Room) -> None:
    await room.orders.order(order("12:00"))
    await due(room)
    await due(room)
    assert room.sender.sent == [("digest", GROUP.id)]
    assert await states(room) == ["done", "done"]


async def test_a_group_that_cannot_be_written_to_ends_the_run(room: Room) -> None:
    await room.orders.order(order("12:00"))
    room.sender.closed = True
    await due(room)
    assert (room.sender.sent, await states(room)) == ([], ["failed"])


async def test_a_run_that_fails_says_so_and_the_next_tells_of_its_time_too(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    def overfull(_: ChatRequest) -> str:
        raise WaitTooLong(120.0)

    await room.orders.order(order("12:00"))
    await due(room)
    await room.hear(said(4, "the cake is late", minutes=60 * 26))
    honest, room.model.answer = room.model.answer, overfull
    await due(room)
    assert room.sender.sent[1:] == [("notice", "failed")]
    assert "failed" in caplog.text
    room.model.answer = honest
    await due(room)
    assert await states(room) == ["done", "failed", "done"]
    assert room.sender.pages[-1].summaries[0].count == 1


async def test_one_that_is_much_too_late_is_skipped_in_words(room: Room) -> None:
    await room.orders.order(order("12:00"))
    await room.clock.advance(DAY + 3601)
    await room.run_digests()
    assert room.sender.sent == [("notice", "skipped")]


async def cut_off(room: Room) -> None:
    """A process has ended while it was sending a digest."""
    await room.orders.order(order("12:00 pin"))
    await room.clock.advance(DAY)
    now = room.clock.now()
    [run] = await room.store.digests.claim(now, now + 60.0, times)
    await room.store.digests.mark(run, "sending")
    await room.clock.advance(61.0)


async def test_one_that_was_cut_off_before_it_was_kept_is_told_of_and_not_sent(room: Room) -> None:
    await cut_off(room)
    await room.run_digests()
    assert (room.sender.sent, await states(room)) == ([("notice", "lost")], ["failed"])


async def test_one_that_was_cut_off_while_it_was_sent_is_gone_on_with_and_done(room: Room) -> None:
    await cut_off(room)
    room.sender.begun = SentDigest(500)
    await room.run_digests()
    assert (room.sender.sent, await states(room)) == ([("pin", 500)], ["done"])
    assert room.model.requests == []
