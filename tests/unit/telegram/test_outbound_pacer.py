"""The pacing gate: what may leave for Telegram, and when."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from bot.clock import FakeClock
from bot.telegram.outbound_pacer import GROUP_A_MINUTE, GROUP_FRAMES_A_MINUTE, OVERALL_A_SECOND, STRICT, OutboundPacer

PRIVATE, GROUP = 7, -7


async def test_frames_of_a_group_leave_room_for_what_must_arrive() -> None:
    pacer = OutboundPacer(FakeClock())
    assert [pacer.frame(GROUP) for _ in range(20)].count(True) == GROUP_FRAMES_A_MINUTE
    for _ in range(GROUP_A_MINUTE - GROUP_FRAMES_A_MINUTE):
        await pacer.delivery(GROUP)  # returns at once: the fake clock stands still


async def test_two_live_answers_of_one_group_share_its_pace() -> None:
    clock = FakeClock()
    pacer = OutboundPacer(clock)
    shown = 0
    for _ in range(60):
        shown += pacer.frame(GROUP) + pacer.frame(GROUP)
        await clock.advance(1)
    assert shown == GROUP_FRAMES_A_MINUTE


async def test_what_must_arrive_waits_for_the_minute_of_the_group_and_not_for_that_of_another() -> None:
    clock = FakeClock()
    pacer = OutboundPacer(clock)
    for _ in range(GROUP_A_MINUTE):
        await pacer.delivery(GROUP)
    late = asyncio.create_task(pacer.delivery(GROUP))
    await pacer.delivery(-8)
    await clock.advance(59)
    assert not late.done()
    await clock.advance(1)
    assert late.done()


async def test_a_private_chat_gets_a_frame_a_second_and_deliveries_at_once() -> None:
    clock = FakeClock()
    pacer = OutboundPacer(clock)
    assert pacer.frame(PRIVATE)
    assert not pacer.frame(PRIVATE)
    for _ in range(5):
        await pacer.delivery(PRIVATE)
    await clock.advance(1)
    assert pacer.frame(PRIVATE)


async def test_drafts_have_a_budget_of_their_own() -> None:
    clock = FakeClock()
    pacer = OutboundPacer(clock)
    assert [pacer.draft(PRIVATE) for _ in range(20)].count(True) == 16
    assert pacer.frame(PRIVATE)
    await clock.advance(5)
    assert [pacer.draft(PRIVATE) for _ in range(20)].count(True) == 16
    await clock.advance(5)
    assert not pacer.draft(PRIVATE), "32 in half a minute"


async def test_nothing_leaves_for_a_chat_that_telegram_has_closed() -> None:
    clock = FakeClock()
    pacer = OutboundPacer(clock)
    pacer.flooded(PRIVATE, 30)
    late = asyncio.create_task(pacer.delivery(PRIVATE))
    await clock.advance(29)
    assert not late.done()
    assert not pacer.frame(PRIVATE)
    assert not pacer.draft(PRIVATE)
    assert pacer.frame(8), "another chat is not closed"
    await clock.advance(1)
    assert late.done()


async def test_a_longer_flood_wait_is_not_shortened_by_a_later_one() -> None:
    clock = FakeClock()
    pacer = OutboundPacer(clock)
    pacer.flooded(PRIVATE, 30)
    pacer.flooded(PRIVATE, 1)
    await clock.advance(2)
    assert not pacer.frame(PRIVATE)


async def test_after_a_flood_deliveries_keep_to_the_figures_for_a_minute() -> None:
    clock = FakeClock()
    pacer = OutboundPacer(clock)
    pacer.flooded(9, 0)
    await pacer.delivery(PRIVATE)
    late = asyncio.create_task(pacer.delivery(PRIVATE))
    await clock.advance(0.9)
    assert not late.done()
    await clock.advance(0.1)
    assert late.done()
    await clock.advance(STRICT)
    await pacer.delivery(PRIVATE)
    await pacer.delivery(PRIVATE)


async def test_all_chats_together_keep_to_the_second_after_a_flood() -> None:
    clock = FakeClock()
    pacer = OutboundPacer(clock)
    pacer.flooded(PRIVATE, 0)
    sent = [asyncio.create_task(pacer.delivery(100 + chat)) for chat in range(OVERALL_A_SECOND + 5)]
    await clock.advance(0.5)
    assert sum(task.done() for task in sent) == OVERALL_A_SECOND
    await clock.advance(1)
    assert all(task.done() for task in sent)


@given(st.lists(st.tuples(st.sampled_from(["frame", "delivery"]), st.floats(0, 8)), max_size=120))
def test_a_group_never_gets_more_than_its_minute_holds(steps: list[tuple[str, float]]) -> None:
    async def play() -> list[float]:
        clock = FakeClock()
        pacer = OutboundPacer(clock)
        left: list[float] = []

        async def deliver() -> None:
            await pacer.delivery(GROUP)
            left.append(clock.monotonic())

        waiting = []
        for what, pause in steps:
            if what == "delivery":
                waiting.append(asyncio.create_task(deliver()))
            elif pacer.frame(GROUP):
                left.append(clock.monotonic())
            await clock.advance(pause)
        await clock.advance(60.0 * len(steps))
        assert all(task.done() for task in waiting), "what must arrive arrives"
        return sorted(left)

    left = asyncio.run(play())
    assert all(later - first >= 60 - 1e-6 for first, later in zip(left, left[GROUP_A_MINUTE:], strict=False))


async def test_chats_that_are_not_used_any_more_are_forgotten() -> None:
    clock = FakeClock()
    pacer = OutboundPacer(clock)
    for chat in range(1, 1001):
        await pacer.delivery(chat)
        await clock.advance(1)
    assert len(pacer) < 200
