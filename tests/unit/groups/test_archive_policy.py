"""What is kept of a group, of whom, and what members are told of it and can have undone."""

from bot.groups.archive_policy import PrivacyStatement
from tests.unit.groups.group_room import ANN, BOB, GROUP, Room, said

OTHER = GROUP.id - 1


async def found(room: Room, words: str = "cake", chat: int = GROUP.id) -> list[int]:
    result = await room.policy.search(chat, words)
    assert isinstance(result, list)
    return [message.message_id for message in result]


async def test_only_groups_that_may_use_the_bot_are_kept(room: Room) -> None:
    await room.hear(said(1, "cake"), said(2, "cake", chat=OTHER))
    await room.policy.name_topic(OTHER, 5, "Secret")
    assert (await found(room), await found(room, chat=OTHER)) == ([1], [])
    assert await room.store.archive.topics(OTHER) == {}


async def test_a_search_needs_words_and_an_archive(room: Room) -> None:
    assert await room.policy.search(GROUP.id, "") == "usage"
    assert await Room(room.store, days=0).policy.search(GROUP.id, "cake") == "off"


async def test_a_group_is_told_what_is_kept_when_the_bot_comes(room: Room) -> None:
    assert await room.privacy.joined(GROUP.id) == PrivacyStatement(30, hears_all=True)
    assert await room.privacy.joined(OTHER) is None
    room.membership.heard = False
    assert await room.privacy.statement(GROUP.id) == PrivacyStatement(30, hears_all=False)
    assert (await Room(room.store, days=0).privacy.statement(GROUP.id)).days == 0


async def test_when_the_bot_goes_nothing_of_the_group_stays(room: Room) -> None:
    await room.hear(said(1, "cake"))
    await room.privacy.left(GROUP.id)
    assert await found(room) == []


async def test_who_is_forgotten_is_gone_and_who_is_left_out_is_not_kept(room: Room) -> None:
    await room.hear(said(1, "cake", ANN), said(2, "cake", BOB))
    await room.privacy.forget(BOB, GROUP.id)
    assert await found(room) == [1]
    await room.privacy.leave_out(BOB, None)
    await room.privacy.leave_out(ANN, GROUP.id)
    await room.hear(said(3, "cake", ANN), said(4, "cake", BOB))
    assert await found(room) == [1]
    await room.privacy.take_in(ANN, GROUP.id)
    await room.hear(said(5, "cake", ANN), said(6, "cake", BOB))
    assert await found(room) == [5, 1]
    await room.privacy.forget(ANN, None)
    assert await found(room) == []
