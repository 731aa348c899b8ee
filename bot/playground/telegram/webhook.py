"""Delivery by POST: one update in flight per lane, repeated until a 2xx or the update's end."""

import asyncio
import json
from collections import deque

import aiohttp

from bot.clock import Clock
from bot.playground.telegram.updates import Pending, Updates

Json = dict[str, object]

FIRST_DELAY = 2.0
LONGEST_DELAY = 60.0
ANSWER_SECONDS = 60.0


class Webhook:
    """``url`` empty: there is none, and updates wait to be polled."""

    def __init__(self, updates: Updates, clock: Clock) -> None:
        self.url = ""
        self.max_connections = 40
        self._secret = ""
        self._updates = updates
        self._clock = clock
        self._lanes: dict[str, deque[Pending]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(self.max_connections)
        self._session: aiohttp.ClientSession | None = None
        self._error: tuple[int, str] | None = None

    async def open(self, url: str, secret: str, max_connections: int) -> None:
        """Begin to deliver, what already waits included."""
        await self.close()
        self.url, self._secret, self.max_connections = url, secret, max_connections
        self._slots = asyncio.Semaphore(max_connections)
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS))
        self._updates.on_put = self._take
        for pending in self._updates.all():
            self._take(pending)

    async def close(self) -> None:
        self.url = ""
        self._error = None
        self._updates.on_put = None
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._lanes.clear()
        if self._session is not None:
            await self._session.close()
            self._session = None

    def info(self) -> Json:
        """WebhookInfo."""
        info: Json = {"url": self.url, "has_custom_certificate": False, "pending_update_count": len(self._updates)}
        if self.url:
            info["max_connections"] = self.max_connections
        if self._updates.allowed:
            info["allowed_updates"] = self._updates.allowed
        if self._error is not None:
            info["last_error_date"], info["last_error_message"] = self._error
        return info

    def _take(self, pending: Pending) -> None:
        if pending.lane in self._lanes:
            self._lanes[pending.lane].append(pending)
            return
        self._lanes[pending.lane] = deque([pending])
        task = asyncio.create_task(self._drain(pending.lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, lane: str) -> None:
        queue = self._lanes[lane]
        while queue:
            await self._deliver(queue[0])
            self._updates.remove([queue.popleft().id])
        del self._lanes[lane]

    async def _deliver(self, pending: Pending) -> None:
        """Repeat at once, then after 2 s and twice that each time."""
        delay = 0.0
        while pending.expires > self._clock.now():
            async with self._slots:
                if await self._post(pending.update):
                    return
            await self._clock.sleep(delay)
            delay = min(LONGEST_DELAY, 2 * delay) or FIRST_DELAY

    async def _post(self, update: Json) -> bool:
        headers = {"Content-Type": "application/json"}
        if self._secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self._secret
        assert self._session is not None  # noqa: S101 - open() made it before any lane began
        try:
            async with self._session.post(self.url, data=json.dumps(update), headers=headers) as response:
                await response.read()
                problem = "" if response.ok else f"Wrong response from the webhook: {response.status} {response.reason}"
        except (aiohttp.ClientError, TimeoutError) as exc:
            problem = f"Connection failed: {exc}"
        if problem:
            self._error = (int(self._clock.now()), problem)
        return not problem
