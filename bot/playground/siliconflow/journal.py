"""What was asked and what was answered, for tests and for people who want to see what the bot sends."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

_SECRET = frozenset({"authorization", "proxy-authorization", "x-api-key", "cookie"})

End = Literal["answered", "closed by client", "broken off", "stopped"]


@dataclass(slots=True)
class Exchange:
    """One request; ``size`` is that of its body in bytes, ``body`` None where that was no JSON object.

    ``text`` and ``thinking`` are what the answer says as a whole, for an error ``text`` is its body. ``end`` is None
    while it runs; "broken off" is the work of a fault, "stopped" that of this server's end.
    """

    at: float
    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any] | None
    size: int
    account: str | None = None
    status: int | None = None
    text: str = ""
    thinking: str = ""
    usage: Mapping[str, Any] | None = None
    chunks: int = 0
    end: End | None = None

    @property
    def closed_early(self) -> bool:
        """The client went away before the answer was whole."""
        return self.end == "closed by client"

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The context that was sent upstream."""
        return list(self.body.get("messages") or ()) if self.body else []


class Journal:
    """The newest exchanges, at most ``length`` of them and at most about ``max_bytes`` of their request bodies."""

    def __init__(self, length: int = 2000, max_bytes: int = 64_000_000) -> None:
        self._exchanges: deque[Exchange] = deque()
        self._length = length
        self._max_bytes = max_bytes
        self._bytes = 0
        self._change = asyncio.Event()

    def open(
        self,
        at: float,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None,
        size: int,
    ) -> Exchange:
        kept = {name.lower(): value for name, value in headers.items() if name.lower() not in _SECRET}
        exchange = Exchange(at, method, path, kept, body, size)
        self._exchanges.append(exchange)
        self._bytes += size
        while len(self._exchanges) > self._length or (self._bytes > self._max_bytes and len(self._exchanges) > 1):
            self._bytes -= self._exchanges.popleft().size
        self.changed()
        return exchange

    def changed(self) -> None:
        """Wake those who wait in :meth:`until`."""
        self._change.set()
        self._change = asyncio.Event()

    async def until(self, happened: Callable[["Journal"], bool]) -> None:
        """Return as soon as it is true; it is asked again after each change."""
        while not happened(self):
            await self._change.wait()

    @property
    def last(self) -> Exchange:
        return self._exchanges[-1]

    @property
    def chats(self) -> list[Exchange]:
        return [exchange for exchange in self._exchanges if exchange.path == "/v1/chat/completions"]

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._exchanges)

    def __len__(self) -> int:
        return len(self._exchanges)
