"""What buttons carry back fits, and there is an excuse for everything."""

import pytest
from aiogram.types import InlineKeyboardMarkup

from bot.chat.answer import EmptyAnswer
from bot.chat.profiles import OWN_PERSONA, SETTINGS, ChangePreferences, ChatProfiles, Persona
from bot.domain import errors
from bot.domain.calls import WaitTooLong
from bot.domain.model import short_id
from bot.domain.preferences import Preferences
from bot.providers.models import siliconflow
from bot.telegram.error_messages import error_message
from bot.telegram.texts import LANGUAGES, Language, Texts
from handlers import model_choice, settings
from handlers.person import Person
from tests.unit.preferences import Choices

ID = -1_009_999_999_999_999  # longer than any that Telegram gives
PERSONAS = {"p" * 32: Persona({"zh": "海盗", "en": "Pirate"}, "You are a pirate.")}
STYLES = ChatProfiles(siliconflow, PERSONAS)
CHANGES = ChangePreferences(STYLES, Choices(), LANGUAGES)
QWEN = siliconflow().chat_models()[0]


def person(language: Language, preferences: Preferences | None = None) -> Person:
    return Person(ID, preferences or Preferences(), None, Texts(language))


def check(keyboard: InlineKeyboardMarkup) -> None:
    for row in keyboard.inline_keyboard:
        for button in row:
            assert 1 <= len((button.callback_data or "").encode()) <= 64
            assert 1 <= len(button.text) <= 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_of_the_models_fits(language: Language) -> None:
    someone = person(language)
    check(model_choice._families(someone, STYLES))
    for name, models in siliconflow().by_family().items():
        for page in range(5):
            check(model_choice._family(model_choice._tag(name), models, page, QWEN, someone))


def test_every_model_has_a_tag_of_its_own() -> None:
    names = [entry.id for entry in siliconflow()]
    assert len({model_choice._tag(name) for name in names}) == len(names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_of_the_settings_fits(language: Language) -> None:
    someone = person(language, Preferences(persona=OWN_PERSONA + "x" * 2_000))
    check(settings._menu(someone))
    for field in SETTINGS:
        check(settings._choices(field, someone, STYLES, CHANGES))
    assert len(settings._overview(someone, STYLES)) < 400


def every(kind: type[errors.UpstreamError]) -> list[type[errors.UpstreamError]]:
    return [kind, *(found for each in kind.__subclasses__() for found in every(each))]


@pytest.mark.parametrize("kind", every(errors.UpstreamError)[1:])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_upstream_error_has_an_excuse_that_says_nothing_of_its_body(
    language: Language, kind: type[errors.UpstreamError]
) -> None:
    error = kind(detail='{"code": 1, "message": "sk-secret"}', status=499, code="77777", trace="trace-1")
    sentence = error_message(error, QWEN, Texts(language))
    for raw in ("{", "secret", "499", "77777", "trace-1"):
        assert raw not in sentence


def test_what_is_worth_knowing_is_said() -> None:
    texts = Texts("en")
    assert "more than 11 min" in error_message(WaitTooLong(660.0), QWEN, texts)
    assert "thinking" in error_message(EmptyAnswer(cut=True), QWEN, texts)
    assert "balance" in error_message(errors.BalanceGone(), QWEN, texts)
    assert "key" in error_message(errors.KeyRefused(), QWEN, texts)


def test_paid_twins_keep_their_mark() -> None:
    names = [short_id(entry.id) for entry in siliconflow().chat_models()]
    assert len(set(names)) == len(names)
