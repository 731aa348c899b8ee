"""What people write, change, pass on and take back."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from bot.playground.page.action import Action, Json, Refused, message_of, room, topic_of
from bot.playground.telegram import TelegramSimulator
from bot.playground.telegram.text import CAPTION_LIMIT, MESSAGE_LIMIT


def _short(text: str) -> str:
    if len(text) > MESSAGE_LIMIT:
        raise Refused("too_long")
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_short)]


class Say(Action):
    text: Text
    reply_to: int | None = None
    thread: int | None = None

    async def act(self, world: TelegramSimulator) -> Json:
        person, chat = self.place(world)
        reply_to = None if self.reply_to is None else message_of(chat, self.reply_to)
        said = world.say(person, chat, self.text, reply_to=reply_to, thread=topic_of(chat, self.thread))
        return {"message": said.id, "thread": said.thread}


class Edit(Action):
    """The text, or the caption of what has one."""

    message: int
    text: Text

    async def act(self, world: TelegramSimulator) -> Json:
        person, chat = self.place(world)
        message = message_of(chat, self.message)
        if message.sender != person.id:
            raise Refused("not_yours")
        if message.media is not None and len(self.text) > CAPTION_LIMIT:
            raise Refused("caption_too_long")
        world.edit(person, message, self.text)
        return {}


class Delete(Action):
    """Of one's own, of both in a private chat, and of everybody for a group's administrators."""

    message: int

    async def act(self, world: TelegramSimulator) -> Json:
        person, chat = self.place(world)
        message = message_of(chat, self.message)
        if not (message.sender == person.id or chat.is_private or chat.is_admin(person.id)):
            raise Refused("not_yours")
        world.delete(message)
        return {}


class Forward(Action):
    """One message or an album. ``to``: the chat, ``thread``: the topic there."""

    messages: Annotated[list[int], Field(min_length=1, max_length=10)]
    to: int
    thread: int | None = None

    async def act(self, world: TelegramSimulator) -> Json:
        person, chat = self.place(world)
        target = room(world, person, self.to)
        try:
            messages = [message_of(chat, number) for number in self.messages]
            first, *_ = world.forward(person, messages, target, thread=topic_of(target, self.thread))
        except ValueError:
            raise Refused("gone") from None
        return {"message": first.id, "thread": first.thread}
