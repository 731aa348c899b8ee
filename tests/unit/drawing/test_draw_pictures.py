"""Every way in which a drawing goes, and where it goes on after a crash; without Telegram and without a provider."""

import asyncio

import pytest

from bot.domain.calls import Drawn
from bot.domain.drawing import ImageRecipe
from bot.domain.errors import ModelGone, Moderated, PictureExpired
from bot.domain.preferences import LocalizedMessage
from bot.drawing.draw_request import DrawRefused
from bot.drawing.view import MissingPictures
from tests.unit.drawing.drawing_fakes import DRAWN, KOLORS, FakeStudio, ScriptedModels, png

CAT = ImageRecipe("a cat", KOLORS)


async def test_a_request_becomes_a_picture_and_nothing_else_is_left() -> None:
    studio = FakeStudio()
    await studio.draw()
    assert studio.view.said == ["drawn", [1], "removed"]
    picture = studio.drawings.pictures[1]
    assert (picture.state, picture.recipe.seed, picture.format[:3]) == ("sent", 7, ("image/png", 4, 3))
    assert studio.files.kept == {1: png()}
    assert not studio.drawings.drawings[1].is_open


async def test_what_has_ended_is_not_begun_again() -> None:
    studio = FakeStudio()
    await studio.draw()
    await studio.draw()
    assert len(studio.models.requests) == 1
    assert studio.view.said.count("removed") == 1


async def test_some_of_several_pictures_come_with_a_note_on_the_others() -> None:
    failure = Moderated()
    studio = FakeStudio(ScriptedModels(DRAWN, failure, DRAWN))
    await studio.draw(CAT, CAT, CAT)
    assert sorted(studio.drawings.states()) == ["failed", "sent", "sent"]
    assert studio.view.notes == [MissingPictures(2, 3, KOLORS, failure)]
    assert studio.view.said[-1] == "removed"


async def test_a_drawing_without_any_picture_ends_in_the_reason() -> None:
    failure = Moderated()
    studio = FakeStudio(ScriptedModels(failure))
    await studio.draw()
    assert studio.view.said == [MissingPictures(0, 1, KOLORS, failure)]
    assert studio.drawings.states() == ["failed"]


async def test_a_model_without_a_successor_is_said_to_be_gone() -> None:
    studio = FakeStudio()
    await studio.draw(ImageRecipe("a cat", "nobody/knows"))
    [said] = studio.view.said
    assert isinstance(said, MissingPictures)
    assert (said.model, type(said.failure)) == ("nobody/knows", ModelGone)


async def test_an_error_that_nobody_can_be_told_leaves_the_drawing_open() -> None:
    studio = FakeStudio(ScriptedModels(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        await studio.draw()
    assert studio.drawings.drawings[1].is_open


async def test_only_its_person_stops_a_drawing_and_what_is_drawn_is_sent() -> None:
    studio = FakeStudio(ScriptedModels(DRAWN, None))
    task = asyncio.create_task(studio.draw(CAT, CAT))
    await studio.view.has_picture.wait()
    with pytest.raises(DrawRefused) as refused:
        studio.draw_pictures.stop(1, 6)
    assert refused.value.messages == (LocalizedMessage("draw.not_yours"),)
    assert studio.draw_pictures.stop(1, 5)
    await task
    assert studio.view.notes == [MissingPictures(1, 2, KOLORS, None)]
    assert studio.drawings.states() == ["sent", "failed"]
    assert not studio.draw_pictures.stop(1, 5)


async def test_a_send_of_unknown_end_is_offered_and_sent_again_where_it_was() -> None:
    studio = FakeStudio(sending="unknown")
    await studio.draw()
    assert studio.view.said[-1] == "may be lost"
    assert studio.drawings.states() == ["unknown"]
    studio.view.sending = "sent"
    for drawing, chat in ((1, 6), (2, 5)):
        with pytest.raises(DrawRefused):
            await studio.draw_pictures.send_lost(drawing, chat, studio.view)
    await studio.draw_pictures.send_lost(1, 5, studio.view)
    assert studio.drawings.states() == ["sent"]
    with pytest.raises(DrawRefused):
        await studio.draw_pictures.send_lost(1, 5, studio.view)
    assert len(studio.models.requests) == 1


async def test_a_chat_that_cannot_be_written_to_ends_the_drawing() -> None:
    studio = FakeStudio(sending="unreachable")
    await studio.draw()
    assert studio.view.said == ["drawn", "removed"]
    assert not studio.drawings.drawings[1].is_open


async def test_killed_while_it_is_generated_it_is_generated_again() -> None:
    studio = FakeStudio(ScriptedModels(None))
    await studio.interrupted(studio.models.hangs)
    assert studio.drawings.states() == ["open"]
    after = FakeStudio(drawings=studio.drawings, files=studio.files)
    await after.draw()
    assert (len(after.models.requests), after.drawings.states()) == (1, ["sent"])


async def test_killed_while_it_is_fetched_it_is_fetched_and_not_paid_again() -> None:
    studio = FakeStudio(ScriptedModels(fetches=[None]))
    await studio.interrupted(studio.models.hangs)
    assert studio.drawings.pictures[1].address == "http://picture"
    after = FakeStudio(drawings=studio.drawings, files=studio.files)
    await after.draw()
    assert (after.models.requests, after.models.fetched, after.drawings.states()) == ([], 1, ["sent"])


async def test_killed_while_it_is_sent_it_is_offered_and_not_sent_again() -> None:
    studio = FakeStudio(sending="held")
    await studio.interrupted(studio.view.sends)
    assert studio.drawings.states() == ["attempting"]
    after = FakeStudio(drawings=studio.drawings, files=studio.files)
    await after.draw()
    assert (after.view.said, after.drawings.states()) == (["may be lost"], ["unknown"])


async def test_killed_before_it_is_sent_it_is_sent() -> None:
    studio = FakeStudio(sending="held")
    await studio.interrupted(studio.view.sends)
    await studio.drawings.mark([1], "drawn")
    after = FakeStudio(drawings=studio.drawings, files=studio.files)
    await after.draw()
    assert (after.models.requests, after.view.said) == ([], [[1], "removed"])


async def test_an_address_that_has_expired_costs_one_more_call_and_no_third() -> None:
    studio = FakeStudio(ScriptedModels(fetches=[PictureExpired(), png()]))
    await studio.draw()
    assert (len(studio.models.requests), studio.drawings.states()) == (2, ["sent"])
    gone = FakeStudio(ScriptedModels(fetches=[PictureExpired()]))
    await gone.draw()
    assert (len(gone.models.requests), gone.drawings.states()) == (2, ["failed"])


async def test_improved_words_are_drawn_and_shown_beside_the_persons_own() -> None:
    studio = FakeStudio()
    await studio.draw(improve=True)
    assert studio.models.requests[0].prompt == "A cat in golden light."
    assert studio.view.words == "a cat"


async def test_words_that_cannot_be_improved_are_drawn_as_they_are() -> None:
    studio = FakeStudio()
    studio.models.improved = ""
    await studio.draw(improve=True)
    assert studio.models.requests[0].prompt == "a cat"
    assert studio.view.notes == [LocalizedMessage("draw.unimproved")]


async def test_a_picture_that_came_with_the_answer_is_not_fetched() -> None:
    picture = await ScriptedModels().fetch("")
    studio = FakeStudio(ScriptedModels(Drawn(picture, None, 0.4)))
    await studio.draw()
    assert (studio.models.fetched, studio.drawings.states()) == (0, ["sent"])


async def test_a_picture_that_is_none_is_said_to_be_none() -> None:
    studio = FakeStudio(ScriptedModels(fetches=[b"<html>"]))
    await studio.draw()
    assert studio.drawings.states() == ["failed"]
    assert studio.files.kept == {}
