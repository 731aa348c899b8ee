"""Server-sent events, from the world to one reader."""

import asyncio
import json
from typing import Any

Json = dict[str, Any]

_BEHIND = 1_000  # events that wait for a slow reader
_KEEP_ALIVE = 15.0  # seconds of silence after which a line is sent, so that a reader who left is noticed


class Stream:
    def __init__(self) -> None:
        self.is_broken = False
        """The reader missed something and has to begin anew, with the state of then."""
        self._events: asyncio.Queue[bytes] = asyncio.Queue(_BEHIND)

    def put(self, event: bytes) -> None:
        try:
            self._events.put_nowait(event)
        except asyncio.QueueFull:
            self.is_broken = True

    async def get(self) -> bytes:
        """What is to be sent next; after some silence a line that says nothing."""
        try:
            async with asyncio.timeout(_KEEP_ALIVE):
                return await self._events.get()
        except TimeoutError:
            return b":\n\n"


def encoded(name: str, data: Json) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
