"""What people do on the page: checked, then done in the world."""

import asyncio
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from bot.playground.telegram import Chat, Message, Person, World
from bot.playground.telegram.callbacks import ANSWER_SECONDS
from bot.playground.telegram.text import MESSAGE_LIMIT

Json = dict[str, Any]


class Refused(Exception):
    """``reason``: a word that the page knows a sentence for."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _short(text: str) -> str:
    if len(text) > MESSAGE_LIMIT:
        raise Refused("too_long")
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_short)]


class _Action(BaseModel):
    """``person`` acts in ``chat``."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    person: int
    chat: int

    def place(self, world: World) -> tuple[Person, Chat]:
        person, chat = world.ledger.people.get(self.person), world.ledger.chats.get(self.chat)
        if person is None or chat is None or person.is_bot:
            raise Refused("gone")
        if not (chat.id == person.id or chat.has(person.id)):
            raise Refused("not_a_member")
        return person, chat


class Say(_Action):
    text: Text
    reply_to: int | None = None

    async def act(self, world: World) -> Json:
        person, chat = self.place(world)
        reply_to = None if self.reply_to is None else _message(chat, self.reply_to)
        return {"message": world.say(person, chat, self.text, reply_to=reply_to).id}


class Edit(_Action):
    message: int
    text: Text

    async def act(self, world: World) -> Json:
        person, chat = self.place(world)
        message = _message(chat, self.message)
        if message.sender != person.id:
            raise Refused("not_yours")
        world.edit(person, message, self.text)
        return {}


class Press(_Action):
    message: int
    data: str

    async def act(self, world: World) -> Json:
        """What the bot lets the person see; nothing where it does not answer in time."""
        person, chat = self.place(world)
        try:
            pressed = world.press(person, _message(chat, self.message), self.data)
        except LookupError:
            raise Refused("gone") from None
        try:
            answer = await asyncio.wait_for(pressed, ANSWER_SECONDS)
        except TimeoutError:
            return {}
        return {"text": answer.text, "alert": answer.show_alert}


class Stop(_Action):
    draft: int

    async def act(self, world: World) -> Json:
        _, chat = self.place(world)
        try:
            world.stop(chat, self.draft)
        except LookupError:
            raise Refused("gone") from None
        return {}


ACTIONS: dict[str, type[Say | Edit | Press | Stop]] = {"say": Say, "edit": Edit, "press": Press, "stop": Stop}


def _message(chat: Chat, number: int) -> Message:
    found = chat.find(number)
    if found is None:
        raise Refused("gone")
    return found
