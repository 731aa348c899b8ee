"""Drawings and their pictures: what was asked, how each was made, what it cost, and where it is shown."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlite_utils.db import Database as Connection

from bot.domain.drawing import Drawing as DrawingRow
from bot.domain.drawing import GeneratedPicture as PictureRow
from bot.domain.drawing import GenerationRecord as Made
from bot.domain.drawing import ImageRecipe, NewDrawing
from bot.domain.drawing import MessageRole as Shows
from bot.domain.drawing import PictureFormat as Form
from bot.domain.drawing import PictureState as State
from bot.store.database import Database


class PictureRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, new: NewDrawing, recipes: Sequence[ImageRecipe]) -> DrawingRow:
        """Store it with a picture for each recipe, or give it as it stands where it was begun before."""
        return await self._database.run(partial(_begin, new, recipes), durable=True)

    def line(self, drawing_id: int, message_id: int) -> None:
        """Not waited for: a crash before the commit leaves one line behind."""
        self._database.submit(partial(_set, "drawings", drawing_id, {"line_id": message_id}))

    async def reword(self, drawing_id: int, recipes: Mapping[int, ImageRecipe]) -> None:
        """The words have been rewritten: other recipes, by the pictures' numbers."""
        await self._database.run(partial(_reword, drawing_id, recipes))

    async def called(self, picture_id: int, made: Made, address: str) -> None:
        """It is drawn and paid, and lies at ``address``."""
        values = {**_made(made), "address": address}
        await self._database.run(partial(_set, "pictures", picture_id, values), durable=True)

    async def drawn(self, picture_id: int, made: Made, form: Form) -> None:
        """Its file is kept."""
        values = {**_made(made), **form._asdict(), "address": None, "state": "drawn"}
        await self._database.run(partial(_set, "pictures", picture_id, values), durable=True)

    async def mark(self, picture_ids: Iterable[int], state: State) -> None:
        """Waited for, because after a crash this is all that is known."""
        await self._database.run(partial(_mark, list(picture_ids), state))

    async def sent(self, picture_id: int, photo_id: str | None, document_id: str | None) -> None:
        """With the ids by which Telegram sends it again."""
        await self._database.run(partial(_sent, picture_id, photo_id, document_id))

    def show(self, chat_id: int, message_id: int, picture_id: int, shows: Shows) -> None:
        """Which picture a message is about. Not waited for: what is stored later is committed later."""
        self._database.submit(partial(_show, chat_id, message_id, picture_id, shows))

    async def end(self, drawing_id: int) -> None:
        """The drawing has come to its end; what of it was not drawn never will be."""
        await self._database.run(partial(_end, drawing_id))

    async def forget(self, user_id: int, chat_id: int | None) -> list[int]:
        """Erase what the user has had drawn (in this chat; None: anywhere); the numbers of the pictures that were."""
        return await self._database.run(partial(_forget, user_id, chat_id), durable=True)

    async def get(self, picture_id: int) -> PictureRow | None:
        return await self._database.run(partial(_get, picture_id))

    async def of(self, drawing_id: int) -> list[PictureRow]:
        return await self._database.run(partial(_pictures, drawing_id))

    async def at(self, chat_id: int, message_id: int) -> tuple[PictureRow, Shows] | None:
        """What a message is about."""
        return await self._database.run(partial(_at, chat_id, message_id))


_ROWS = """
SELECT pictures.id, drawing_id, pictures.state, recipe, seconds, cost, media_type, width, height, photo,
    chat_id, user_id, address, photo_id, document_id
FROM pictures JOIN drawings ON drawings.id = drawing_id WHERE
"""


def _begin(new: NewDrawing, recipes: Sequence[ImageRecipe], db: Connection) -> DrawingRow:
    cursor = db.execute(
        "INSERT OR IGNORE INTO drawings (turn, chat_id, topic_id, user_id, words, improve, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (new.idempotency_key, new.chat_id, new.topic_id, new.user_id, new.words, new.improve, new.at),
    )
    if cursor.rowcount:
        for recipe in recipes:
            db.execute(
                "INSERT INTO pictures (drawing_id, parent_id, recipe) VALUES (?, ?, ?)",
                (cursor.lastrowid, recipe.parent, recipe.to_json()),
            )
    sql = "SELECT id, words, improve, state = 'open', line_id FROM drawings WHERE turn = ?"
    number, words, improve, is_open, line_id = db.execute(sql, (new.idempotency_key,)).fetchone()
    return DrawingRow(number, words, bool(improve), bool(is_open), line_id, tuple(_pictures(number, db)))


def _reword(drawing_id: int, recipes: Mapping[int, ImageRecipe], db: Connection) -> None:
    _set("drawings", drawing_id, {"improve": 0}, db)
    for number, recipe in recipes.items():
        _set("pictures", number, {"recipe": recipe.to_json()}, db)


def _made(made: Made) -> dict[str, Any]:
    return {"recipe": made.recipe.to_json(), "seconds": made.seconds, "cost": made.cost}


def _set(table: str, number: int, values: Mapping[str, Any], db: Connection) -> None:
    assignments = ", ".join(f"{name} = ?" for name in values)
    db.execute(f"UPDATE {table} SET {assignments} WHERE id = ?", (*values.values(), number))  # noqa: S608 - our names


def _mark(numbers: Sequence[int], state: State, db: Connection) -> None:
    for number in numbers:
        _set("pictures", number, {"state": state}, db)


def _sent(number: int, photo_id: str | None, document_id: str | None, db: Connection) -> None:
    db.execute(
        "UPDATE pictures SET state = 'sent', photo_id = coalesce(?, photo_id), document_id = coalesce(?, document_id)"
        " WHERE id = ?",
        (photo_id, document_id, number),
    )


def _show(chat_id: int, message_id: int, picture_id: int, shows: Shows, db: Connection) -> None:
    db.execute(
        "INSERT OR REPLACE INTO picture_messages (chat_id, message_id, picture_id, shows) VALUES (?, ?, ?, ?)",
        (chat_id, message_id, picture_id, shows),
    )


def _end(drawing_id: int, db: Connection) -> None:
    _set("drawings", drawing_id, {"state": "done", "line_id": None}, db)
    db.execute("UPDATE pictures SET state = 'failed' WHERE drawing_id = ? AND state = 'open'", (drawing_id,))


def _forget(user_id: int, chat_id: int | None, db: Connection) -> list[int]:
    mine = "SELECT id FROM drawings WHERE user_id = ?1 AND (?2 IS NULL OR chat_id = ?2)"
    sql = f"SELECT id FROM pictures WHERE drawing_id IN ({mine})"  # noqa: S608 - constants
    numbers = [int(row[0]) for row in db.execute(sql, (user_id, chat_id))]
    db.execute(f"DELETE FROM drawings WHERE id IN ({mine})", (user_id, chat_id))  # noqa: S608 - constants
    return numbers


def _get(picture_id: int, db: Connection) -> PictureRow | None:
    row = db.execute(_ROWS + "pictures.id = ?", (picture_id,)).fetchone()
    return _row(row) if row else None


def _pictures(drawing_id: int, db: Connection) -> list[PictureRow]:
    return [_row(row) for row in db.execute(_ROWS + "drawing_id = ? ORDER BY pictures.id", (drawing_id,))]


def _at(chat_id: int, message_id: int, db: Connection) -> tuple[PictureRow, Shows] | None:
    found = db.execute(
        "SELECT picture_id, shows FROM picture_messages WHERE chat_id = ? AND message_id = ?", (chat_id, message_id)
    ).fetchone()
    row = _get(found[0], db) if found else None
    return (row, found[1]) if row else None


def _row(row: Sequence[Any]) -> PictureRow:
    number, drawing_id, state, recipe, seconds, cost, media_type, width, height, photo, *rest = row
    made = Made(ImageRecipe.from_json(recipe), seconds, cost)
    return PictureRow(number, drawing_id, state, made, Form(media_type, width, height, bool(photo)), *rest)
