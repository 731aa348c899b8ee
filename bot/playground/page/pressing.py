"""Buttons that people press."""

import asyncio

from bot.playground.page.action import Action, Json, Refused, message_of
from bot.playground.telegram import Chat, Message, TelegramSimulator
from bot.playground.telegram.callbacks import ANSWER_SECONDS


class Press(Action):
    """``ephemeral``: the number is one of the messages that the person alone sees."""

    message: int
    data: str
    ephemeral: bool = False

    async def act(self, world: TelegramSimulator) -> Json:
        """What the bot lets the person see; nothing where it does not answer in time."""
        person, chat = self.place(world)
        try:
            pressed = world.press(person, self._message(world, chat), self.data)
        except LookupError:
            raise Refused("gone") from None
        try:
            answer = await asyncio.wait_for(pressed, ANSWER_SECONDS)
        except TimeoutError:
            return {}
        return {"text": answer.text, "alert": answer.show_alert}

    def _message(self, world: TelegramSimulator, chat: Chat) -> Message:
        if not self.ephemeral:
            return message_of(chat, self.message)
        found = world.ledger.ephemera.find(chat.id, self.person, self.message)
        if found is None:
            raise Refused("gone")
        return found


class Stop(Action):
    draft: int
    thread: int | None = None

    async def act(self, world: TelegramSimulator) -> Json:
        _, chat = self.place(world)
        try:
            world.stop(chat, self.draft, thread=self.thread)
        except LookupError:
            raise Refused("gone") from None
        return {}
