"""The queue of updates: kept until confirmed or expired, handed out again and again until then."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from bot.clock import Clock
from bot.playground.telegram.errors import conflict
from bot.playground.telegram.feed import Feed

Json = dict[str, Any]

RETENTION = 86_400.0
CALLBACK_RETENTION = 150.0
LONGEST_POLL = 50
FIRST_UPDATE = 700_000_001
_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(frozen=True, slots=True)
class Pending:
    """``lane``: a webhook has one update in flight per lane. ``expires`` is in Unix seconds."""

    update: Json
    lane: str
    expires: float

    @property
    def id(self) -> int:
        return int(self.update["update_id"])


class Updates:
    def __init__(self, clock: Clock, feed: Feed) -> None:
        self.allowed: list[str] = []
        """Empty: all kinds but those that must be asked for."""
        self.on_put: Callable[[Pending], None] | None = None
        """Set while a webhook takes the updates."""
        self._clock = clock
        self._feed = feed
        self._pending: dict[int, Pending] = {}
        self._last = FIRST_UPDATE - 1
        self._poll: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return sum(pending.expires > self._clock.now() for pending in self._pending.values())

    @property
    def is_polled(self) -> bool:
        """Somebody waits for the next update."""
        return self._poll is not None

    def all(self) -> list[Pending]:
        return list(self._pending.values())

    def put(self, kind: str, value: Json, lane: str, lifetime: float = RETENTION) -> None:
        if kind in self.allowed or (not self.allowed and kind not in _ON_REQUEST):
            self.put_raw({kind: value}, lane, lifetime)

    def put_raw(self, update: Json, lane: str, lifetime: float = RETENTION) -> int:
        """Queue an update whatever it holds; its id, which follows the last one."""
        self._last += 1
        pending = Pending({"update_id": self._last} | update, lane, self._clock.now() + lifetime)
        self._pending[pending.id] = pending
        if self.on_put is not None:
            self.on_put(pending)
        self.wake()
        return pending.id

    def remove(self, ids: Iterable[int]) -> None:
        for update_id in ids:
            self._pending.pop(update_id, None)

    def clear(self) -> None:
        self._pending.clear()

    async def poll(self, offset: int, limit: int, timeout: int) -> list[Json]:
        """``timeout`` is in real seconds, as the client measures it. A newer poll ends this one with 409."""
        self.interrupt("terminated by other getUpdates request; make sure that only one bot instance is running")
        self._confirm(offset)
        batch = self._batch(limit)
        if batch or timeout <= 0:
            return batch
        arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._poll = arrived
        self._feed.publish("poll", None)
        try:
            await asyncio.wait_for(arrived, min(timeout, LONGEST_POLL))
        except TimeoutError:
            return []
        finally:
            if self._poll is arrived:
                self._poll = None
        return self._batch(limit)

    def wake(self) -> None:
        """Let a waiting poll answer with what there is."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def interrupt(self, reason: str) -> None:
        """End a waiting poll with 409."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(conflict(reason))

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            self.remove(list(self._pending)[:offset])
        confirmed = []
        for update_id in self._pending:
            if update_id >= offset:
                break
            confirmed.append(update_id)
        self.remove(confirmed)

    def _batch(self, limit: int) -> list[Json]:
        now = self._clock.now()
        batch: list[Json] = []
        expired: list[int] = []
        for update_id, pending in self._pending.items():
            if len(batch) == limit:
                break
            if pending.expires > now:
                batch.append(pending.update)
            else:
                expired.append(update_id)
        self.remove(expired)
        return batch
