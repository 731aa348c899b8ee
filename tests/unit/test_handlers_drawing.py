"""What is said around pictures fits where Telegram shows it, whatever people wrote."""

import pytest
from aiogram.types import InlineKeyboardMarkup
from hypothesis import given
from hypothesis import strategies as st

from bot.images.headers import BrokenPicture
from bot.images.recipe import Recipe
from bot.images.sources import NoSource
from bot.images.studio import FAILURES
from bot.limits.demand import Overfull
from bot.providers import errors
from bot.providers.builtin import siliconflow
from bot.providers.picture_fetch import NoPicture
from bot.providers.picture_forms import retired
from bot.store.pictures import Form, Made, PictureRow
from bot.telegram.markdown.formatted_text import units
from bot.telegram.texts import LANGUAGES, Language, Texts
from handlers import draw_buttons
from handlers.draw_caption import caption
from handlers.draw_excuses import KEYS, excuse
from handlers.draw_offer import wanted

LARGEST = 2**63 - 1
MODELS = [*siliconflow().draw_models(), *retired()]


def row(prompt: str, model: str = "Kwai-Kolors/Kolors") -> PictureRow:
    recipe = {"prompt": prompt, "model": model, "size": "1024x1024", "seed": 9_999_999_999}
    return PictureRow(1, 1, "drawn", Made(recipe, 123.4, 300_000), Form("image/png", 1024, 1024, photo=True), 1, 1)


@given(
    st.text(max_size=3000),
    st.none() | st.text(max_size=3000),
    st.lists(st.text(max_size=800), max_size=3),
    st.sampled_from(LANGUAGES),
)
def test_a_caption_always_fits_and_its_quote_is_whole(
    prompt: str, words: str | None, notes: list[str], language: Language
) -> None:
    made = caption(row(prompt), Texts(language), notes=notes, words=words)
    assert units(made.text) <= 1024
    made.text.encode()
    assert "Kolors · 1024x1024 · " in made.text
    for entity in made.entities:
        assert entity.offset + entity.length <= units(made.text)
        folded = made.text.encode("utf-16-le")[2 * entity.offset : 2 * (entity.offset + entity.length)]
        assert prompt.startswith(folded.decode("utf-16-le").removesuffix("…"))


def check(keyboard: InlineKeyboardMarkup) -> None:
    for line in keyboard.inline_keyboard:
        for button in line:
            assert 1 <= len((button.callback_data or "").encode()) <= 64
            assert 1 <= len(button.text) <= 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_fits(language: Language) -> None:
    texts = Texts(language)
    for model in MODELS:
        recipe = Recipe("a cat", model.id)
        assert model.drawing is not None
        check(draw_buttons.below(LARGEST, 4, recipe, model, texts))
        check(draw_buttons.sizes(LARGEST, 4, recipe, model.drawing, texts))
        check(draw_buttons.models(LARGEST, 4, recipe, MODELS, texts))
    for keyboard in (draw_buttons.cancel(LARGEST, texts), draw_buttons.send(LARGEST, texts), draw_buttons.offer(texts)):
        check(keyboard)
    assert len({draw_buttons.tag(model) for model in MODELS}) == len(MODELS)


def every(kind: type[errors.UpstreamError]) -> list[type[errors.UpstreamError]]:
    return [kind, *(found for each in kind.__subclasses__() for found in every(each))]


@pytest.mark.parametrize("kind", every(errors.UpstreamError)[1:])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_upstream_error_has_an_excuse_that_says_nothing_of_its_body(
    language: Language, kind: type[errors.UpstreamError]
) -> None:
    sentence = excuse(kind(detail="sk-secret", status=499, code="77777"), "Kolors", Texts(language))
    for raw in ("secret", "499", "77777", "/retry"):
        assert raw not in sentence


def test_every_failure_has_an_excuse() -> None:
    texts = Texts("en")
    assert "more than 11 min" in excuse(Overfull(660.0), "Kolors", texts)
    assert "no picture" in excuse(BrokenPicture("why"), "Kolors", texts)
    assert "no picture" in excuse(NoPicture(), "Kolors", texts)
    assert "once more as a photo" in excuse(NoSource("why"), "Kolors", texts)
    assert {NoSource, BrokenPicture} <= set(FAILURES) & set(KEYS)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("画一只猫", "一只猫"),
        ("请帮我画一幅山水画", "一幅山水画"),
        ("你能画个机器人吗", "个机器人吗"),
        ("draw a cat", "a cat"),
        ("Can you please draw me the sea at night?", "the sea at night?"),
        ("Paint a picture of my dog", "my dog"),
        ("画家是谁", None),
        ("画蛇添足是什么意思", None),
        ("How do I draw a cat?", None),
        ("draw conclusions", None),
        ("drawing a cat", None),
        ("", None),
    ],
)
def test_a_picture_is_offered_for_plain_words_alone(words: str, what: str | None) -> None:
    assert wanted(words) == what


@given(st.text(max_size=200))
def test_any_question_is_looked_at_without_harm(words: str) -> None:
    found = wanted(words)
    assert found is None or found in words
