"""The inbox, the parts of answers, what people chose, and what was admitted: each as it was stored, and no more."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import Store
from bot.store.archive import ArchivedMessage
from bot.store.conversations import NewQuestion, Scope
from bot.store.deliveries import KEPT, DeliveryKey, Part, StoredDocument
from bot.store.grants import GrantRow
from bot.store.inbox import StoredUpdate
from bot.store.people import Preferences
from bot.store.quotas import Purse

BOT = 42


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path / "bot.db")
    yield store
    await store.close()


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


async def test_an_answered_update_leaves_no_words_behind(store: Store) -> None:
    await store.inbox.add(BOT, [StoredUpdate(1, "private words")], 0.0)
    store.inbox.done(BOT, 1)
    body = await store.database.run(lambda db: db.execute("SELECT body FROM inbox").fetchall())
    assert body == [("",)]


async def test_pruning_takes_what_is_old_and_done(store: Store) -> None:
    await store.inbox.add(BOT, updates(1, 2, 3), 100.0)
    await store.inbox.add(BOT, updates(4), 200.0)
    for number in (1, 4):
        store.inbox.done(BOT, number)
    await store.inbox.set_aside(BOT, 2, "kept for the operator")
    assert await store.inbox.prune(150.0, 50.0) == 1
    left = await store.database.run(lambda db: db.execute("SELECT update_id FROM inbox ORDER BY 1").fetchall())
    assert left == [(2,), (3,), (4,)]
    assert await store.inbox.prune(50.0, 150.0) == 1
    left = await store.database.run(lambda db: db.execute("SELECT update_id FROM inbox ORDER BY 1").fetchall())
    assert left == [(3,), (4,)]


@pytest.fixture
async def answer(store: Store) -> int:
    turn = await store.conversations.begin(NewQuestion("1:1", Scope(5, 0, 5), "a", 1, 1), 0.0, Purse("user:5"))
    assert turn is not None
    return turn.answer_id


async def test_a_part_goes_from_its_attempt_to_its_message(store: Store, answer: int) -> None:
    await store.deliveries.attempt(DeliveryKey.of_answer(answer), 0, 5)
    assert await store.deliveries.of(DeliveryKey.of_answer(answer)) == [Part(0, None, "attempting")]
    store.deliveries.sent(DeliveryKey.of_answer(answer), 0, 5, 100)
    assert await store.deliveries.of(DeliveryKey.of_answer(answer)) == [Part(0, 100, "sent")]


async def test_a_message_that_is_known_is_not_forgotten(store: Store, answer: int) -> None:
    store.deliveries.shown(DeliveryKey.of_answer(answer), 0, 5, 100)
    store.deliveries.sent(DeliveryKey.of_answer(answer), 0, 5, None)
    assert await store.deliveries.of(DeliveryKey.of_answer(answer)) == [Part(0, 100, "sent")]


async def test_nothing_is_recorded_of_an_answer_that_was_erased(store: Store, answer: int) -> None:
    await store.erasure.forget(5)
    store.deliveries.sent(DeliveryKey.of_answer(answer), 0, 5, 100)
    assert await store.deliveries.of(DeliveryKey.of_answer(answer)) == []


async def test_what_is_delivered_is_known_for_a_week(store: Store) -> None:
    document = StoredDocument(DeliveryKey("summary", "1:2"), 5, "{}")
    assert await store.deliveries.begin(document, 0.0, None) == document
    store.deliveries.finish(document.key)
    await store.erasure.prune(0.0, KEPT - 1.0)
    assert await store.deliveries.begin(document, 0.0, None) is None
    await store.erasure.prune(0.0, KEPT + 1.0)
    assert await store.deliveries.begin(document, 0.0, None) == document


async def test_a_document_that_quotes_what_is_erased_is_not_gone_on_with(store: Store) -> None:
    message = ArchivedMessage(-9, 1, 0, 6, "Bob", "", 1.0, "text", "hello")
    for chat_id in (-9, -8):
        document = StoredDocument(DeliveryKey("summary", str(chat_id)), 5, "{}", user_id=5, source_chat_id=chat_id)
        await store.deliveries.begin(document, 0.0, None)
    await store.archive.keep(message)
    await store.erasure.forget(6)
    assert await store.deliveries.unfinished() == [DeliveryKey("summary", "-8")]


async def test_parts_are_given_in_their_order_and_go_one_by_one(store: Store, answer: int) -> None:
    store.deliveries.unknown(DeliveryKey.of_answer(answer), 2, 5)
    store.deliveries.sent(DeliveryKey.of_answer(answer), 0, 5, 100)
    store.deliveries.sent(DeliveryKey.of_answer(answer), 1, 5, 101)
    store.deliveries.gone(DeliveryKey.of_answer(answer), 1)
    assert await store.deliveries.of(DeliveryKey.of_answer(answer)) == [Part(0, 100, "sent"), Part(2, None, "unknown")]


async def test_a_person_who_chose_nothing_has_no_preferences(store: Store) -> None:
    assert await store.people.choices(5, 5) == (Preferences(), None)


async def test_preferences_are_kept_per_person_and_models_per_chat(store: Store) -> None:
    chosen = Preferences(language="zh", persona="text:嘘", temperature=1, thinking="on", rich="off")
    await store.people.save(5, Preferences(language="en"))
    await store.people.save(5, chosen)
    await store.people.choose_model(5, -1, "first")
    await store.people.choose_model(5, -1, "second")
    assert await store.people.choices(5, -1) == (chosen, "second")
    assert await store.people.choices(5, 5) == (chosen, None)
    assert await store.people.choices(6, -1) == (Preferences(), None)


async def test_grants_are_remembered_as_used_and_pruned_by_age(store: Store) -> None:
    old, new = GrantRow("a", 10.0, "key", "m", 500, 0), GrantRow("b", 20.0, "key", "m", 700, 2)
    await store.grants.record(new)
    await store.grants.record(old)
    store.grants.settle("a", 480)
    store.grants.settle("nobody's", 1)
    assert await store.grants.recent(0.0) == [GrantRow("a", 10.0, "key", "m", 480, 0), new]
    assert await store.grants.recent(20.0) == [new]
    assert await store.grants.prune(20.0) == 1
    assert await store.grants.recent(0.0) == [new]
