"""Options become a recipe for one model; whatever that model does not do is said."""

from dataclasses import replace

import pytest

from bot.domain.drawing import MAX_SEED, ImageRecipe
from bot.domain.model import OPENAI, SILICONFLOW, SILICONFLOW_2024, ImageCapabilities, Model, image_api_format
from bot.drawing.image_models import named, offered
from bot.drawing.recipe_fitting import Fitted, fit, picture_request, refit
from bot.drawing.request_parsing import parse
from bot.drawing.sizes import RequestedSize
from bot.providers.models import legacy_image_models, siliconflow

CATALOGUE = siliconflow()
KOLORS = CATALOGUE.models["Kwai-Kolors/Kolors"]
Z_IMAGE = CATALOGUE.models["Tongyi-MAI/Z-Image-Turbo"]
EDIT = CATALOGUE.models["Qwen/Qwen-Image-Edit-2509"]
SDXL = legacy_image_models().models["stabilityai/stable-diffusion-xl-base-1.0"]
OTHER = replace(
    KOLORS, id="gpt-image-1", provider="other", drawing=ImageCapabilities(("1024x1024", "1536x1024"), max_steps=0)
)


def fitted(text: str, model: Model = KOLORS, source: str | None = None) -> Fitted:
    command = parse(text)
    assert command.errors == ()
    return fit(command.options, model, source=source)


def test_what_was_not_said_is_the_models_own_and_a_seed_of_ours() -> None:
    found = fitted("a cat")
    seed = found.recipe.seed
    assert found == Fitted(ImageRecipe("a cat", KOLORS.id, size="1024x1024", seed=seed, steps=20, guidance=7.5), 1)
    assert seed is not None
    assert seed != fitted("a cat").recipe.seed


def test_what_was_said_is_in_the_recipe() -> None:
    found = fitted("a cat --size 3:4 --seed 7 --steps 30 --guidance 4 --no dogs -n 3")
    assert found == Fitted(ImageRecipe("a cat", KOLORS.id, "dogs", "960x1280", 7, 30, 4.0), 3)


def test_seed_is_the_providers_where_it_tells_it() -> None:
    assert fitted("a cat", SDXL).recipe.seed is None
    assert fitted("a cat --seed 7", SDXL).recipe.seed == 7
    assert fitted("a cat", SDXL).recipe.seeded(84071684).seed == 84071684
    assert fitted("a cat", SDXL).recipe.seeded(None).seed is None


@pytest.mark.parametrize(
    ("text", "model", "lost"),
    [
        ("cat --guidance 5", Z_IMAGE, ["--guidance"]),
        ("cat --no dogs --guidance 5 --steps 5", Z_IMAGE, ["--guidance", "--no"]),
        ("cat --size 16:9", EDIT, ["--size"]),
        ("cat --seed 3 --steps 5 --no dogs", OTHER, ["--seed", "--steps", "--no"]),
    ],
)
def test_option_that_the_model_does_not_take_is_said(text: str, model: Model, lost: list[str]) -> None:
    found = fitted(text, model, source="file:1" if model.drawing and model.drawing.pictures else None)
    assert [(note.key, note.values["option"]) for note in found.notes] == [("draw.not_taken", name) for name in lost]
    assert found.errors == ()
    recipe = found.recipe
    assert (recipe.guidance is None or model is EDIT, recipe.negative) == (True, "")


def test_size_that_is_not_to_be_had_is_said() -> None:
    (note,) = fitted("cat, landscape").notes
    assert (note.key, note.values["value"], note.values["size"]) == ("draw.other_size", "landscape", "1024x1024")
    assert "720x1440" in note.values["allowed"]
    assert fitted("cat, landscape", Z_IMAGE).notes == ()


@pytest.mark.parametrize(
    ("text", "option", "allowed"),
    [
        ("cat --steps 101", "--steps", "1–100"),
        ("cat --steps 0", "--steps", "1–100"),
        ("cat --guidance 21", "--guidance", "0–20"),
    ],
)
def test_value_out_of_the_models_range_names_the_range(text: str, option: str, allowed: str) -> None:
    (error,) = fitted(text).errors
    assert (error.key, error.values["option"], error.values["allowed"]) == (
        "draw.wrong_value",
        option,
        allowed,
    )


@pytest.mark.parametrize(
    ("model", "source", "keys"),
    [
        (EDIT, None, ["draw.needs_picture"]),
        (EDIT, "file:1", []),
        (Z_IMAGE, "file:1", ["draw.takes_no_picture"]),
        (KOLORS, "file:1", []),
        (KOLORS, None, []),
    ],
)
def test_picture_to_start_from(model: Model, source: str | None, keys: list[str]) -> None:
    found = fitted("cat", model, source)
    assert [message.key for message in found.errors] == keys
    assert found.recipe.source == source


def test_shape_of_the_picture_to_start_from_is_kept_where_no_other_is_asked_for() -> None:
    options = parse("cat").options
    assert fit(options, KOLORS, source="file:1", shape=RequestedSize(300, 600)).recipe.size == "720x1440"
    assert fit(options, KOLORS, source="file:1", shape=RequestedSize(300, 600)).notes == ()
    square = parse("cat --size 1:1").options
    assert fit(square, KOLORS, source="file:1", shape=RequestedSize(300, 600)).recipe.size == "1024x1024"


def test_recipe_for_another_model_keeps_what_that_one_takes() -> None:
    first = ImageRecipe("a cat", KOLORS.id, "dogs", "768x1024", seed=7, steps=30, guidance=4.0, parent=5)
    found = refit(first, Z_IMAGE)
    assert found.recipe == ImageRecipe("a cat", Z_IMAGE.id, size="768x1024", seed=7, steps=20, parent=5)
    assert [note.values["option"] for note in found.notes] == ["--no"]
    assert refit(first, KOLORS).recipe == replace(first, steps=20, guidance=7.5)


def test_recipes_that_follow_from_one() -> None:
    first = ImageRecipe("a cat", KOLORS.id, size="1024x1024", seed=7, source="file:1")
    assert first.again(5).seed != 7
    assert replace(first.again(5), seed=7) == replace(first, parent=5)
    assert replace(first.varied(5), seed=7) == replace(first, parent=5, source="picture:5")
    assert first.resized(5, "720x1440") == replace(first, parent=5, size="720x1440")
    assert replace(first, seed=None).again(5).seed is None


def test_several_pictures_have_seeds_of_their_own_in_range() -> None:
    assert [one.seed for one in ImageRecipe("", "", seed=MAX_SEED).series(3)] == [MAX_SEED, 0, 1]
    assert [one.seed for one in ImageRecipe("", "").series(2)] == [None, None]


def test_recipe_becomes_a_request() -> None:
    request = picture_request(fitted("a cat --seed 7 --no dogs").recipe, KOLORS)
    assert (request.prompt, request.size, request.seed, request.steps) == ("a cat", "1024x1024", 7, 20)
    assert (request.guidance, request.negative, request.pictures) == (7.5, "dogs", ())


def test_free_model_is_offered_first_and_retired_ones_are_not() -> None:
    assert offered(CATALOGUE)[0].id == KOLORS.id
    assert {model.id for model in offered(CATALOGUE, from_picture=True)} == {KOLORS.id, EDIT.id, "Qwen/Qwen-Image-Edit"}
    assert not {model.id for model in offered(CATALOGUE)} & set(legacy_image_models().models)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kolors", KOLORS.id),
        ("stabilityai/stable-diffusion-xl-base-1.0", SDXL.id),
        ("Stable-Diffusion-XL-base-1.0", SDXL.id),
        ("black-forest-labs/FLUX.1-schnell", KOLORS.id),
    ],
)
def test_model_is_found_by_name(text: str, found: str) -> None:
    assert named(text, CATALOGUE, legacy_image_models())[0].id == found


def test_name_that_is_none_finds_nothing() -> None:
    assert named("diffusion", CATALOGUE, legacy_image_models()) == named(" ", CATALOGUE, legacy_image_models()) == []


def test_each_model_is_asked_in_its_form() -> None:
    assert (image_api_format(KOLORS), image_api_format(SDXL), image_api_format(OTHER)) == (
        SILICONFLOW,
        SILICONFLOW_2024,
        OPENAI,
    )
    assert [CATALOGUE.get(name) for name in legacy_image_models().models] == [KOLORS, KOLORS]
