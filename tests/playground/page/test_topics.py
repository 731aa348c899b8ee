"""Topics on the chat page: those of forums, and those of a private chat."""

import pytest

from tests.playground.page_visit import Visit


async def test_a_topic_of_a_forum_is_opened_and_written_into(visit: Visit) -> None:
    forum = visit.world.group("Forum", visit.ann, forum=True, bot="administrator")
    events = await visit.events()
    opened = await visit.do("topic", visit.ann, forum, name="  Lake 湖 ")
    name, message = await events.next()
    assert (name, message["forum_topic_created"]["name"]) == ("message", "Lake 湖")
    assert message["message_id"] == message["message_thread_id"] == opened["thread"]
    said = await visit.do("say", visit.ann, forum, text="how deep?", thread=opened["thread"])
    assert said["thread"] == opened["thread"]
    assert (await visit.news())[-1]["message"]["is_topic_message"] is True


async def test_a_group_without_topics_gets_none(visit: Visit) -> None:
    assert await visit.do("topic", visit.ann, visit.group, 400, name="Lake") == {"error": "no_topics"}
    assert (await visit.chat(visit.group))["threaded"] is False


@pytest.mark.parametrize("name", ["", "  ", "x" * 129])
async def test_a_topic_has_a_name_of_a_length_that_telegram_takes(visit: Visit, name: str) -> None:
    forum = visit.world.group("Forum", visit.ann, forum=True)
    assert await visit.do("topic", visit.ann, forum, 400, name=name) == {"error": "malformed"}


async def test_nothing_is_written_into_a_topic_that_is_not_there(visit: Visit) -> None:
    refused = await visit.do("say", visit.ann, visit.group, 400, text="how deep?", thread=99)
    assert refused == {"error": "gone"}
    assert not visit.group.messages


async def test_a_private_chat_has_topics_or_not_as_its_person_likes(visit: Visit) -> None:
    visit.world.private_topics = True
    first = await visit.do("say", visit.ann, visit.room, text="about foxes")
    assert visit.room.topics[first["thread"]].name == "about foxes"
    events = await visit.events()
    await visit.do("topics", visit.ann, visit.room, on=False)
    name, told = await events.next()
    assert (name, told["id"], told["threaded"]) == ("chat", visit.room.id, False)
    plain = await visit.do("say", visit.ann, visit.room, text="about owls")
    assert plain["thread"] is None
    assert (await visit.do("topic", visit.ann, visit.room, 400, name="Owls")) == {"error": "no_topics"}
    assert (await visit.chat(visit.world.private(visit.ming)))["threaded"] is True


async def test_a_bot_without_threaded_mode_cannot_be_made_to_have_it(visit: Visit) -> None:
    assert await visit.do("topics", visit.ann, visit.room, 400, on=True) == {"error": "no_topics"}
    assert (await visit.chat(visit.room))["threaded"] is False


async def test_each_topic_has_a_draft_of_its_own_that_can_be_stopped(visit: Visit) -> None:
    visit.world.private_topics = True
    foxes, owls = [visit.world.say(visit.ann, visit.room, text).thread for text in ("foxes", "owls")]
    events = await visit.events()
    for thread in (foxes, owls):
        draft = {"draft_id": 7, "text": "Well", "can_stop": True, "message_thread_id": thread}
        await visit.call("sendMessageDraft", chat_id=visit.room.id, **draft)
        assert (await events.next())[1]["thread"] == thread
    assert [draft["thread"] for draft in (await visit.chat(visit.room))["drafts"]] == [foxes, owls]
    await visit.do("stop", visit.ann, visit.room, draft=7, thread=owls)
    assert (await events.next())[1] == {"chat": visit.room.id, "thread": owls, "draft": None}
    assert [draft["thread"] for draft in (await visit.chat(visit.room))["drafts"]] == [foxes]
