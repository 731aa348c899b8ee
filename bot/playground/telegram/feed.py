"""Everything that happens, told to whoever watches: tests wait on it, the page shows it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Event:
    """``kind``: message, edited, deleted, draft, draft_gone, action, callback, callback_answer, reaction, pinned,
    member, call, poll (the bot waits for updates), held (a call waits), ephemeral (an ephemeral message is there or
    changed), ephemeral_gone or menus (the bot has set its commands); ``value`` is the Message, Draft, CallbackAnswer,
    Call, Fault or plain data that belongs to it.
    """

    kind: str
    chat: int | None
    value: Any = None


class Subscription:
    """An endless async iterator over the events since it was opened."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[Event] = asyncio.Queue()

    def push(self, event: Event) -> None:
        self._events.put_nowait(event)

    def __aiter__(self) -> "Subscription":
        return self

    async def __anext__(self) -> Event:
        return await self._events.get()


class Feed:
    def __init__(self) -> None:
        self._listeners: list[Callable[[Event], None]] = []
        self._waiting: set[asyncio.Future[None]] = set()

    def publish(self, kind: str, chat: int | None, value: Any = None) -> None:
        event = Event(kind, chat, value)
        for listen in tuple(self._listeners):
            listen(event)
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    @contextmanager
    def listening(self, listen: Callable[[Event], None]) -> Iterator[None]:
        """Call ``listen`` with each event, at once and in order, while the context is open."""
        self._listeners.append(listen)
        try:
            yield
        finally:
            self._listeners.remove(listen)

    @contextmanager
    def subscribe(self) -> Iterator[Subscription]:
        subscription = Subscription()
        with self.listening(subscription.push):
            yield subscription

    async def until(self, predicate: Callable[[], T], timeout: float = 10.0) -> T:
        """The first true value of ``predicate``, asked again after each event.

        ``timeout`` is in real seconds, since what is waited for crosses a real socket; TimeoutError when it passes.
        """
        async with asyncio.timeout(timeout):
            while not (value := predicate()):
                changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.add(changed)
                await changed
        return value
