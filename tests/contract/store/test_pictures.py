"""Drawings in the store, and the files of their pictures beside it."""

from dataclasses import replace

import pytest

from bot.domain.drawing import GenerationRecord, ImageRecipe, NewDrawing, PictureFormat
from bot.domain.money import NO_MONEY, Money
from bot.store import Store
from bot.store.pictures import PictureRepository

NEW = NewDrawing("1:7", 5, 0, 5, "a cat", improve=True, at=1.0)
CAT, DOG = ImageRecipe("a cat", "m"), ImageRecipe("a dog \ud83d", "m", parent=1)
PNG = PictureFormat("image/png", 2, 3, photo=True)


@pytest.fixture
def rows(store: Store) -> PictureRepository:
    return store.pictures


async def test_a_drawing_begun_twice_is_one(rows: PictureRepository) -> None:
    first = await rows.begin(NEW, [CAT, DOG])
    rows.line(first.id, 40)
    again = await rows.begin(NEW, [CAT])
    assert [row.recipe for row in again.pictures] == [CAT, DOG]
    assert (again.id, again.status_message_id, again.words, again.improve, again.is_open) == (
        first.id,
        40,
        "a cat",
        True,
        True,
    )
    assert [(row.state, row.chat_id, row.user_id, row.address) for row in again.pictures] == [("open", 5, 5, None)] * 2


async def test_a_picture_from_its_call_to_its_message(rows: PictureRepository) -> None:
    [row] = (await rows.begin(NEW, [CAT])).pictures
    made = GenerationRecord(DOG, 0.4, Money.from_yuan(0.3))
    await rows.called(row.id, made, "http://picture")
    called = await rows.get(row.id)
    assert called is not None
    assert (called.state, called.address, called.generation) == (
        "open",
        "http://picture",
        GenerationRecord(DOG, 0.4, Money.from_yuan(0.3)),
    )
    await rows.drawn(row.id, GenerationRecord(DOG, 0.4, Money.from_yuan(0.3)), PNG)
    await rows.mark([row.id], "attempting")
    await rows.sent(row.id, "photo", None)
    await rows.sent(row.id, None, "document")
    rows.show(5, 41, row.id, "picture")
    found = await rows.at(5, 41)
    assert found is not None
    shown, shows = found
    assert (shows, shown.state, shown.format, shown.address) == ("picture", "sent", PNG, None)
    assert (shown.photo_id, shown.document_id) == ("photo", "document")
    assert await rows.at(6, 41) is None


async def test_what_is_not_drawn_when_the_drawing_ends_never_is(rows: PictureRepository) -> None:
    drawing = await rows.begin(NEW, [CAT, CAT])
    await rows.drawn(drawing.pictures[0].id, GenerationRecord(CAT, 0.4, NO_MONEY), PNG)
    await rows.end(drawing.id)
    assert [row.state for row in await rows.of(drawing.id)] == ["drawn", "failed"]
    assert not (await rows.begin(NEW, [])).is_open


async def test_improved_words_are_in_the_recipes_and_not_improved_again(rows: PictureRepository) -> None:
    drawing = await rows.begin(NEW, [CAT, CAT])
    await rows.reword(drawing.id, {drawing.pictures[1].id: DOG})
    again = await rows.begin(NEW, [])
    assert not again.improve
    assert [row.recipe for row in again.pictures] == [CAT, DOG]


async def test_what_is_forgotten_is_gone_and_no_number_is_given_again(store: Store, rows: PictureRepository) -> None:
    [row] = (await rows.begin(NEW, [CAT])).pictures
    rows.show(5, 41, row.id, "picture")
    of_six = replace(NEW, idempotency_key="1:8", chat_id=6, user_id=6)
    [other] = (await rows.begin(of_six, [replace(CAT, parent=row.id)])).pictures
    await store.erasure.forget(5, 7)
    assert await rows.get(row.id) is not None
    await store.erasure.forget(5)
    assert await rows.at(5, 41) is None
    assert (await rows.get(row.id), await rows.get(other.id)) == (None, other)
    await store.erasure.forget(6)
    assert await rows.get(other.id) is None
    [next_one] = (await rows.begin(replace(NEW, idempotency_key="1:9"), [CAT])).pictures
    assert next_one.id > other.id
