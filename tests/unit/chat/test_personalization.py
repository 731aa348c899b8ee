"""What people may choose, and what they may not."""

from dataclasses import fields

import pytest

from bot.chat.profiles import (
    LONGEST_PERSONA,
    SETTINGS,
    ChangePreferences,
    ChatProfiles,
    NotOffered,
    Persona,
    PersonaTooLong,
)
from bot.domain.preferences import Preferences
from bot.providers.models import siliconflow
from tests.unit.preferences import Choices

PERSONAS = {"pirate": Persona({"zh": "海盗", "en": "Pirate"}, "You are a pirate.")}


@pytest.fixture
def choices() -> Choices:
    return Choices()


@pytest.fixture
def changes(choices: Choices) -> ChangePreferences:
    return ChangePreferences(ChatProfiles(siliconflow, PERSONAS), choices, ("zh", "en"))


def test_every_preference_can_be_set() -> None:
    assert {field.name for field in fields(Preferences)} == set(SETTINGS)


async def test_each_value_that_is_offered_is_kept_and_can_be_taken_back(
    changes: ChangePreferences, choices: Choices
) -> None:
    held = Preferences()
    for setting in SETTINGS:
        for value in (*changes.values(setting)[1:], ""):
            held = await changes.change(7, held, setting, value)
            assert (await choices.choices(7, 1))[0] == held
            kept = getattr(held, setting)
            assert str("" if kept is None else kept) == value
    assert held == Preferences()


async def test_a_choice_leaves_the_others_as_they_are(changes: ChangePreferences) -> None:
    before = Preferences(language="zh", rich="off")
    assert await changes.change(7, before, "persona", "pirate") == Preferences("zh", "pirate", rich="off")


@pytest.mark.parametrize(
    ("setting", "value"), [("rich", "None"), ("temperature", "9"), ("temperature", "0"), ("persona", "cat"), ("x", "")]
)
async def test_what_is_not_offered_changes_nothing(
    changes: ChangePreferences, choices: Choices, setting: str, value: str
) -> None:
    with pytest.raises(NotOffered):
        await changes.change(7, Preferences(), setting, value)
    assert choices.settings == {}


async def test_a_persona_of_ones_own_has_a_longest_length(changes: ChangePreferences, choices: Choices) -> None:
    longest = await changes.write_persona(7, Preferences(), "x" * LONGEST_PERSONA)
    with pytest.raises(PersonaTooLong) as refused:
        await changes.write_persona(7, longest, "x" * (LONGEST_PERSONA + 1))
    assert refused.value.size == LONGEST_PERSONA + 1
    assert choices.settings[7] == longest


async def test_a_model_is_chosen_for_one_chat(changes: ChangePreferences, choices: Choices) -> None:
    await changes.choose_model(7, 1, "Qwen/Qwen3-8B")
    assert (await choices.choices(7, 1))[1] == "Qwen/Qwen3-8B"
    assert (await choices.choices(7, 2))[1] is None
