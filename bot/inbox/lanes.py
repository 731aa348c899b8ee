"""Order: the updates of one conversation run one after another, conversations side by side, urgent ones at once."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lanes(Generic[T]):
    """Runs items: those of one lane in order, each lane in a task of its own that ends with its last item.

    ``run`` does not raise: nobody could be told.
    """

    def __init__(self, run: Callable[[T], Awaitable[None]]) -> None:
        self._run = run
        self._waiting: dict[Hashable, deque[T]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def put(self, key: Hashable | None, item: T) -> None:
        """Queue the item behind those of its lane; None: run it at once. After :meth:`close` it is left alone."""
        if self._closed:
            return
        if key is None:
            self._start(self._run(item))
        elif key in self._waiting:
            self._waiting[key].append(item)
        else:
            self._waiting[key] = deque([item])
            self._start(self._drain(key))

    async def idle(self) -> None:
        """Returns when nothing runs or waits."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self, grace: float) -> None:
        """Begin nothing more, let what runs finish within ``grace`` seconds, then cancel it and wait for its end."""
        self._closed = True
        for items in self._waiting.values():
            items.clear()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, key: Hashable) -> None:
        items = self._waiting[key]
        try:
            while items:
                await self._run(items.popleft())
        finally:
            del self._waiting[key]
