"""Topics of forums, and of private chats where the bot's threaded mode is on."""

from typing import Annotated

from pydantic import StringConstraints

from bot.playground.page.action import Action, Json, Refused
from bot.playground.telegram import TelegramSimulator

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)]


class OpenTopic(Action):
    name: Name

    async def act(self, world: TelegramSimulator) -> Json:
        person, chat = self.place(world)
        if not world.has_topics(chat):
            raise Refused("no_topics")
        return {"thread": world.topic(person, chat, self.name)}


class Topics(Action):
    """Whether a private chat has topics."""

    on: bool

    async def act(self, world: TelegramSimulator) -> Json:
        _, chat = self.place(world)
        if not (chat.is_private and world.private_topics):
            raise Refused("no_topics")
        world.set_topics(chat, on=self.on)
        return {}
