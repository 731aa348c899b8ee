"""Drawings and their pictures: what was asked, how each was made, what it cost, and where it is shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from typing import Any

from sqlite_utils.db import Database as Connection

from bot.domain.drawing import (
    Drawing,
    GeneratedPicture,
    GenerationRecord,
    ImageRecipe,
    MessageRole,
    NewDrawing,
    PictureFormat,
    PictureState,
)
from bot.domain.money import Money
from bot.store.repository import Repository, submitted, transaction


class PictureRepository(Repository):
    @transaction(durable=True)
    def begin(self, db: Connection, new: NewDrawing, recipes: Sequence[ImageRecipe]) -> Drawing:
        """Store it with a picture for each recipe, or give it as it stands where it was begun before."""
        cursor = db.execute(
            "INSERT OR IGNORE INTO drawings (turn, chat_id, topic_id, user_id, words, improve, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            astuple(new),
        )
        if cursor.rowcount:
            rows = [(cursor.lastrowid, recipe.parent, recipe.to_json()) for recipe in recipes]
            db.conn.executemany("INSERT INTO pictures (drawing_id, parent_id, recipe) VALUES (?, ?, ?)", rows)
        sql = "SELECT id, words, improve, state = 'open', line_id FROM drawings WHERE turn = ?"
        number, words, improve, is_open, line_id = db.execute(sql, (new.idempotency_key,)).fetchone()
        return Drawing(number, words, bool(improve), bool(is_open), line_id, tuple(_pictures(number, db)))

    @submitted()
    def line(self, db: Connection, drawing_id: int, message_id: int) -> None:
        """Not waited for: a crash before the commit leaves one line behind."""
        _set("drawings", drawing_id, {"line_id": message_id}, db)

    @transaction
    def reword(self, db: Connection, drawing_id: int, recipes: Mapping[int, ImageRecipe]) -> None:
        """The words have been rewritten: other recipes, by the pictures' numbers."""
        _set("drawings", drawing_id, {"improve": 0}, db)
        for number, recipe in recipes.items():
            _set("pictures", number, {"recipe": recipe.to_json()}, db)

    @transaction(durable=True)
    def called(self, db: Connection, picture_id: int, made: GenerationRecord, address: str) -> None:
        """It is drawn and paid, and lies at ``address``."""
        _set("pictures", picture_id, {**_made(made), "address": address}, db)

    @transaction(durable=True)
    def drawn(self, db: Connection, picture_id: int, made: GenerationRecord, form: PictureFormat) -> None:
        """Its file is kept."""
        _set("pictures", picture_id, {**_made(made), **form._asdict(), "address": None, "state": "drawn"}, db)

    @transaction
    def mark(self, db: Connection, picture_ids: Iterable[int], state: PictureState) -> None:
        """Waited for, because after a crash this is all that is known."""
        for number in picture_ids:
            _set("pictures", number, {"state": state}, db)

    @transaction
    def sent(self, db: Connection, picture_id: int, photo_id: str | None, document_id: str | None) -> None:
        """With the ids by which Telegram sends it again."""
        db.execute(
            "UPDATE pictures SET state = 'sent', photo_id = coalesce(?, photo_id),"
            " document_id = coalesce(?, document_id) WHERE id = ?",
            (photo_id, document_id, picture_id),
        )

    @submitted()
    def show(self, db: Connection, chat_id: int, message_id: int, picture_id: int, shows: MessageRole) -> None:
        """Which picture a message is about. Not waited for: what is stored later is committed later."""
        db.execute(
            "INSERT OR REPLACE INTO picture_messages (chat_id, message_id, picture_id, shows) SELECT ?1, ?2, ?3, ?4"
            " WHERE EXISTS (SELECT 1 FROM pictures WHERE id = ?3)",  # it may have been erased meanwhile
            (chat_id, message_id, picture_id, shows),
        )

    @transaction
    def end(self, db: Connection, drawing_id: int) -> None:
        """The drawing has come to its end; what of it was not drawn never will be."""
        _set("drawings", drawing_id, {"state": "done", "line_id": None}, db)
        db.execute("UPDATE pictures SET state = 'failed' WHERE drawing_id = ? AND state = 'open'", (drawing_id,))

    @transaction
    def get(self, db: Connection, picture_id: int) -> GeneratedPicture | None:
        return _get(picture_id, db)

    @transaction
    def of(self, db: Connection, drawing_id: int) -> list[GeneratedPicture]:
        return _pictures(drawing_id, db)

    @transaction
    def at(self, db: Connection, chat_id: int, message_id: int) -> tuple[GeneratedPicture, MessageRole] | None:
        """What a message is about."""
        sql = "SELECT picture_id, shows FROM picture_messages WHERE chat_id = ? AND message_id = ?"
        found = db.execute(sql, (chat_id, message_id)).fetchone()
        row = _get(found[0], db) if found else None
        return (row, found[1]) if row else None


_ROWS = """
SELECT pictures.id, drawing_id, pictures.state, recipe, seconds, cost, media_type, width, height, photo,
    chat_id, user_id, address, photo_id, document_id
FROM pictures JOIN drawings ON drawings.id = drawing_id WHERE
"""


def _made(made: GenerationRecord) -> dict[str, Any]:
    return {"recipe": made.recipe.to_json(), "seconds": made.seconds, "cost": made.cost.micro_yuan}


def _set(table: str, number: int, values: Mapping[str, Any], db: Connection) -> None:
    assignments = ", ".join(f"{name} = ?" for name in values)
    db.execute(f"UPDATE {table} SET {assignments} WHERE id = ?", (*values.values(), number))  # noqa: S608 - our names


def _get(picture_id: int, db: Connection) -> GeneratedPicture | None:
    row = db.execute(_ROWS + "pictures.id = ?", (picture_id,)).fetchone()
    return _row(row) if row else None


def _pictures(drawing_id: int, db: Connection) -> list[GeneratedPicture]:
    return [_row(row) for row in db.execute(_ROWS + "drawing_id = ? ORDER BY pictures.id", (drawing_id,))]


def _row(row: Sequence[Any]) -> GeneratedPicture:
    number, drawing_id, state, recipe, seconds, cost, media_type, width, height, photo, *rest = row
    made = GenerationRecord(ImageRecipe.from_json(recipe), seconds, Money(cost))
    return GeneratedPicture(
        number, drawing_id, state, made, PictureFormat(media_type, width, height, bool(photo)), *rest
    )
