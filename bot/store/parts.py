"""Which message shows which part of an answer, so that a delivery goes on where it ended."""

from dataclasses import dataclass
from typing import Literal

from sqlite_utils.db import Database as Connection

from bot.store.repository import Repository, submitted, transaction


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an answer, and the message for it.

    ``shown``: the message exists and shows something earlier; ``attempting``: a send whose end was not recorded;
    ``sent``: it shows the part; ``unknown``: the send's outcome cannot be known, and it is not repeated.
    """

    seq: int
    message_id: int | None
    state: Literal["shown", "attempting", "sent", "unknown"]


class PartRepository(Repository):
    @transaction
    def of(self, db: Connection, answer_id: int) -> list[Part]:
        return parts_of(answer_id, db)

    @transaction
    def attempt(self, db: Connection, answer_id: int, seq: int, chat_id: int) -> None:
        """A new message is about to be sent; waited for, because after a crash this row is all that is known."""
        _put(answer_id, seq, chat_id, None, "attempting", db)

    @submitted()
    def shown(self, db: Connection, answer_id: int, seq: int, chat_id: int, message_id: int) -> None:
        """A live message exists; not waited for: a crash before the commit leaves one placeholder behind."""
        _put(answer_id, seq, chat_id, message_id, "shown", db)

    @submitted()
    def sent(self, db: Connection, answer_id: int, seq: int, chat_id: int, message_id: int | None) -> None:
        """Not waited for: what is stored later is committed later."""
        _put(answer_id, seq, chat_id, message_id, "sent", db)

    @submitted()
    def unknown(self, db: Connection, answer_id: int, seq: int, chat_id: int) -> None:
        _put(answer_id, seq, chat_id, None, "unknown", db)

    @submitted()
    def gone(self, db: Connection, answer_id: int, seq: int) -> None:
        """The message was deleted: the answer has fewer parts now."""
        db.execute("DELETE FROM parts WHERE answer_id = ? AND seq = ?", (answer_id, seq))


def parts_of(answer_id: int, db: Connection) -> list[Part]:
    rows = db.execute("SELECT seq, message_id, state FROM parts WHERE answer_id = ? ORDER BY seq", (answer_id,))
    return [Part(*row) for row in rows]


def _put(answer_id: int, seq: int, chat_id: int, message_id: int | None, state: str, db: Connection) -> None:
    """Nothing, where the answer was erased while it was being sent."""
    db.execute(
        "INSERT INTO parts (answer_id, seq, chat_id, message_id, state) SELECT ?1, ?2, ?3, ?4, ?5"
        " WHERE EXISTS (SELECT 1 FROM nodes WHERE id = ?1) ON CONFLICT (answer_id, seq) DO UPDATE"
        " SET message_id = coalesce(excluded.message_id, message_id), state = excluded.state",
        (answer_id, seq, chat_id, message_id, state),
    )
