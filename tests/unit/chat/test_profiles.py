"""How a person is answered, from what was chosen and what is configured."""

from dataclasses import replace

import pytest

from bot.chat.profiles import OWN_PERSONA, PROMPT, TEMPERATURE, ChatProfiles, Persona
from bot.domain.catalogue import Catalogue
from bot.domain.model import ImageCapabilities, Model
from bot.domain.money import Price
from bot.domain.preferences import Preferences

PLAIN = Model("plain", "p", "f", 32_000, 8_000, Price(), "never", sees=False, limits={})
SWITCH = replace(PLAIN, id="switch", thinks="switch")
ALWAYS = replace(PLAIN, id="always", thinks="always")
PAINTER = replace(PLAIN, id="painter", drawing=ImageCapabilities())
PERSONAS = {
    "poet": Persona({"en": "Poet"}, "Rhyme.", 1.1),
    "clerk": Persona({"en": "Clerk"}, "File it."),
}


@pytest.fixture
def profiles() -> ChatProfiles:
    catalogue = Catalogue.of([PAINTER, PLAIN, SWITCH, ALWAYS], {"retired": "switch"})
    return ChatProfiles(lambda: catalogue, PERSONAS)


@pytest.mark.parametrize(
    ("chosen", "model"), [(None, PLAIN), ("switch", SWITCH), ("retired", SWITCH), ("gone for good", PLAIN)]
)
def test_the_model_is_the_chosen_one_its_successor_or_the_preferred(
    profiles: ChatProfiles, chosen: str | None, model: Model
) -> None:
    assert profiles.style(Preferences(), chosen).model == model


@pytest.mark.parametrize(
    ("preferences", "prompt", "temperature"),
    [
        (Preferences(), PROMPT, TEMPERATURE),
        (Preferences(persona="poet"), "Rhyme.", 1.1),
        (Preferences(persona="poet", temperature=0.0), "Rhyme.", 0.0),
        (Preferences(persona="clerk"), "File it.", TEMPERATURE),
        (Preferences(persona="not configured any more"), PROMPT, TEMPERATURE),
        (Preferences(persona=OWN_PERSONA + "poet"), "poet", TEMPERATURE),
    ],
)
def test_prompt_and_temperature_are_the_persons_the_personas_or_ours(
    profiles: ChatProfiles, preferences: Preferences, prompt: str, temperature: float
) -> None:
    style = profiles.style(preferences, None)
    assert (style.prompt, style.temperature) == (prompt, temperature)


@pytest.mark.parametrize(
    ("model", "choice", "thinks", "kept"),
    [
        ("plain", "shown", False, True),
        ("switch", None, False, False),
        ("switch", "off", False, False),
        ("switch", "on", True, False),
        ("switch", "shown", True, True),
        ("always", "off", True, False),
    ],
)
def test_thinking_is_as_wanted_where_the_model_lets_one_choose(
    profiles: ChatProfiles, model: str, choice: str | None, thinks: bool, kept: bool
) -> None:
    style = profiles.style(Preferences(thinking=choice), model)
    assert (style.thinking, style.keep_thinking) == (thinks, kept)
