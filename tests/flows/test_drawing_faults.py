"""What cannot be had is one clear sentence, costs nothing twice, and the next wish works."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.playground.siliconflow import refusals
from bot.playground.siliconflow.faults import Fault, Reset
from bot.playground.siliconflow.picture_storage import Spoil
from bot.store.database import connect
from tests.flows.drawing import asked, calls, content, drawn, picture, pictures, start, told, upstream
from tests.flows.stage import Stage, labels

ONE_MODEL = '[fallbacks]\n"Kwai-Kolors/Kolors" = []\n'  # with nothing to fall back to, the fault itself is shown


@pytest.fixture
async def studio(empty_stage: Stage) -> Stage:
    (empty_stage.path / "bot.toml").write_text(ONE_MODEL)
    return await start(empty_stage, BOT_CONFIG=str(empty_stage.path / "bot.toml"))


@contextlib.contextmanager
def stored(stage: Stage) -> Iterator[list[tuple[object, ...]]]:
    database = connect(Path(stage.path) / "data" / "bot.db")
    try:
        yield list(database.execute("SELECT state, cost, photo_id, document_id, recipe, address FROM pictures"))
    finally:
        database.close()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (refusals.MODERATED, "reasons of content"),
        (refusals.NO_BALANCE, "balance at the provider is used up"),
        (refusals.UNKNOWN_KEY, "did not accept the bot's account"),
        (refusals.NO_SUCH_MODEL, "not available any more"),
        (refusals.MODEL_DISABLED, "not available any more"),
        (refusals.BUSY, "is overloaded"),
        (refusals.INTERNAL, "is overloaded"),
        (refusals.TIMED_OUT, "did not draw in time"),
        (refusals.GATEWAY_PAGE, "in time"),
        (refusals.invalid("the value sk-secret-0123456789 is wrong"), "did not take this wish"),
        (Reset(), "cannot be reached"),
    ],
)
async def test_a_fault_is_one_sentence_and_the_next_wish_works(studio: Stage, fault: Fault, words: str) -> None:
    rule = studio.siliconflow.faults.add(fault, times=None)
    sentence = await told(studio, studio.ann, studio.room, "/draw a cat")
    assert words in sentence
    assert "\n" not in sentence
    for raw in ("{", "<", "sk-", "20015", "50507", "http"):
        assert raw not in sentence
    studio.siliconflow.faults.remove(rule)
    await drawn(studio, studio.ann, studio.room, "/draw a dog")


@pytest.mark.parametrize(
    ("spoil", "words", "count"),
    [
        (Spoil.PAGE, "no picture", 1),
        (Spoil.HUGE, "no picture", 1),
        (Spoil.ENDLESS, "no picture", 1),
        (Spoil.BOMB, "no picture", 1),
        (Spoil.TEXT, "no picture", 1),
        (Spoil.TRUNCATED, "no picture", 1),
        (Spoil.METADATA, "no picture", 1),
        (Spoil.LOCALHOST, "no picture", 1),
        (Spoil.AROUND, "no picture", 1),
        (Spoil.SLOW, "in time", 1),
        (Spoil.EXPIRED, "was gone", 2),
    ],
)
async def test_a_picture_that_cannot_be_fetched_is_one_sentence_too(
    studio: Stage, spoil: Spoil, words: str, count: int
) -> None:
    studio.siliconflow.storage.spoil(*[spoil] * count)
    assert words in await told(studio, studio.ann, studio.room, "/draw a cat")
    assert len(calls(studio)) == count
    await drawn(studio, studio.ann, studio.room, "/draw a dog")


async def test_an_address_that_has_expired_is_asked_for_once_more(studio: Stage) -> None:
    studio.siliconflow.storage.spoil(Spoil.EXPIRED)
    photo = await drawn(studio, studio.ann, studio.room, "/draw a cat")
    assert content(studio, photo) == upstream(studio)[-1]
    assert len(calls(studio)) == 2
    assert asked(studio, 0) == asked(studio, 1)


async def test_a_model_that_is_gone_is_drawn_for_by_the_next_and_that_is_said(empty_stage: Stage) -> None:
    stage = await start(empty_stage)
    stage.siliconflow.faults.add(refusals.NO_SUCH_MODEL, model="Kwai-Kolors/Kolors")
    photo = await drawn(stage, stage.ann, stage.room, "/draw a cat --seed 7 --no dogs")
    assert [call.body["model"] for call in calls(stage) if call.body] == [
        "Kwai-Kolors/Kolors",
        "Tongyi-MAI/Z-Image-Turbo",
    ]
    assert "negative_prompt" not in asked(stage)
    assert "Z-Image-Turbo · 1024x1024 · seed 7" in photo.text
    assert "because Kolors was not available" in photo.text


async def test_a_model_that_is_only_busy_is_not_replaced_by_one_that_costs(empty_stage: Stage) -> None:
    stage = await start(empty_stage)
    stage.siliconflow.faults.add(refusals.BUSY, model="Kwai-Kolors/Kolors", times=None)
    assert "is overloaded" in await told(stage, stage.ann, stage.room, "/draw a cat")
    assert {call.body["model"] for call in calls(stage) if call.body} == {"Kwai-Kolors/Kolors"}


async def test_a_picture_that_costs_is_not_asked_for_again_when_the_connection_broke(studio: Stage) -> None:
    studio.siliconflow.faults.add(Reset(), times=None)
    sentence = await told(studio, studio.ann, studio.room, "/draw a cat --model z-image-turbo")
    assert "cannot be reached" in sentence
    assert len(calls(studio)) == 1


async def test_some_of_several_pictures_come_although_others_do_not(studio: Stage) -> None:
    studio.siliconflow.faults.add(refusals.MODERATED)
    photo = await drawn(studio, studio.ann, studio.room, "/draw a cat -n 2")
    assert "1/2 · The provider does not draw this" in photo.text


async def test_a_photo_that_telegram_refuses_comes_as_a_file(studio: Stage) -> None:
    studio.telegram.faults.refuse("sendPhoto", "Bad Request: PHOTO_INVALID_DIMENSIONS")
    file = await drawn(studio, studio.ann, studio.room, "/draw a cat")
    assert "document" in (file.media or {})
    assert content(studio, file) == upstream(studio)[0]
    assert file.text.startswith("a cat\n")
    await studio.press(studio.ann, file, "Again")
    await picture(studio, studio.room, 1)


async def test_what_telegram_takes_in_no_form_is_said(studio: Stage) -> None:
    studio.telegram.faults.refuse("sendPhoto", "Bad Request: PHOTO_INVALID_DIMENSIONS")
    studio.telegram.faults.refuse("sendDocument", "Bad Request: file is too big")
    assert "neither as a photo nor as a file" in await told(studio, studio.ann, studio.room, "/draw a cat")


@pytest.mark.parametrize("delivered", [True, False])
async def test_a_send_of_unknown_end_is_not_repeated_but_offered(studio: Stage, delivered: bool) -> None:
    studio.telegram.faults.reset("sendPhoto", delivered=delivered)
    studio.say(studio.ann, studio.room, "/draw a cat")
    await studio.until(lambda: any("cannot know" in message.text for message in studio.answers(studio.room)))
    [line] = [message for message in studio.answers(studio.room) if "cannot know" in message.text]
    assert len(pictures(studio, studio.room)) == delivered
    await start_again(studio)
    await studio.press(studio.ann, line, "Send it again")
    photo = await picture(studio, studio.room, int(delivered))
    assert content(studio, photo) == upstream(studio)[0]
    assert "🔁 Again" in labels(photo)
    await studio.until(lambda: line.id not in {message.id for message in studio.answers(studio.room)})
    assert len(calls(studio)) == 1


async def start_again(stage: Stage) -> None:
    await stage.stop()
    await start(stage, BOT_CONFIG=str(stage.path / "bot.toml"))


async def test_a_server_that_says_little_still_shows_the_picture(studio: Stage) -> None:
    studio.telegram.faults.only_true("sendPhoto")
    photo = await drawn(studio, studio.ann, studio.room, "/draw a cat")
    await studio.answer_to(studio.ann, studio.room, "Hello")
    assert content(studio, photo) == upstream(studio)[0]
    assert len(pictures(studio, studio.room)) == 1


async def test_a_person_who_has_blocked_the_bot_is_drawn_for_in_vain(studio: Stage) -> None:
    studio.telegram.faults.refuse("sendPhoto", "Forbidden: bot was blocked by the user", code=403)
    studio.say(studio.ann, studio.room, "/draw a cat")
    await studio.until(lambda: studio.telegram.journal.of("sendPhoto"))
    await drawn(studio, studio.ann, studio.room, "/draw a dog")


async def test_every_picture_is_recorded_with_its_recipe_its_cost_and_telegrams_ids(studio: Stage) -> None:
    photo = await drawn(studio, studio.ann, studio.room, "/draw a cat --model qwen-image --seed 7")
    await studio.stop()
    with stored(studio) as [row]:
        state, cost, photo_id, document_id, recipe, address = row
    assert (state, cost, document_id, address) == ("sent", 300_000, None, None)
    assert photo_id == (photo.media or {})["photo"][-1]["file_id"]
    assert '"prompt":"a cat"' in str(recipe)
    assert '"seed":7' in str(recipe)
    assert "¥0.30" in photo.text
