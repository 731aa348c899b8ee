"""What people have chosen, kept in memory."""

from bot.domain.preferences import Preferences


class Choices:
    """A repository of preferences without a disk."""

    def __init__(self) -> None:
        self.settings: dict[int, Preferences] = {}
        self.models: dict[tuple[int, int], str] = {}

    async def choices(self, user_id: int, chat_id: int) -> tuple[Preferences, str | None]:
        return self.settings.get(user_id, Preferences()), self.models.get((user_id, chat_id))

    async def save(self, user_id: int, preferences: Preferences) -> None:
        self.settings[user_id] = preferences

    async def choose_model(self, user_id: int, chat_id: int, model: str) -> None:
        self.models[user_id, chat_id] = model
