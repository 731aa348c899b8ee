"""How a person is answered: model, persona, temperature and thinking, from what they chose and what is configured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.domain.catalogue import Catalogue
from bot.domain.model import Model
from bot.domain.preferences import Preferences

TEMPERATURE: Final = 0.7
OWN_PERSONA: Final = "text:"  # in the store, before a prompt that the person wrote
LONGEST_PERSONA: Final = 2_000  # characters

PROMPT: Final = (
    "You are a helpful assistant who talks with people in Telegram. Answer in the language of the question, plainly "
    "and to the point, in Markdown where structure helps. If you do not know something, say so."
)


@dataclass(frozen=True, slots=True)
class Style:
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
class Styles:
    """``catalogue`` gives the models as they are now; ``personas`` by the names they are chosen by."""

    catalogue: Callable[[], Catalogue]
    personas: Mapping[str, Persona] = field(default_factory=dict)

    def model(self, chosen: str | None) -> Model:
        """The chosen model or its successor; without any choice, or if it is gone, the preferred one."""
        catalogue = self.catalogue()
        model = catalogue.get(chosen) if chosen else None
        return model or catalogue.chat_models()[0]

    def style(self, preferences: Preferences, chosen: str | None) -> Style:
        model = self.model(chosen)
        thinking = preferences.thinking in ("on", "shown")
        temperature = preferences.temperature
        persona = self.personas.get(preferences.persona or "")
        if temperature is None:
            temperature = persona.temperature if persona and persona.temperature is not None else TEMPERATURE
        return Style(
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
