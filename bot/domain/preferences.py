"""What a person has chosen about how the bot answers, and sentences that are put into their language."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class LocalizedMessage:
    key: str  # of the text, as "draw.other_size"
    values: Mapping[str, str] = field(default_factory=dict)  # data; a person's own words among them are bounded


def quoted(text: str) -> str:
    """A person's words on one line, short enough to be repeated in a message."""
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:39] + "…"
