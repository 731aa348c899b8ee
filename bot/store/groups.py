"""Settings of a group as a whole: the clock by which it reads times, and whether summaries may be private."""

from sqlite_utils.db import Database as Connection

from bot.store.repository import Repository, transaction


class GroupRepository(Repository):
    @transaction
    def zone(self, db: Connection, chat_id: int) -> str | None:
        """A name of the time zone database; None where the group has chosen none."""
        return next((row["zone"] for row in db.table("group_zones").rows_where("chat_id = ?", [chat_id])), None)

    @transaction
    def set_zone(self, db: Connection, chat_id: int, zone: str) -> None:
        set_zone(chat_id, zone, db)

    @transaction
    def allows_private(self, db: Connection, chat_id: int) -> bool:
        """Whether a member may have a summary of it alone."""
        return db.table("private_summaries_off").count_where("chat_id = ?", [chat_id]) == 0

    @transaction
    def allow_private(self, db: Connection, chat_id: int, *, allowed: bool) -> None:
        if allowed:
            db.table("private_summaries_off").delete_where("chat_id = ?", [chat_id])
        else:
            db.table("private_summaries_off").insert({"chat_id": chat_id}, ignore=True)


def set_zone(chat_id: int, zone: str, db: Connection) -> None:
    db.table("group_zones").insert({"chat_id": chat_id, "zone": zone}, replace=True)
