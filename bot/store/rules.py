"""The rules that a table states about its rows: whose they are, for how long they are kept, and what ends them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from sqlite_utils.db import Database as Connection


class OnForget(Enum):
    """What becomes of a person's rows when the person asks to be forgotten, in one chat (here) or everywhere."""

    DELETE = "deleted, here or everywhere"
    DELETE_EVERYWHERE = "deleted by forgetting everywhere alone"
    UNNAME = "kept, with 0 in the place of the person"
    KEEP = "kept, for the reason that the table gives"


class OnLeave(Enum):
    """What becomes of a group's rows when the bot has left the group."""

    DELETE = "deleted"
    KEEP = "kept, for the reason that the table gives"


class OnMigrate(Enum):
    """What becomes of a group's rows when the group becomes a supergroup, which counts its messages anew."""

    MOVE = "moved, with ids of messages renumbered"
    DELETE = "deleted, since they name messages by ids that cannot be renumbered"


class Kept(Enum):
    """For how long rows are kept where no age ends them."""

    ALWAYS = "for as long as the database"
    UNTIL_ERASED = "until their person or their chat is erased"
    WITH_PARENT = "as long as the rows of another table"


@dataclass(frozen=True, slots=True)
class Age:
    """Rows are deleted when the time in ``column`` (Unix seconds) is so long ago."""

    column: str
    seconds: float | None  # None: the days of the setting GROUP_ARCHIVE_DAYS
    where: str = "1"  # SQL; only these rows


ForgetHook = Callable[[Connection, int, int | None], None]
"""For the database, a person, and a chat (None: everywhere)."""
LeaveHook = Callable[[Connection, int], None]
"""For the database and a chat."""
MigrateHook = Callable[[Connection, int, int], None]
"""For the database, the group, and the supergroup."""
AgeHook = Callable[[Connection, float], int]
"""For the database and the time now (Unix seconds); how many rows it deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRules:
    """One table of the schema. A row with a parent goes, by a foreign key, with its parent."""

    name: str
    kept: Kept | tuple[Age, ...] | AgeHook
    parent: str = ""  # the table whose rows these belong to
    person: str = ""  # column with the id of the person whose the row is
    people: str = ""  # column with the ids (JSON) of those whom the row names
    chat: str = ""  # column with the id of the chat whose the row is
    subject: str = ""  # column that says who pays: user:ID or chat:ID
    message_ids: tuple[str, ...] = ()  # columns with ids of messages of the chat
    rests_on: str = ""  # column with the ids (JSON) of archived messages; the row goes when one of them does
    voided: str = ""  # column that is emptied when a message it rests on is edited; none: the row is deleted
    indexed: bool = False  # its texts are in the full-text index
    forget: OnForget | ForgetHook = OnForget.DELETE
    leave: OnLeave | LeaveHook = OnLeave.DELETE
    migrate: OnMigrate | MigrateHook = OnMigrate.MOVE  # a hook prepares what is moved then
    merge: Mapping[str, str] = field(default_factory=dict)
    """Where both chats have a row of the same ``key``: the columns of the supergroup's row that change, in SQL of
    ``old`` and ``new``. All others stay as they are in the supergroup, which is newer."""
    key: tuple[str, ...] = ()  # columns that, with the chat or the subject, are unique; empty: none are
    because: str = ""  # why rows outlive the person or the chat that is erased
