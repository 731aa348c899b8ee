"""What people write and press becomes the right request, or a refusal that says why."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.conversation import ConversationKey
from bot.domain.drawing import GeneratedPicture, ImageRecipe, telegram_source
from bot.domain.preferences import LocalizedMessage
from bot.drawing.draw_request import DrawRefused, DrawRequest, SourcePicture, UsageNeeded, picture_asked_for
from bot.drawing.image_models import tag
from bot.drawing.request_pictures import AlreadyDrawn, PictureRef, RepliedMessage
from bot.drawing.sizes import RequestedSize
from bot.providers.models import siliconflow
from tests.unit.drawing.drawing_fakes import KOLORS, FakeStudio, ScriptedModels

PHOTO = SourcePicture(telegram_source("f1"), RequestedSize(300, 600))
TURBO = siliconflow().models["Tongyi-MAI/Z-Image-Turbo"]
REF = PictureRef(1, 5)


async def accepted(*_: object) -> None:
    """Nothing need be shown."""


@pytest.fixture
async def studio() -> FakeStudio:
    """One in which a cat was drawn, with 7 as its seed, and is shown by message 41."""
    studio = FakeStudio()
    await studio.draw(ImageRecipe("a cat", KOLORS, "dogs", "1024x1024", 7, 20, 7.5))
    studio.drawings.show(5, 41, 1, "picture")
    return studio


def refused(key: str, error: DrawRefused) -> bool:
    return [message.key for message in error.messages] == [key]


async def command(
    studio: FakeStudio, words: str, picture: SourcePicture | None = None, replied: RepliedMessage | None = None
) -> ImageRecipe:
    """The recipe that the command led to."""
    await studio.request_pictures.command(words, picture, replied, studio.context("1:8"))
    return studio.drawings.pictures[max(studio.drawings.pictures)].recipe


async def test_words_alone_are_drawn_as_they_are(studio: FakeStudio) -> None:
    recipe = await command(studio, "a dog --seed 3")
    assert (recipe.prompt, recipe.source, recipe.parent) == ("a dog", None, None)


async def test_the_messages_own_picture_goes_before_the_one_it_replies_to(studio: FakeStudio) -> None:
    recipe = await command(studio, "at night", PHOTO, RepliedMessage(41, "", None))
    assert (recipe.source, recipe.size) == ("file:f1", "720x1440")


async def test_a_picture_of_ours_that_is_replied_to_is_taken_as_it_is_kept(studio: FakeStudio) -> None:
    recipe = await command(studio, "at night", None, RepliedMessage(41, "a cat", PHOTO))
    assert (recipe.prompt, recipe.source, recipe.parent) == ("at night", "picture:1", 1)


async def test_without_words_those_of_the_message_replied_to_are_drawn(studio: FakeStudio) -> None:
    assert (await command(studio, "", None, RepliedMessage(9, "a lake", None))).prompt == "a lake"


async def test_nothing_to_draw_asks_for_words(studio: FakeStudio) -> None:
    with pytest.raises(UsageNeeded) as usage:
        await command(studio, "")
    assert usage.value.models[0].id == KOLORS
    with pytest.raises(DrawRefused) as asked:
        await command(studio, "", None, RepliedMessage(41, "a cat", None))
    assert refused("draw.what", asked.value)
    assert len(studio.drawings.pictures) == 1


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("x" * 4_001, "draw.too_long"),
        ("a cat --model nothing", "draw.unknown_model"),
        ("a cat --frob", "draw.unknown_option"),
        ("a cat --steps 500", "draw.wrong_value"),
        ("a cat --model Qwen-Image-Edit-2509", "draw.needs_picture"),
    ],
)
async def test_what_cannot_be_drawn_is_refused_before_anything_is_stored(
    studio: FakeStudio, words: str, key: str
) -> None:
    with pytest.raises(DrawRefused) as error:
        await command(studio, words)
    assert refused(key, error.value)
    assert len(studio.drawings.drawings) == 1


async def change(studio: FakeStudio, words: str, message_id: int = 41) -> ImageRecipe:
    shown = await studio.request_pictures.shown(5, message_id)
    assert shown is not None
    await studio.request_pictures.change(words, shown, studio.context("1:8"))
    return studio.drawings.pictures[2].recipe


async def test_words_in_reply_start_from_the_picture_and_keep_what_is_not_said(studio: FakeStudio) -> None:
    recipe = await change(studio, "in the snow")
    assert (recipe.prompt, recipe.source, recipe.negative, recipe.seed) == (
        "a cat, in the snow",
        "picture:1",
        "dogs",
        7,
    )


async def test_a_model_that_only_changes_pictures_is_told_the_change_alone(studio: FakeStudio) -> None:
    recipe = await change(studio, "in the snow --model Qwen-Image-Edit-2509")
    assert (recipe.prompt, recipe.source) == ("in the snow", "picture:1")


async def test_new_words_take_the_place_of_the_old(studio: FakeStudio) -> None:
    shown: list[str] = []

    async def ask(prompt: str) -> int:
        shown.append(prompt)
        return 42

    await studio.request_pictures.ask_words(REF, ask)
    recipe = await change(studio, "a dog", 42)
    assert shown == ["a cat"]
    assert (recipe.prompt, recipe.source, recipe.parent, recipe.seed) == ("a dog", None, 1, 7)


async def test_an_album_is_asked_which_of_its_pictures(studio: FakeStudio) -> None:
    studio.drawings.show(5, 43, 1, "album")
    with pytest.raises(DrawRefused) as error:
        await change(studio, "in the snow", 43)
    assert refused("draw.which", error.value)


@pytest.mark.parametrize(
    ("what", "which", "field", "value"),
    [
        ("vary", "", "source", "picture:1"),
        ("size", "720x1440", "size", "720x1440"),
        ("model", tag(TURBO), "model", TURBO.id),
    ],
)
async def test_a_press_changes_one_thing(studio: FakeStudio, what: str, which: str, field: str, value: str) -> None:
    await studio.request_pictures.redraw(REF, what, which, studio.context("1:8"), accepted)  # type: ignore[arg-type] # a parameter of the test
    recipe = studio.drawings.pictures[2].recipe
    assert (getattr(recipe, field), recipe.prompt, recipe.parent) == (value, "a cat", 1)


async def test_an_album_is_drawn_again_as_one(studio: FakeStudio) -> None:
    await studio.request_pictures.redraw(PictureRef(1, 5, 3), "again", "", studio.context("1:8"), accepted)
    assert len(studio.drawings.pictures) == 4


@pytest.mark.parametrize(
    ("ref", "what", "which"),
    [
        (PictureRef(9, 5), "again", ""),  # no such picture
        (PictureRef(1, 6), "again", ""),  # of another chat
        (REF, "size", "1x1"),
        (REF, "model", "nothing"),
    ],
)
async def test_a_press_on_what_is_not_there_is_outdated(
    studio: FakeStudio, ref: PictureRef, what: str, which: str
) -> None:
    with pytest.raises(DrawRefused) as error:
        await studio.request_pictures.redraw(ref, what, which, studio.context("1:8"), accepted)  # type: ignore[arg-type] # a parameter of the test
    assert error.value.messages == (LocalizedMessage("buttons.outdated"),)
    assert len(studio.drawings.drawings) == 1


async def test_a_button_pressed_twice_in_a_hurry_draws_once(studio: FakeStudio) -> None:
    slow = FakeStudio(ScriptedModels(None), studio.drawings, studio.files)
    begun = asyncio.Event()

    async def tell(_: GeneratedPicture) -> None:
        begun.set()

    press = slow.request_pictures.redraw
    task = asyncio.create_task(press(REF, "again", "", slow.context("1:8"), tell))
    await begun.wait()
    begun.clear()
    with pytest.raises(AlreadyDrawn):
        await press(REF, "again", "", slow.context("1:9"), accepted)
    others = asyncio.create_task(press(REF, "again", "", slow.context("1:10", ConversationKey(5, 0, 6)), tell))
    await begun.wait()
    for each in (task, others):
        each.cancel()
    await asyncio.gather(task, others, return_exceptions=True)


async def test_originals_are_those_of_the_album_and_said_to_be_gone(studio: FakeStudio) -> None:
    album = DrawRequest("a dog", [ImageRecipe("a dog", KOLORS)] * 2)
    await studio.draw_pictures.draw(album, studio.context("1:8"))
    await studio.request_pictures.send_originals(PictureRef(2, 5, 2), studio.view)
    assert studio.view.said[-1] == ["original", 2, 3]
    studio.view.sending = "gone"
    with pytest.raises(DrawRefused) as error:
        await studio.request_pictures.send_originals(REF, studio.view)
    assert refused("draw.not_kept", error.value)


async def test_what_a_question_asked_for_is_drawn_while_the_question_is_there(studio: FakeStudio) -> None:
    await studio.request_pictures.offered("Draw me a dog", studio.context("1:8"), accepted)
    assert studio.drawings.pictures[2].recipe.prompt == "a dog"
    for question in (None, "What is a dog?"):
        with pytest.raises(DrawRefused):
            await studio.request_pictures.offered(question, studio.context("1:9"), accepted)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("画一只猫", "一只猫"),
        ("请帮我画一幅山水画", "一幅山水画"),
        ("你能画个机器人吗", "个机器人吗"),
        ("draw a cat", "a cat"),
        ("Can you please draw me the sea at night?", "the sea at night?"),
        ("Paint a picture of my dog", "my dog"),
        ("画家是谁", None),
        ("画蛇添足是什么意思", None),
        ("How do I draw a cat?", None),
        ("draw conclusions", None),
        ("drawing a cat", None),
        ("", None),
    ],
)
def test_a_picture_is_offered_for_plain_words_alone(words: str, what: str | None) -> None:
    assert picture_asked_for(words) == what


@given(st.text(max_size=200))
def test_any_question_is_looked_at_without_harm(words: str) -> None:
    found = picture_asked_for(words)
    assert found is None or found in words


def test_a_question_that_repeats_its_politeness_is_read_at_once() -> None:
    assert picture_asked_for("can you please " * 4_000 + "x") is None
    assert picture_asked_for("can you please " * 4_000 + "draw a cat") == "a cat"
