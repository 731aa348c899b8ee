"""What is said around pictures fits where Telegram shows it, whatever people wrote."""

import pytest
from aiogram.types import InlineKeyboardMarkup
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import errors
from bot.domain.calls import WaitTooLong
from bot.domain.drawing import GeneratedPicture, GenerationRecord, ImageRecipe, PictureFormat
from bot.domain.errors import NoPicture
from bot.domain.money import Money
from bot.domain.preferences import LocalizedMessage
from bot.drawing.draw_request import DrawRefused, UsageNeeded
from bot.drawing.image_models import ImageModels, tag
from bot.drawing.pipeline import FAILURES, NoSource
from bot.drawing.view import MissingPictures
from bot.providers.image_headers import BrokenPicture
from bot.providers.models import legacy_image_models, siliconflow
from bot.telegram import drawing_keyboards
from bot.telegram.drawing_messages import KEYS, caption, failure_message, note, refusal
from bot.telegram.markdown.formatted_text import units
from bot.telegram.texts import LANGUAGES, Language, Texts

LARGEST = 2**63 - 1
MODELS = [*siliconflow().draw_models(), *legacy_image_models()]


def picture(prompt: str, model: str = "Kwai-Kolors/Kolors", number: int = 1) -> GeneratedPicture:
    recipe = ImageRecipe(prompt, model, size="1024x1024", seed=9_999_999_999)
    png = PictureFormat("image/png", 1024, 1024, photo=True)
    return GeneratedPicture(number, 1, "drawn", GenerationRecord(recipe, 123.4, Money.from_yuan(0.3)), png, 1, 1)


@given(
    st.text(max_size=3000),
    st.none() | st.text(max_size=3000),
    st.lists(st.text(max_size=800), max_size=3),
    st.sampled_from(LANGUAGES),
)
def test_a_caption_always_fits_and_its_quote_is_whole(
    prompt: str, words: str | None, notes: list[str], language: Language
) -> None:
    made = caption(picture(prompt), Texts(language), notes=notes, words=words)
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
    texts, keyboards = (
        Texts(language),
        drawing_keyboards.PictureKeyboards(ImageModels(siliconflow, legacy_image_models())),
    )
    for model in MODELS:
        shown = picture("a cat", model.id, LARGEST)
        check(keyboards.actions(shown, 4, texts))
        check(keyboards.other_models(shown, 4, texts))
        if (sizes := keyboards.sizes(shown, 4, texts)) is not None:
            check(sizes)
    check(drawing_keyboards.cancel(LARGEST, texts))
    check(drawing_keyboards.resend(LARGEST, texts))
    check(drawing_keyboards.offer(texts))
    assert len({tag(model) for model in MODELS}) == len(MODELS)


def every(kind: type[errors.UpstreamError]) -> list[type[errors.UpstreamError]]:
    return [kind, *(found for each in kind.__subclasses__() for found in every(each))]


@pytest.mark.parametrize("kind", every(errors.UpstreamError)[1:])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_upstream_error_has_a_sentence_that_says_nothing_of_its_body(
    language: Language, kind: type[errors.UpstreamError]
) -> None:
    sentence = failure_message(kind(detail="sk-secret", status=499, code="77777"), "Kolors", Texts(language))
    for raw in ("secret", "499", "77777", "/retry"):
        assert raw not in sentence


def test_every_failure_has_an_failure_message() -> None:
    texts = Texts("en")
    assert "more than 11 min" in failure_message(WaitTooLong(660.0), "Kolors", texts)
    assert "no picture" in failure_message(BrokenPicture("why"), "Kolors", texts)
    assert "no picture" in failure_message(NoPicture(), "Kolors", texts)
    assert "once more as a photo" in failure_message(NoSource("why"), "Kolors", texts)
    assert {NoSource, BrokenPicture} <= set(FAILURES) & set(KEYS)


def test_every_reason_of_a_refusal_is_a_line() -> None:
    unknown = LocalizedMessage("draw.unknown_option", {"option": "--{x}", "allowed": "--size"})
    lines = refusal(DrawRefused(unknown, LocalizedMessage("draw.no_models")), Texts("en")).splitlines()
    assert lines == ["I do not know --{x}. There are: --size.", Texts("en")("draw.no_models")]


def test_usage_lists_the_models_with_their_prices() -> None:
    said = refusal(UsageNeeded(siliconflow().draw_models()), Texts("en"))
    assert "• Kolors – free" in said
    assert "• Qwen-Image – ¥0.3, text in pictures" in said


def test_missing_pictures_are_counted_and_explained() -> None:
    texts = Texts("en")
    stopped = MissingPictures(1, 3, "org/Kolors", None)
    assert note(stopped, texts) == "1/3 · – the drawing was stopped –"
    assert note(MissingPictures(0, 2, "Pro/org/X", errors.TimedOut()), texts).startswith("0/2 · X Pro did not draw")
