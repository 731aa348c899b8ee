"""What a person has chosen about how the bot answers, and where that is kept."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Preferences:
    """A person's settings; None is a choice not made."""

    language: str | None = None  # zh or en; not chosen: that of their Telegram
    persona: str | None = None  # a configured name, or "text:" and a prompt of their own
    temperature: float | None = None
    thinking: str | None = None  # "on", or "shown": with the answer
    rich: str | None = None  # "off": no rich messages


class PreferencesRepository(Protocol):
    """Settings by person, models by person and chat."""

    def choices(self, user_id: int, chat_id: int) -> Awaitable[tuple[Preferences, str | None]]:
        """The person's settings, and the id of the model chosen in this chat (None: none was chosen)."""
        ...

    def save(self, user_id: int, preferences: Preferences) -> Awaitable[None]: ...

    def choose_model(self, user_id: int, chat_id: int, model: str) -> Awaitable[None]: ...
