"""Pressed buttons and what the bot answered to them."""

import asyncio
import itertools
from dataclasses import dataclass

from bot.clock import Clock
from bot.playground.telegram.errors import bad_request

ANSWER_SECONDS = 15.0
_INVALID = "query is too old and response timeout expired or query ID is invalid"


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What the person who pressed sees: nothing, a toast, or an alert."""

    text: str = ""
    show_alert: bool = False
    url: str = ""


class Callbacks:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = itertools.count(4_000_000_000_000_000_001)
        self._open: dict[str, tuple[float, int, asyncio.Future[CallbackAnswer]]] = {}

    def press(self, user: int) -> tuple[str, asyncio.Future[CallbackAnswer]]:
        """A new query of this user: its id, and the answer to come."""
        now = self._clock.now()
        while self._open and next(iter(self._open.values()))[0] < now:
            del self._open[next(iter(self._open))]
        query = str(next(self._numbers))
        answer: asyncio.Future[CallbackAnswer] = asyncio.get_running_loop().create_future()
        self._open[query] = (now + ANSWER_SECONDS, user, answer)
        return query, answer

    def answer(self, query: str, given: CallbackAnswer) -> None:
        """The first answer is shown; a repeated one is accepted and not seen."""
        _, future = self._find(query)
        if not future.done():
            future.set_result(given)

    def check(self, query: str, user: int) -> None:
        """Refuse a query that is too old, or somebody else's."""
        if self._find(query)[0] != user:
            raise bad_request(_INVALID)

    def _find(self, query: str) -> tuple[int, asyncio.Future[CallbackAnswer]]:
        found = self._open.get(query)
        if found is None or found[0] < self._clock.now():
            raise bad_request(_INVALID)
        return found[1:]
