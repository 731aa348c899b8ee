"""What all actions of people have in common: who acts where, and how they are refused."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from bot.playground.telegram import Chat, Message, Person, TelegramSimulator

Json = dict[str, Any]


class Refused(Exception):
    """``reason``: a word that the page knows a sentence for."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Action(BaseModel):
    """``person`` acts in ``chat``. Raises ValidationError where it does not read as one."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    largest: ClassVar[int] = 64 * 1024
    """Bytes of one as it is sent."""

    person: int
    chat: int

    async def act(self, world: TelegramSimulator) -> Json:
        """What there is to say about it. Raises Refused, and then nothing happened."""
        raise NotImplementedError

    def place(self, world: TelegramSimulator) -> tuple[Person, Chat]:
        person = world.ledger.people.get(self.person)
        if person is None or person.is_bot:
            raise Refused("gone")
        return person, room(world, person, self.chat)


def room(world: TelegramSimulator, person: Person, number: int) -> Chat:
    """A chat that the person is in."""
    chat = world.ledger.chats.get(number)
    if chat is None:
        raise Refused("gone")
    if not (chat.id == person.id or chat.has(person.id)):
        raise Refused("not_a_member")
    return chat


def message_of(chat: Chat, number: int) -> Message:
    found = chat.find(number)
    if found is None:
        raise Refused("gone")
    return found


def topic_of(chat: Chat, thread: int | None) -> int | None:
    if thread is not None and thread not in chat.topics:
        raise Refused("gone")
    return thread
