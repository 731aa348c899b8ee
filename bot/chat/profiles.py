"""How a person is answered: model, persona, temperature and thinking, as configured and as changed by the person."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bot.domain.catalogue import Catalogue
from bot.domain.model import Model
from bot.domain.preferences import Preferences, PreferencesRepository

TEMPERATURE: Final = 0.7
OWN_PERSONA: Final = "text:"  # in the store, before a prompt that the person wrote
LONGEST_PERSONA: Final = 2_000  # characters

PROMPT: Final = (
    "You are a helpful assistant who talks with people in Telegram. Answer in the language of the question, plainly "
    "and to the point, in Markdown where structure helps. If you do not know something, say so."
)

SETTINGS: Final = ("language", "persona", "temperature", "thinking", "rich")
"""The fields of :class:`Preferences`, in the order in which they are shown."""
_VALUES: Final[dict[str, tuple[str, ...]]] = {
    "temperature": ("0.0", "0.3", "0.7", "1.0", "1.3"),
    "thinking": ("on", "shown"),
    "rich": ("off",),
}


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    """How a person wants to be answered."""

    model: Model
    prompt: str
    temperature: float
    thinking: bool
    keep_thinking: bool = False  # the reasoning is shown with the answer


@dataclass(frozen=True, slots=True)
class Persona:
    """Who the assistant is. ``titles`` by language."""

    titles: Mapping[str, str]
    prompt: str
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class ChatProfiles:
    """``catalogue`` gives the models as they are now; ``personas`` by the names they are chosen by."""

    catalogue: Callable[[], Catalogue]
    personas: Mapping[str, Persona] = field(default_factory=dict)

    def model(self, chosen: str | None) -> Model:
        """The chosen model or its successor; without any choice, or if it is gone, the preferred one."""
        catalogue = self.catalogue()
        model = catalogue.get(chosen) if chosen else None
        return model or catalogue.chat_models()[0]

    def style(self, preferences: Preferences, chosen: str | None) -> GenerationSettings:
        model = self.model(chosen)
        thinking = preferences.thinking in ("on", "shown")
        temperature = preferences.temperature
        persona = self.personas.get(preferences.persona or "")
        if temperature is None:
            temperature = persona.temperature if persona and persona.temperature is not None else TEMPERATURE
        return GenerationSettings(
            model=model,
            prompt=self._prompt(preferences.persona, persona),
            temperature=temperature,
            thinking=model.thinks == "always" or (model.thinks == "switch" and thinking),
            keep_thinking=preferences.thinking == "shown",
        )

    def _prompt(self, chosen: str | None, persona: Persona | None) -> str:
        if chosen is not None and chosen.startswith(OWN_PERSONA):
            return chosen.removeprefix(OWN_PERSONA)
        return persona.prompt if persona else PROMPT


class NotOffered(ValueError):
    """There is no such setting, or it has no such value."""


class PersonaTooLong(ValueError):
    """A person's own prompt has more than :data:`LONGEST_PERSONA` characters; ``size``: how many."""

    def __init__(self, size: int) -> None:
        super().__init__(f"a persona of {size} characters")
        self.size: Final = size


class ChangePreferences:
    """The use case; ``languages``: those that the bot speaks, by their codes."""

    def __init__(self, profiles: ChatProfiles, repository: PreferencesRepository, languages: Sequence[str]) -> None:
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
