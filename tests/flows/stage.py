"""The whole bot in this process, between a local Telegram and a local SiliconFlow over loopback HTTP."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.app import opened
from bot.lifecycle import Application, serve
from bot.playground.siliconflow import LocalSiliconFlow
from bot.playground.telegram import CallbackAnswer, Chat, Draft, LocalTelegram, Message, Person
from bot.settings import load

TOKEN = "4200:flow"
PATIENCE = 12.0  # seconds until a flow is taken for stuck
_SPEED = 20.0


class QuickClock:
    """The bot's time runs twenty times as fast, so that what it paces (frames, pauses, limits) takes no time here."""

    def __init__(self) -> None:
        self._begun = time.time()

    def now(self) -> float:
        return self._begun + (time.time() - self._begun) * _SPEED

    def monotonic(self) -> float:
        return time.monotonic() * _SPEED

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / _SPEED)


@dataclass
class Stage:
    """``ann`` (English) and ``bob`` (Chinese) are people, ``room`` is Ann's private chat, ``group`` has both.

    ``may_fail``: the flow makes an update fail; otherwise none may.
    """

    path: Path
    telegram: LocalTelegram
    siliconflow: LocalSiliconFlow
    ann: Person
    bob: Person
    room: Chat
    group: Chat
    may_fail: bool = False
    _running: list[tuple[asyncio.Task[None], asyncio.Event]] = field(default_factory=list)
    _bots: list[Application] = field(default_factory=list)

    async def start(self, **variables: str) -> None:
        """Start a bot with these settings; it keeps what an earlier one stored."""
        env = {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": self.telegram.url,
            "SILICONFLOW_API_KEY": "sk-local",
            "SILICONFLOW_BASE_URL": self.siliconflow.url,
            **variables,
        }
        ended = asyncio.Event()
        serving = serve(opened(load(env, self.path), QuickClock()), ended, beside=self._watch)
        self._running.append((asyncio.create_task(serving), ended))

    @contextlib.asynccontextmanager
    async def _watch(self, bot: Application) -> AsyncIterator[None]:
        self._bots.append(bot)
        yield
        self._bots.remove(bot)

    async def idle(self) -> None:
        """Wait until the bots have done all that they have fetched: what they sent is seen before they know of it."""
        async with asyncio.timeout(PATIENCE):
            for bot in self._bots:
                await bot.intake.idle()

    async def stop(self) -> None:
        while self._running:
            task, ended = self._running.pop()
            ended.set()
            await task

    async def restart(self, **variables: str) -> None:
        await self.stop()
        await self.start(**variables)

    def answers(self, chat: Chat, thread: int | None = None) -> list[Message]:
        """What the bot's messages in the chat are now."""
        return self.telegram.world.answers(chat, thread=thread)

    def say(self, person: Person, chat: Chat, text: str, **where: Any) -> Message:
        return self.telegram.world.say(person, chat, text, **where)

    async def reply_to(self, person: Person, chat: Chat, text: str, **where: Any) -> Message:
        """Say something and wait for the next message of the bot in the chat, whatever it is."""
        count = len(self.answers(chat))
        self.say(person, chat, text, **where)
        return await self.next(chat, count)

    async def next(self, chat: Chat, count: int) -> Message:
        """The bot's message after the first ``count``."""
        await self.until(lambda: len(self.answers(chat)) > count)
        return self.answers(chat)[count]

    async def answer_to(self, person: Person, chat: Chat, text: str, **where: Any) -> Message:
        """Ask something and wait for the lasting answer: a message without a button to stop it."""
        count = len(self.answers(chat))
        self.say(person, chat, text, **where)
        return await self.lasting(chat, count)

    async def lasting(self, chat: Chat, count: int) -> Message:
        await self.until(lambda: len(self.answers(chat)) > count and self.answers(chat)[count].keyboard is None)
        return self.answers(chat)[count]

    async def press(self, person: Person, message: Message, label: str) -> CallbackAnswer:
        """Press the button whose label contains ``label``; what the bot answers to that."""
        current = self.telegram.world.history(message)[-1]
        [data] = [button["callback_data"] for button in current.buttons() if label in button["text"]][:1] or [None]
        assert data is not None, f"no button {label!r} among {labels(current)}"
        async with asyncio.timeout(PATIENCE):
            return await self.telegram.world.press(person, current, data)

    async def forge(self, person: Person, message: Message, data: str) -> CallbackAnswer:
        async with asyncio.timeout(PATIENCE):
            return await self.telegram.world.press(person, message, data, forged=True)

    def now(self, message: Message) -> Message:
        """The message as it is seen now."""
        return self.telegram.world.history(message)[-1]

    async def draft(self, chat: Chat, seen: Callable[[Draft], bool], thread: int | None = None) -> Draft:
        """The first draft in the chat that satisfies ``seen``."""

        def shown() -> Draft | None:
            draft = self.telegram.world.draft(chat, thread)
            return draft if draft is not None and seen(draft) else None

        draft = await self.telegram.world.until(shown, PATIENCE)
        assert draft is not None
        return draft

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something that is seen in Telegram."""
        try:
            await self.telegram.world.until(condition, PATIENCE)
        except TimeoutError:
            calls = [(call.method, call.parameters, call.code) for call in self.telegram.journal.calls]
            raise AssertionError(f"nothing more came of {calls[-5:]}") from None

    async def asked(self, count: int) -> None:
        """Wait until so many chat calls have reached the provider."""
        async with asyncio.timeout(PATIENCE):
            await self.siliconflow.journal.until(lambda journal: len(journal.chats) >= count)

    async def closed_early(self, number: int = -1) -> None:
        """Wait until the provider has seen that a call was ended by the bot."""
        async with asyncio.timeout(PATIENCE):
            await self.siliconflow.journal.until(lambda journal: journal.chats[number].closed_early)

    def sent_upstream(self, number: int = -1) -> str:
        """The words of all messages of a chat call."""
        return "\n".join(str(message["content"]) for message in self.siliconflow.journal.chats[number].messages)


def labels(message: Message) -> list[str]:
    return [button["text"] for button in message.buttons()]
