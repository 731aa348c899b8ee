"""Pictures that people send on the chat page: one or an album, bounded, and judged by what they hold."""

import base64
import io

import pytest
from aiogram.types import Update

from bot.playground.page.photos import Photos
from bot.playground.telegram.files import PIXEL
from tests.playground.page_visit import Visit

PICTURE = base64.b64encode(PIXEL).decode()


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


async def test_a_picture_with_a_caption_reaches_the_bot(visit: Visit) -> None:
    await visit.do("photos", visit.ann, visit.room, pictures=[PICTURE], caption="  my /garden ")
    [update] = await visit.news()
    message = update["message"]
    assert (message["caption"], message["caption_entities"][0]["type"]) == ("my /garden", "bot_command")
    assert "media_group_id" not in message
    file = visit.world.file(message["photo"][-1]["file_id"])
    assert file is not None
    assert file.data == PIXEL


async def test_several_pictures_are_one_album_with_its_caption_at_the_first(visit: Visit) -> None:
    events = await visit.events()
    done = await visit.do("photos", visit.ann, visit.room, pictures=[PICTURE] * 3, caption="three")
    seen = [(await events.next())[1] for _ in range(3)]
    got = [Update.model_validate(update).message for update in await visit.news()]
    assert [message["message_id"] for message in seen] == [message.message_id for message in got if message]
    assert seen[0]["message_id"] == done["message"]
    assert len({message["media_group_id"] for message in seen}) == 1
    assert [message.get("caption") for message in seen] == ["three", None, None]


async def test_two_albums_are_not_one(visit: Visit) -> None:
    for _ in range(2):
        await visit.do("photos", visit.ann, visit.group, pictures=[PICTURE] * 2)
    albums = [message.album for message in visit.world.messages(visit.group)]
    assert albums[0] == albums[1] != albums[2] == albums[3]


async def test_a_picture_answers_a_message_and_stays_in_its_topic(visit: Visit) -> None:
    forum = visit.world.group("Forum", visit.ann, forum=True)
    topic = visit.world.topic(visit.ann, forum, "Lake")
    question = visit.world.say(visit.ann, forum, "how does it look?", thread=topic)
    done = await visit.do("photos", visit.ann, forum, pictures=[PICTURE] * 2, reply_to=question.id, thread=topic)
    assert done["thread"] == topic
    sent = visit.world.messages(forum, thread=topic)[-2:]
    assert [message.reply_to for message in sent] == [question.id, question.id]


async def test_an_album_that_opens_a_topic_stays_together(visit: Visit) -> None:
    visit.world.private_topics = True
    done = await visit.do("photos", visit.ann, visit.room, pictures=[PICTURE] * 3)
    assert len(visit.room.topics) == 1
    assert len(visit.world.messages(visit.room, thread=done["thread"])) == 4


@pytest.mark.parametrize(
    "data", [b"GIF89a" + bytes(40), b"<svg onload='alert(1)'/>", b"%PDF-1.7", b"", b"\xff\xd8\xff\xe0 but no more"]
)
async def test_what_is_no_picture_is_refused_and_nothing_is_sent(visit: Visit, data: bytes) -> None:
    pictures = [PICTURE, encoded(data)]
    assert await visit.do("photos", visit.ann, visit.room, 400, pictures=pictures) == {"error": "not_a_picture"}
    assert not visit.room.messages


@pytest.mark.parametrize("pictures", [[], [PICTURE] * 11, ["a"], [5], PICTURE])
async def test_a_form_that_does_not_fit_is_refused(visit: Visit, pictures: object) -> None:
    assert await visit.do("photos", visit.ann, visit.room, 400, pictures=pictures) == {"error": "malformed"}


async def test_a_caption_is_bounded_when_it_is_sent_and_when_it_is_changed(visit: Visit) -> None:
    long = "x" * 1025
    refused = await visit.do("photos", visit.ann, visit.room, 400, pictures=[PICTURE], caption=long)
    assert refused == {"error": "caption_too_long"}
    done = await visit.do("photos", visit.ann, visit.room, pictures=[PICTURE], caption="short")
    changed = {"message": done["message"]}
    assert await visit.do("edit", visit.ann, visit.room, 400, text=long, **changed) == {"error": "caption_too_long"}
    await visit.do("edit", visit.ann, visit.room, text="x" * 1024, **changed)
    assert len(visit.room.messages[done["message"]].text) == 1024


async def test_what_is_too_large_is_refused_and_other_actions_stay_small(visit: Visit) -> None:
    huge = io.BytesIO(b" " * (Photos.largest + 1))
    headers = {"Content-Type": "application/json"}
    async with visit.http.post(f"{visit.url}/api/photos", data=huge, headers=headers) as answer:
        assert (answer.status, await answer.json()) == (400, {"error": "too_big"})
    assert await visit.do("say", visit.ann, visit.room, 400, text="x" * 70_000) == {"error": "too_big"}
    assert not visit.room.messages
