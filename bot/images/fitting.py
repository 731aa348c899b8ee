"""A wish and a model brought together: the recipe, and what there is to say about it."""

from dataclasses import dataclass, replace
from typing import Final

from bot.domain.image_api_format import ImageApiFormat, image_api_format
from bot.domain.model import ImageCapabilities, Model
from bot.images.options import Options
from bot.images.recipe import Recipe, fresh_seed
from bot.images.remark import Remark
from bot.images.sizes import Wish, fits, nearest, wish

_SHOWN_SIZES: Final = 8


@dataclass(frozen=True, slots=True)
class Fitted:
    """``notes``: what is done otherwise than it was wished. ``complaints``: what keeps it from being done at all."""

    recipe: Recipe
    count: int
    notes: tuple[Remark, ...] = ()
    complaints: tuple[Remark, ...] = ()


def fit(options: Options, model: Model, *, source: str | None = None, shape: Wish | None = None) -> Fitted:
    """``source``: where the picture is kept that there is to start from; ``shape``: its size. ``model`` must draw."""
    drawing = model.drawing
    if drawing is None:
        raise ValueError(f"{model.id} does not draw")
    form = image_api_format(model)
    recipe = Recipe(
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
    complaints = (*_wrong_values(options, model, drawing), *_wrong_picture(model, drawing, source))
    return Fitted(recipe, options.count, notes, complaints)


def refit(recipe: Recipe, model: Model) -> Fitted:
    """The same wish for another model, which takes other sizes and values; the picture that came before stays so."""
    size = wish(recipe.size) if recipe.size else None
    options = Options(recipe.prompt, size=size, size_said=recipe.size or "", seed=recipe.seed, negative=recipe.negative)
    fitted = fit(options, model, source=recipe.source)
    return replace(fitted, recipe=replace(fitted.recipe, parent=recipe.parent))


def _size(wanted: Wish | None, drawing: ImageCapabilities) -> str | None:
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


def _not_taken(options: Options, model: Model, drawing: ImageCapabilities, form: ImageApiFormat) -> list[Remark]:
    lost = (
        ("--size", options.size is not None and not drawing.sizes),
        ("--seed", options.seed is not None and form.seed == "none"),
        ("--steps", options.steps is not None and not drawing.max_steps),
        ("--guidance", options.guidance is not None and drawing.guidance is None),
        ("--no", bool(options.negative) and not drawing.negative_prompt),
    )
    return [Remark("draw.not_taken", {"option": name, "model": model.id}) for name, is_lost in lost if is_lost]


def _other_size(options: Options, model: Model, drawing: ImageCapabilities, recipe: Recipe) -> list[Remark]:
    if options.size is None or recipe.size is None or fits(recipe.size, options.size):
        return []
    allowed = ", ".join(drawing.sizes[:_SHOWN_SIZES])
    values = {"value": options.size_said, "size": recipe.size, "allowed": allowed, "model": model.id}
    return [Remark("draw.other_size", values)]


def _wrong_values(options: Options, model: Model, drawing: ImageCapabilities) -> list[Remark]:
    guidance = drawing.guidance
    ranges = (
        ("--steps", options.steps, 1, drawing.max_steps),
        ("--guidance", options.guidance, guidance.low if guidance else 0, guidance.high if guidance else 0),
    )
    return [
        Remark(
            "draw.wrong_value",
            {"option": name, "value": f"{value:g}", "allowed": f"{low:g}–{high:g}", "model": model.id},
        )
        for name, value, low, high in ranges
        if value is not None and high and not low <= value <= high
    ]


def _wrong_picture(model: Model, drawing: ImageCapabilities, source: str | None) -> list[Remark]:
    if drawing.needs_picture and source is None:
        return [Remark("draw.needs_picture", {"model": model.id})]
    if source is not None and not drawing.pictures:
        return [Remark("draw.takes_no_picture", {"model": model.id})]
    return []
