"""Options of a person fitted to a model: the recipe of a picture, and what there is to say about it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.calls import Picture, PictureRequest
from bot.domain.drawing import ImageRecipe, fresh_seed
from bot.domain.model import ImageApiFormat, ImageCapabilities, Model, image_api_format
from bot.domain.preferences import LocalizedMessage
from bot.drawing.request_parsing import Options
from bot.drawing.sizes import RequestedSize, fits, nearest, parse_size

_SHOWN_SIZES: Final = 8


@dataclass(frozen=True, slots=True)
class Fitted:
    """The recipe for a model, and where it differs from what was asked for."""

    recipe: ImageRecipe
    count: int
    notes: tuple[LocalizedMessage, ...] = ()  # what is done otherwise than it was asked for
    errors: tuple[LocalizedMessage, ...] = ()  # what keeps it from being done at all


def fit(options: Options, model: Model, *, source: str | None = None, shape: RequestedSize | None = None) -> Fitted:
    """``source``: where the picture is kept that there is to start from; ``shape``: its size. ``model`` must draw."""
    drawing = model.drawing
    if drawing is None:
        raise ValueError(f"{model.id} does not draw")
    form = image_api_format(model)
    recipe = ImageRecipe(
        prompt=options.prompt,
        model=model.id,
        negative=options.negative if drawing.negative_prompt else "",
        size=_size(options.size or shape, drawing),
        seed=_seed(options, form),
        steps=(options.steps or drawing.steps) if drawing.max_steps else None,
        guidance=_guidance(options, drawing),
        source=source,
    )
    notes = (*_not_taken(options, model, drawing, form), *_other_size(options, model, drawing, recipe))
    errors = (*_wrong_values(options, model, drawing), *_wrong_picture(model, drawing, source))
    return Fitted(recipe, options.count, notes, errors)


def refit(recipe: ImageRecipe, model: Model) -> Fitted:
    """The same for another model, which takes other sizes and values; the picture that came before stays so."""
    size = parse_size(recipe.size) if recipe.size else None
    options = Options(recipe.prompt, size=size, size_said=recipe.size or "", seed=recipe.seed, negative=recipe.negative)
    fitted = fit(options, model, source=recipe.source)
    return replace(fitted, recipe=replace(fitted.recipe, parent=recipe.parent))


def picture_request(recipe: ImageRecipe, model: Model, pictures: Sequence[Picture] = ()) -> PictureRequest:
    """The call. ``model``: that of the recipe; ``pictures``: what to start from."""
    return PictureRequest(
        model=model,
        prompt=recipe.prompt,
        size=recipe.size,
        seed=recipe.seed,
        steps=recipe.steps,
        guidance=recipe.guidance,
        negative=recipe.negative,
        pictures=tuple(pictures),
    )


def _size(wanted: RequestedSize | None, drawing: ImageCapabilities) -> str | None:
    if not drawing.sizes:
        return None
    return nearest(wanted, drawing.sizes, drawing.max_pixels) if wanted else drawing.sizes[0]


def _seed(options: Options, form: ImageApiFormat) -> int | None:
    if form.seed == "none":
        return None
    return fresh_seed() if options.seed is None and form.seed == "ours" else options.seed


def _guidance(options: Options, drawing: ImageCapabilities) -> float | None:
    if drawing.guidance is None:
        return None
    return drawing.guidance.default if options.guidance is None else options.guidance


def _not_taken(
    options: Options, model: Model, drawing: ImageCapabilities, form: ImageApiFormat
) -> list[LocalizedMessage]:
    lost = (
        ("--size", options.size is not None and not drawing.sizes),
        ("--seed", options.seed is not None and form.seed == "none"),
        ("--steps", options.steps is not None and not drawing.max_steps),
        ("--guidance", options.guidance is not None and drawing.guidance is None),
        ("--no", bool(options.negative) and not drawing.negative_prompt),
    )
    return [
        LocalizedMessage("draw.not_taken", {"option": name, "model": model.id}) for name, is_lost in lost if is_lost
    ]


def _other_size(
    options: Options, model: Model, drawing: ImageCapabilities, recipe: ImageRecipe
) -> list[LocalizedMessage]:
    if options.size is None or recipe.size is None or fits(recipe.size, options.size):
        return []
    allowed = ", ".join(drawing.sizes[:_SHOWN_SIZES])
    values = {"value": options.size_said, "size": recipe.size, "allowed": allowed, "model": model.id}
    return [LocalizedMessage("draw.other_size", values)]


def _wrong_values(options: Options, model: Model, drawing: ImageCapabilities) -> list[LocalizedMessage]:
    guidance = drawing.guidance
    ranges = (
        ("--steps", options.steps, 1, drawing.max_steps),
        ("--guidance", options.guidance, guidance.low if guidance else 0, guidance.high if guidance else 0),
    )
    return [
        LocalizedMessage(
            "draw.wrong_value",
            {"option": name, "value": f"{value:g}", "allowed": f"{low:g}–{high:g}", "model": model.id},
        )
        for name, value, low, high in ranges
        if value is not None and high and not low <= value <= high
    ]


def _wrong_picture(model: Model, drawing: ImageCapabilities, source: str | None) -> list[LocalizedMessage]:
    if drawing.needs_picture and source is None:
        return [LocalizedMessage("draw.needs_picture", {"model": model.id})]
    if source is not None and not drawing.pictures:
        return [LocalizedMessage("draw.takes_no_picture", {"model": model.id})]
    return []
