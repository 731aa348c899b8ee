"""What is kept of groups: as it is now, found by any of its words, and gone to the last byte when it is erased."""

from dataclasses import replace

import pytest

from bot.domain.group import EVERYWHERE, ArchivedMessage, ArchiveSpan, Seen
from bot.store import Store

GROUP, OTHER = -1001, -1002
ANN, BOB = 7, 8
DAY = 86_400.0


def said(
    number: int, text: str, *, chat: int = GROUP, author: int = ANN, topic: int = 0, at: float | None = None
) -> ArchivedMessage:
    return ArchivedMessage(
        chat, number, topic, author, f"Member {author}", "", float(number) if at is None else at, "text", text
    )


async def keep(store: Store, *messages: ArchivedMessage) -> None:
    for message in messages:
        await store.archive.keep(message)


async def loaded(store: Store, span: ArchiveSpan = ArchiveSpan(), chat: int = GROUP) -> list[int]:  # noqa: B008 - a frozen value
    return [message.message_id for message in await store.archive.load(chat, span, 1000)]


async def found(store: Store, words: str, chat: int = GROUP) -> list[int]:
    return [message.message_id for message in await store.archive.search(chat, words, 10)]


async def test_messages_come_back_as_they_were_said_in_their_order(store: Store) -> None:
    one, two = said(1, "hello"), replace(said(2, "世界"), reply_to=1, username="ann", kind="photo")
    await keep(store, two, one)
    assert await store.archive.load(GROUP, ArchiveSpan(), 10) == [one, two]
    assert await store.archive.load(GROUP, ArchiveSpan(), 1) == [two]
    assert await store.archive.load(OTHER, ArchiveSpan(), 10) == []


async def test_an_edit_takes_the_place_of_what_was_said(store: Store) -> None:
    await keep(store, said(1, "the secret"), said(1, "nothing"))
    assert await found(store, "secret") == []
    assert await found(store, "nothing") == [1]
    assert len(await loaded(store)) == 1


async def test_a_message_told_twice_is_kept_once(store: Store) -> None:
    await keep(store, said(1, "hello"), said(1, "hello"))
    assert await found(store, "hello") == [1]


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("北京", [3, 1]),
        ("北京 hotpot", [3]),
        ("京北", []),
        ("HOT", [3]),
        ("烤", [1]),
        ("redis down", [2]),
        ("down redis", [2]),
        ('"redis" OR chat:c1001 * NEAR(', []),
        ("redis'; DROP TABLE group_messages", []),
        ("!!! ???", []),
        ("", []),
    ],
)
async def test_search_finds_what_holds_every_word(store: Store, words: str, ids: list[int]) -> None:
    await keep(store, said(1, "我们在北京吃烤鸭"), said(2, "Redis is down, again"), said(3, "hotpot in 北京?"))
    assert await found(store, words) == ids


async def test_search_looks_into_no_other_group(store: Store) -> None:
    await keep(store, said(1, "cake", chat=GROUP), said(2, "cake", chat=OTHER))
    assert await found(store, "cake") == [1]
    assert await found(store, "c1002") == []


async def test_a_window_is_loaded_with_the_day_before_it(store: Store) -> None:
    await keep(store, *(said(number, "x", at=number * DAY / 2) for number in range(1, 9)))
    assert await loaded(store, ArchiveSpan(since=4 * DAY)) == [6, 7, 8]
    assert await loaded(store, ArchiveSpan(first=7)) == [5, 6, 7, 8]
    assert await loaded(store, ArchiveSpan(last=1)) == [6, 7, 8]
    assert await loaded(store, ArchiveSpan(last=1, since=1 * DAY)) == [6, 7, 8]
    assert await loaded(store, ArchiveSpan(first=99)) == []


async def test_topics_are_told_apart(store: Store) -> None:
    await keep(store, said(1, "a"), said(2, "b", topic=5), said(3, "c", topic=5))
    assert await loaded(store, ArchiveSpan(topic_id=5)) == [2, 3]
    assert await loaded(store, ArchiveSpan(topic_id=0)) == [1]
    await store.archive.name_topic(GROUP, 5, "Lunch")
    await store.archive.name_topic(GROUP, 5, "Dinner")
    assert await store.archive.topics(GROUP) == {5: "Dinner"}


async def test_a_question_is_answered_from_what_was_said_around_its_words(store: Store) -> None:
    await keep(store, *(said(number, "chatter") for number in range(1, 600)))
    await keep(store, said(100, "we drop Redis"), said(300, "放弃缓存方案"))
    around = await store.archive.around(GROUP, 0, "why did we drop redis?")
    assert [message.message_id for message in around] == list(range(89, 113))
    around = await store.archive.around(GROUP, 0, "为什么放弃")
    assert 300 in [message.message_id for message in around]
    newest = await store.archive.around(GROUP, 0, "elephants")
    assert newest[-1].message_id == 599
    assert len(newest) == 300


async def test_when_somebody_last_took_part_is_known(store: Store) -> None:
    assert await store.archive.last_wrote(GROUP, 0, ANN, 9) is None
    await keep(store, said(1, "a"), said(2, "b", author=BOB), said(3, "c"))
    assert await store.archive.last_wrote(GROUP, 0, ANN, 3) == Seen(1.0, 1)
    await store.archive.asked(GROUP, 0, ANN, 50.0)
    assert await store.archive.last_wrote(GROUP, 0, ANN, 3) == Seen(50.0)
    assert await store.archive.last_wrote(GROUP, 0, BOB, 3) == Seen(2.0, 2)


async def test_who_took_part_in_one_topic_has_not_read_the_others(store: Store) -> None:
    await keep(store, said(1, "a", topic=5), said(2, "b"), said(3, "c"))
    assert await store.archive.last_wrote(GROUP, 5, ANN, 9) == Seen(1.0, 1)
    assert await store.archive.last_wrote(GROUP, None, ANN, 9) == Seen(3.0, 3)
    await store.archive.asked(GROUP, 7, ANN, 50.0)
    assert await store.archive.last_wrote(GROUP, 5, ANN, 9) == Seen(1.0, 1)
    assert await store.archive.last_wrote(GROUP, None, ANN, 9) == Seen(3.0, 3)
    await store.archive.asked(GROUP, None, ANN, 40.0)
    assert [await store.archive.last_wrote(GROUP, topic, ANN, 9) for topic in (5, 7, None)] == [
        Seen(40.0),
        Seen(50.0),
        Seen(40.0),
    ]


async def test_what_is_found_stands_in_the_order_of_time_whenever_it_was_taken_in(store: Store) -> None:
    await keep(store, said(3, "tea", topic=5), said(1, "tea"), said(4, "tea", topic=5), said(2, "tea"))
    assert await found(store, "tea") == [4, 3, 2, 1]


async def test_a_supergroup_goes_on_from_the_group_it_was(store: Store) -> None:
    await keep(store, said(40, "before"), replace(said(41, "an answer"), reply_to=40))
    await store.archive.asked(GROUP, 0, BOB, 7.0)
    await store.erasure.leave_out(99, GROUP)
    await store.supergroups.migrate(GROUP, OTHER)
    await keep(store, said(2, "after", chat=OTHER, at=99.0), said(3, "unseen", chat=OTHER, author=99))
    await store.supergroups.migrate(GROUP, OTHER)
    before, answer, after = await store.archive.load(OTHER, ArchiveSpan(), 10)
    assert (before.text, answer.reply_to, after.message_id) == ("before", before.message_id, 2)
    assert answer.message_id < 1
    assert await found(store, "before", OTHER) == [before.message_id]
    assert await loaded(store) == []
    assert await store.archive.last_wrote(OTHER, 0, BOB, 9) == Seen(7.0)


async def test_those_who_are_left_out_are_not_kept(store: Store) -> None:
    await store.erasure.leave_out(ANN, GROUP)
    await store.erasure.leave_out(BOB, EVERYWHERE)
    await keep(store, said(1, "a"), said(2, "b", author=BOB), said(3, "c", chat=OTHER))
    assert await loaded(store) == []
    assert await loaded(store, chat=OTHER) == [3]
    await store.erasure.take_in(ANN, GROUP)
    await store.erasure.take_in(BOB, EVERYWHERE)
    await keep(store, said(4, "d"), said(5, "e", author=BOB))
    assert await loaded(store) == [4, 5]


async def test_notes_go_with_what_they_rest_on(store: Store) -> None:
    await keep(store, said(1, "a"), said(2, "b", author=BOB), said(3, "c"), said(1, "a", chat=OTHER))
    await store.notes.put(GROUP, "both", "notes", [1, 2], start=1)
    await store.notes.put(GROUP, "ann", "notes", [3], start=3)
    await store.notes.put(OTHER, "other", "notes", [1], start=1)
    await store.erasure.forget(BOB, GROUP)
    assert await store.notes.get(GROUP, "both") is None
    assert await store.notes.get(GROUP, "ann") == "notes"
    assert await store.notes.get(OTHER, "other") == "notes"
    assert await store.notes.starts(GROUP) == {3}


async def test_an_edit_makes_notes_void_but_not_where_their_stretch_began(store: Store) -> None:
    await keep(store, said(1, "a"), said(2, "b"), said(3, "c"))
    await store.notes.put(GROUP, "one", "notes", [1, 2], start=1)
    await store.notes.put(GROUP, "two", "notes", [3], start=3)
    await keep(store, said(2, "other words"))
    assert await store.notes.get(GROUP, "one") is None
    assert await store.notes.get(GROUP, "two") == "notes"
    assert await store.notes.starts(GROUP) == {1, 3}


async def test_notes_that_come_after_the_erasure_are_not_kept(store: Store) -> None:
    await keep(store, said(1, "a"), said(2, "b", author=BOB))
    await store.erasure.forget(BOB)
    await store.notes.put(GROUP, "late", "notes", [1, 2], start=1)
    assert await store.notes.get(GROUP, "late") is None
    assert await store.notes.starts(GROUP) == set()


async def test_what_is_too_old_goes_with_its_notes(store: Store) -> None:
    await keep(store, said(1, "old", at=DAY), said(2, "new", at=3 * DAY))
    await store.notes.put(GROUP, "old", "notes", [1], start=1)
    await store.notes.put(GROUP, "new", "notes", [2], start=2)
    await store.retention.prune(3 * DAY, 1)
    assert await loaded(store) == [2]
    assert await found(store, "old") == []
    assert await store.notes.get(GROUP, "old") is None
    assert await store.notes.get(GROUP, "new") == "notes"


async def test_answers_are_kept_for_a_day(store: Store) -> None:
    await keep(store, said(1, "a", at=1e12))
    await store.notes.put(GROUP, "answer", "notes", [1], start=None)
    await store.retention.prune(0.0, 90)
    assert await store.notes.get(GROUP, "answer") == "notes"
    await store.retention.prune(1e12, 90)
    assert await store.notes.get(GROUP, "answer") is None


async def test_a_group_that_sends_the_bot_away_is_forgotten(store: Store) -> None:
    await keep(store, said(1, "a"), said(2, "b", chat=OTHER))
    await store.notes.put(GROUP, "key", "notes", [1], start=1)
    await store.erasure.leave_out(BOB, GROUP)
    await store.erasure.forget_group(GROUP)
    assert await loaded(store) == []
    assert await store.notes.starts(GROUP) == set()
    assert await loaded(store, chat=OTHER) == [2]
    await keep(store, said(3, "c", author=BOB))
    assert await loaded(store) == []


async def test_forgetting_one_group_leaves_the_other_alone(store: Store) -> None:
    await keep(store, said(1, "a"), said(1, "a", chat=OTHER))
    await store.erasure.forget(ANN, GROUP)
    assert await loaded(store) == []
    assert await loaded(store, chat=OTHER) == [1]
    await store.erasure.forget(ANN)
    assert await loaded(store, chat=OTHER) == []
