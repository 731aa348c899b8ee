"""Messages that people pass on or take back on the chat page."""

from aiogram.types import MessageOriginUser, Update

from bot.playground.telegram.files import PIXEL
from tests.playground.page_visit import Visit


async def test_a_forwarded_message_names_its_author_and_leaves_its_buttons(visit: Visit) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    sent = await visit.call("sendMessage", chat_id=visit.group.id, text="*Well?*", reply_markup=keyboard)
    events = await visit.events()
    await visit.do("forward", visit.ann, visit.group, messages=[sent["message_id"]], to=visit.room.id)
    _, copy = await events.next()
    assert (copy["chat"]["id"], copy["from"]["id"], copy["text"]) == (visit.room.id, visit.ann.id, "*Well?*")
    assert "reply_markup" not in copy
    message = Update.model_validate((await visit.news())[-1]).message
    assert message is not None
    assert isinstance(message.forward_origin, MessageOriginUser)
    assert message.forward_origin.sender_user.id == visit.world.bot.id


async def test_a_copy_of_a_copy_names_the_first_author(visit: Visit) -> None:
    said = visit.world.say(visit.ming, visit.group, "mine")
    first = await visit.do("forward", visit.ann, visit.group, messages=[said.id], to=visit.room.id)
    second = await visit.do("forward", visit.ann, visit.room, messages=[first["message"]], to=visit.group.id)
    origin = visit.group.messages[second["message"]].forward
    assert origin is not None
    assert origin["sender_user"]["id"] == visit.ming.id


async def test_a_forwarded_album_is_an_album_of_its_own(visit: Visit) -> None:
    album = visit.world.send_photos(visit.ann, visit.group, [PIXEL] * 3, caption="three")
    await visit.do("forward", visit.ann, visit.group, messages=[photo.id for photo in album], to=visit.room.id)
    copies = visit.world.messages(visit.room)
    assert len(copies) == 3
    assert len({photo.album for photo in copies}) == 1
    assert copies[0].album != album[0].album
    assert [photo.text for photo in copies] == ["three", "", ""]


async def test_forwarded_messages_are_an_album_only_where_they_were_one(visit: Visit) -> None:
    texts = [visit.world.say(visit.ann, visit.group, text) for text in ("one", "two")]
    first, second, third = visit.world.send_photos(visit.ann, visit.group, [PIXEL] * 3)
    single = visit.world.send_photo(visit.ann, visit.group)
    chosen = [message.id for message in (*texts, first, second, single)]
    await visit.do("forward", visit.ann, visit.group, messages=chosen, to=visit.room.id)
    albums = [message.album for message in visit.world.messages(visit.room)]
    assert [album is None for album in albums] == [True, True, False, False, True]
    await visit.do("forward", visit.ann, visit.group, messages=[third.id], to=visit.room.id)
    assert visit.world.messages(visit.room)[-1].album is None


async def test_a_message_is_forwarded_into_a_topic(visit: Visit) -> None:
    forum = visit.world.group("Forum", visit.ann, forum=True)
    topic = visit.world.topic(visit.ann, forum, "Lake")
    said = visit.world.say(visit.ann, visit.group, "it is deep")
    done = await visit.do("forward", visit.ann, visit.group, messages=[said.id], to=forum.id, thread=topic)
    assert (done["thread"], forum.messages[done["message"]].is_topic) == (topic, True)


async def test_nobody_forwards_to_or_from_where_they_are_not(visit: Visit) -> None:
    said = visit.world.say(visit.ann, visit.group, "between us")
    to_other = {"messages": [said.id], "to": visit.world.private(visit.ming).id}
    assert await visit.do("forward", visit.ann, visit.group, 400, **to_other) == {"error": "not_a_member"}
    from_other = {"messages": [said.id], "to": visit.world.private(visit.ming).id}
    assert await visit.do("forward", visit.ming, visit.group, 400, **from_other) == {"error": "not_a_member"}
    assert await visit.do("forward", visit.ann, visit.group, 400, messages=[said.id], to=5) == {"error": "gone"}


async def test_what_only_happened_and_what_is_gone_cannot_be_forwarded(visit: Visit) -> None:
    forum = visit.world.group("Forum", visit.ann, forum=True)
    topic = visit.world.topic(visit.ann, forum, "Lake")
    said = visit.world.say(visit.ann, forum, "gone")
    visit.world.delete(said)
    for number in (topic, said.id):
        refused = await visit.do("forward", visit.ann, forum, 400, messages=[number], to=visit.room.id)
        assert refused == {"error": "gone"}
    assert not visit.room.messages


async def test_people_delete_what_is_theirs_and_administrators_everything(visit: Visit) -> None:
    visit.group.members[visit.ming.id] = "member"
    mine, hers = visit.world.say(visit.ming, visit.group, "mine"), visit.world.say(visit.ann, visit.group, "hers")
    refused = await visit.do("delete", visit.ming, visit.group, 400, message=hers.id)
    assert refused == {"error": "not_yours"}
    assert visit.group.find(hers.id)
    assert (await visit.chat(visit.group))["admins"] == [visit.ann.id]
    for message in (mine, hers):
        await visit.do("delete", visit.ann, visit.group, message=message.id)
    assert visit.world.messages(visit.group) == []


async def test_in_a_private_chat_the_bots_messages_can_be_deleted_too(visit: Visit) -> None:
    visit.world.say(visit.ann, visit.room, "hello")
    sent = await visit.call("sendMessage", chat_id=visit.room.id, text="Hello")
    events = await visit.events()
    await visit.do("delete", visit.ann, visit.room, message=sent["message_id"])
    assert (await events.next())[0] == "deleted"
