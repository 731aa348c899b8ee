"""Changing how one is answered: the model of a chat, and each of the settings."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.conversations.styles import LONGEST_PERSONA, OWN_PERSONA, Styles
from bot.domain.preferences import Preferences, PreferencesRepository

SETTINGS: Final = ("language", "persona", "temperature", "thinking", "rich")
"""The fields of :class:`Preferences`, in the order in which they are shown."""

_VALUES: Final[dict[str, tuple[str, ...]]] = {
    "temperature": ("0.0", "0.3", "0.7", "1.0", "1.3"),
    "thinking": ("on", "shown"),
    "rich": ("off",),
}


class NotOffered(ValueError):
    """There is no such setting, or it has no such value."""


class PersonaTooLong(ValueError):
    """A person's own prompt has more than :data:`LONGEST_PERSONA` characters; ``size``: how many."""

    def __init__(self, size: int) -> None:
        super().__init__(f"a persona of {size} characters")
        self.size: Final = size


class ChangePreferences:
    """The use case; ``languages``: those that the bot speaks, by their codes."""

    def __init__(self, profiles: Styles, repository: PreferencesRepository, languages: Sequence[str]) -> None:
        self._profiles = profiles
        self._repository = repository
        self._languages = languages

    def values(self, setting: str) -> tuple[str, ...]:
        """What a setting can become; the first, empty, takes the choice back. Raises :class:`NotOffered`."""
        if setting == "language":
            return ("", *self._languages)
        if setting == "persona":
            return ("", *self._profiles.personas)
        if setting not in _VALUES:
            raise NotOffered(setting)
        return ("", *_VALUES[setting])

    async def change(self, user_id: int, before: Preferences, setting: str, value: str) -> Preferences:
        """What holds from now on. Raises :class:`NotOffered`, and then nothing has changed."""
        if value not in self.values(setting):
            raise NotOffered(f"{setting}={value}")
        chosen: str | float | None = float(value) if value and setting == "temperature" else value or None
        return await self._save(user_id, replace(before, **{setting: chosen}))  # type: ignore[arg-type]  # as offered

    async def write_persona(self, user_id: int, before: Preferences, prompt: str) -> Preferences:
        """Give the assistant a character of the person's own. Raises :class:`PersonaTooLong`."""
        if len(prompt) > LONGEST_PERSONA:
            raise PersonaTooLong(len(prompt))
        return await self._save(user_id, replace(before, persona=OWN_PERSONA + prompt))

    async def choose_model(self, user_id: int, chat_id: int, model_id: str) -> None:
        """The model that answers this person in this chat from now on."""
        await self._repository.choose_model(user_id, chat_id, model_id)

    async def _save(self, user_id: int, preferences: Preferences) -> Preferences:
        await self._repository.save(user_id, preferences)
        return preferences
