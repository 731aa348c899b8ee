"""What people have chosen: their settings, and the model in each of their chats."""

from dataclasses import astuple
from functools import partial

from sqlite_utils.db import Database as Connection

from bot.domain.preferences import Preferences as Preferences
from bot.store.database import Database

_REMEMBERED = 5_000  # people and chats; looked up for every update, and hardly ever changed


class PeopleRepository:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[tuple[int, int], tuple[Preferences, str | None]] = {}

    async def choices(self, user_id: int, chat_id: int) -> tuple[Preferences, str | None]:
        """The person's settings, and the id of the model chosen in this chat (None: none was chosen)."""
        key = (user_id, chat_id)
        if key not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = await self._database.run(partial(_choices, user_id, chat_id))
        return self._known[key]

    async def save(self, user_id: int, preferences: Preferences) -> None:
        await self._database.run(partial(_save, user_id, preferences))
        self.forget(user_id)

    async def choose_model(self, user_id: int, chat_id: int, model: str) -> None:
        await self._database.run(partial(_choose_model, user_id, chat_id, model))
        self.forget(user_id)

    def forget(self, user_id: int) -> None:
        """What is remembered of a person is read anew; needed where somebody else has changed or erased it."""
        for key in [key for key in self._known if key[0] == user_id]:
            del self._known[key]


def _choices(user_id: int, chat_id: int, db: Connection) -> tuple[Preferences, str | None]:
    row = db.execute(
        "SELECT language, persona, temperature, thinking, rich FROM people WHERE user_id = ?", (user_id,)
    ).fetchone()
    model = db.execute(
        "SELECT model FROM model_choices WHERE user_id = ? AND chat_id = ?", (user_id, chat_id)
    ).fetchone()
    return Preferences(*row) if row else Preferences(), model[0] if model else None


def _save(user_id: int, preferences: Preferences, db: Connection) -> None:
    db.execute(
        "INSERT OR REPLACE INTO people (user_id, language, persona, temperature, thinking, rich)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (user_id, *astuple(preferences)),
    )


def _choose_model(user_id: int, chat_id: int, model: str, db: Connection) -> None:
    db.execute(
        "INSERT INTO model_choices (user_id, chat_id, model) VALUES (?, ?, ?)"
        " ON CONFLICT (user_id, chat_id) DO UPDATE SET model = excluded.model",
        (user_id, chat_id, model),
    )
