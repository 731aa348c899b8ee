"""What waits for the press of a button: it outlives a restart, and is had by one press at a time."""

import contextlib
import secrets
from collections.abc import AsyncIterator, Collection
from typing import Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from bot.clock import Clock
from bot.domain.group import PendingAction, PendingActionStore

T = TypeVar("T")


class PendingActions(Generic[T]):
    """Actions of one kind, by the names that buttons carry."""

    def __init__(self, rows: PendingActionStore, form: TypeAdapter[T], clock: Clock) -> None:
        """``form``: how an action is written and read."""
        self._rows = rows
        self._form = form
        self._clock = clock
        self._held: set[str] = set()

    async def add(self, action: T, user_id: int, chat_id: int, messages: Collection[int] = ()) -> str:
        """A name for it that nobody can guess. ``messages``: ids of those of the chat that it rests on."""
        name = secrets.token_hex(8)
        row = PendingAction(name, user_id, chat_id, self._clock.now(), self._form.dump_json(action).decode())
        await self._rows.add(row, messages)
        return name

    @contextlib.asynccontextmanager
    async def held(self, name: str) -> AsyncIterator[T | None]:
        """None for what is not there any more, or is held by somebody else. It is gone at the end, unless that is an
        error: an update that is run again after a crash finds it once more."""
        if name in self._held:
            yield None
            return
        self._held.add(name)
        try:
            row = await self._rows.get(name, self._clock.now())
            yield None if row is None else self._read(row.body)
            await self._rows.remove(name)
        finally:
            self._held.discard(name)

    def _read(self, body: str) -> T | None:
        """None for what another version of the program has written in another form."""
        try:
            return self._form.validate_json(body)
        except ValidationError:
            return None
