"""What people have chosen, who was let in or shut out, and what the owners were told already."""

from collections.abc import Callable
from dataclasses import asdict

from sqlite_utils.db import Database as Connection

from bot.domain.money import Money
from bot.domain.preferences import Preferences
from bot.domain.quota import Member, QuotaOverride
from bot.store.database import Database
from bot.store.repository import Repository, transaction

_REMEMBERED = 5_000  # people and chats; looked up for every update, and hardly ever changed


class PeopleRepository(Repository):
    """It remembers what it has read; who changes the rows elsewhere tells it by ``forget`` or ``forget_chat``."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._known: dict[tuple[int, int], tuple[Preferences, str | None]] = {}

    async def choices(self, user_id: int, chat_id: int) -> tuple[Preferences, str | None]:
        """The person's settings, and the id of the model chosen in this chat (None: none was chosen)."""
        key = (user_id, chat_id)
        if key not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = await self._choices(user_id, chat_id)
        return self._known[key]

    async def save(self, user_id: int, preferences: Preferences) -> None:
        await self._save(user_id, preferences)
        self.forget(user_id)

    async def choose_model(self, user_id: int, chat_id: int, model: str) -> None:
        await self._choose_model(user_id, chat_id, model)
        self.forget(user_id)

    def forget(self, user_id: int) -> None:
        """What is remembered of a person is read anew."""
        self._drop(lambda user, _: user == user_id)

    def forget_chat(self, chat_id: int) -> None:
        """What is remembered of a chat is read anew."""
        self._drop(lambda _, chat: chat == chat_id)

    def _drop(self, is_outdated: Callable[[int, int], bool]) -> None:
        for key in [key for key in self._known if is_outdated(*key)]:
            del self._known[key]

    @transaction
    def _choices(self, db: Connection, user_id: int, chat_id: int) -> tuple[Preferences, str | None]:
        row = db.execute(
            "SELECT language, persona, temperature, thinking, rich FROM people WHERE user_id = ?", (user_id,)
        ).fetchone()
        model = db.execute(
            "SELECT model FROM model_choices WHERE user_id = ? AND chat_id = ?", (user_id, chat_id)
        ).fetchone()
        return Preferences(*row) if row else Preferences(), model[0] if model else None

    @transaction
    def _save(self, db: Connection, user_id: int, preferences: Preferences) -> None:
        db.table("people").insert({"user_id": user_id, **asdict(preferences)}, replace=True)

    @transaction
    def _choose_model(self, db: Connection, user_id: int, chat_id: int, model: str) -> None:
        db.table("model_choices").insert({"user_id": user_id, "chat_id": chat_id, "model": model}, replace=True)


class MemberRepository(Repository):
    @transaction
    def all(self, db: Connection) -> list[Member]:
        rows = db.execute(
            "SELECT id, allowed, role, questions_per_day, pictures_per_day, cost_per_day, cost_per_month FROM members"
        )
        return [_member(*row) for row in rows]

    @transaction(durable=True)
    def save(self, db: Connection, member: Member) -> None:
        """In the place of what was said of the same id before."""
        quota = member.quota
        db.execute(
            "INSERT OR REPLACE INTO members"
            " (id, allowed, role, questions_per_day, pictures_per_day, cost_per_day, cost_per_month)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(member.id, member.allowed, member.role, quota.questions_per_day, quota.pictures_per_day),
                *(None if cost is None else cost.micro_yuan for cost in (quota.cost_per_day, quota.cost_per_month)),
            ),
        )


def _member(
    number: int,
    allowed: int,
    role: str,
    questions: int | None,
    pictures: int | None,
    day: int | None,
    month: int | None,
) -> Member:
    costs = [None if cost is None else Money(cost) for cost in (day, month)]
    return Member(number, bool(allowed), role, QuotaOverride(questions, pictures, *costs))


class NoticeRepository(Repository):
    @transaction
    def first(self, db: Connection, name: str) -> bool:
        """Whether this is the first time that ``name`` is to be told; from now on it was."""
        return db.execute("INSERT OR IGNORE INTO notices (name) VALUES (?)", (name,)).rowcount > 0
