"""Which message shows which part of an answer, so that a delivery goes on where it ended."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from sqlite_utils.db import Database as Connection

from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Part:
    """``shown``: the message exists and shows something earlier; ``attempting``: a send whose end was not recorded;

    ``sent``: it shows the part; ``unknown``: the send's outcome cannot be known, and it is not repeated.
    """

    seq: int
    message_id: int | None
    state: Literal["shown", "attempting", "sent", "unknown"]


class PartRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, answer_id: int) -> list[Part]:
        return await self._database.run(partial(parts_of, answer_id))

    async def attempt(self, answer_id: int, seq: int, chat_id: int) -> None:
        """A new message is about to be sent; waited for, because after a crash this row is all that is known."""
        await self._database.run(partial(_put, answer_id, seq, chat_id, None, "attempting"))

    def shown(self, answer_id: int, seq: int, chat_id: int, message_id: int) -> None:
        """A live message exists; not waited for: a crash before the commit leaves one placeholder behind."""
        self._database.submit(partial(_put, answer_id, seq, chat_id, message_id, "shown"))

    def sent(self, answer_id: int, seq: int, chat_id: int, message_id: int | None) -> None:
        """Not waited for: what is stored later is committed later."""
        self._database.submit(partial(_put, answer_id, seq, chat_id, message_id, "sent"))

    def unknown(self, answer_id: int, seq: int, chat_id: int) -> None:
        self._database.submit(partial(_put, answer_id, seq, chat_id, None, "unknown"))

    def gone(self, answer_id: int, seq: int) -> None:
        """The message was deleted: the answer has fewer parts now."""
        self._database.submit(
            lambda db: db.execute("DELETE FROM parts WHERE answer_id = ? AND seq = ?", (answer_id, seq)).rowcount
        )


def parts_of(answer_id: int, db: Connection) -> list[Part]:
    rows = db.execute("SELECT seq, message_id, state FROM parts WHERE answer_id = ? ORDER BY seq", (answer_id,))
    return [Part(*row) for row in rows]


def _put(answer_id: int, seq: int, chat_id: int, message_id: int | None, state: str, db: Connection) -> None:
    db.execute(
        "INSERT INTO parts (answer_id, seq, chat_id, message_id, state) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (answer_id, seq) DO UPDATE SET message_id = coalesce(excluded.message_id, message_id),"
        " state = excluded.state",
        (answer_id, seq, chat_id, message_id, state),
    )
