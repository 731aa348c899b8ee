"""What a message wishes to be drawn: the recipes, and what there is to say about them; or why that cannot be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from aiogram.types import Message

from bot.images.choice import Painters
from bot.images.command import parse
from bot.images.fitting import fit
from bot.images.options import Options
from bot.images.recipe import Recipe
from bot.images.remark import quoted
from bot.images.sizes import Wish, wish
from bot.images.sources import own, telegrams
from bot.providers.catalogue import Model
from bot.store.pictures import PictureRow
from bot.telegram.figures import short_name
from bot.telegram.texts import Texts
from handlers.draw_buttons import price
from handlers.draw_caption import say

LONGEST: Final = 4_000
"""Characters of a prompt, which grows with each change."""

_SHOWN_MODELS: Final = 12


@dataclass(frozen=True, slots=True)
class Source:
    """Where the picture is kept that there is to start from, its shape, and its number if it is ours."""

    name: str
    shape: Wish | None = None
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """``words``: as the person wrote them. ``improve``: a chat model is to rewrite them."""

    words: str
    recipes: Sequence[Recipe]
    notes: tuple[str, ...] = ()
    improve: bool = False


class Refused(Exception):
    """The wish cannot be met; the text is the sentence that says why."""


def ordered(words: str, source: Source | None, painters: Painters, texts: Texts) -> Order:
    """A new picture, or one from ``source``. Raises Refused."""
    options = _options(words, texts)
    if not options.prompt:
        raise Refused(texts("draw.what") if source else usage(painters, texts))
    model = _model(options, painters, texts, from_picture=source is not None)
    return _order(options, model, source, texts)


def changed(words: str, row: PictureRow, painters: Painters, texts: Texts) -> Order:
    """The picture as it is, changed by ``words``: what is not said stays as it was. Raises Refused."""
    recipe, options = Recipe(**row.made.recipe), _options(words, texts)
    model = _model(options, painters, texts, instead=painters.of(recipe.model))
    drawing = model.drawing
    starts = drawing is not None and drawing.pictures > 0
    if not (drawing is not None and drawing.needs_picture):  # such a model is told what to change, others what to draw
        options = replace(options, prompt=_joined(recipe.prompt, options.prompt))
    source = Source(own(row.id) if starts else "", parent=row.id)
    return _order(_filled(options, recipe, model), model, source, texts)


def reworded(words: str, row: PictureRow, painters: Painters, texts: Texts) -> Order:
    """The same with other words. Raises Refused."""
    recipe, options = Recipe(**row.made.recipe), _options(words, texts)
    model = _model(options, painters, texts, instead=painters.of(recipe.model))
    source = Source(recipe.source or "", parent=row.id)
    return _order(_filled(options, recipe, model), model, source, texts)


def usage(painters: Painters, texts: Texts) -> str:
    """How the command is used, with the models that there are."""
    offered = painters.offered()
    names = "\n".join(f"• {short_name(model)} – {_described(model, texts)}" for model in offered[:_SHOWN_MODELS])
    return texts("draw.usage", models=names)


def picture_of(message: Message) -> Source | None:
    """The picture that a message holds, as Telegram keeps it."""
    if message.photo:
        largest = message.photo[-1]
        return Source(telegrams(largest.file_id), Wish(largest.width, largest.height))
    document = message.document
    if document is not None and (document.mime_type or "").startswith("image/"):
        return Source(telegrams(document.file_id))
    return None


def source_of(row: PictureRow) -> Source:
    return Source(own(row.id), Wish(row.form.width, row.form.height) if row.form.width else None, row.id)


def _options(words: str, texts: Texts) -> Options:
    command = parse(words)
    if command.complaints:
        raise Refused("\n".join(say(command.complaints, texts)))
    return command.options


def _model(
    options: Options, painters: Painters, texts: Texts, *, from_picture: bool = False, instead: Model | None = None
) -> Model:
    """The one that is named, else ``instead``, else the preferred one."""
    offered = painters.offered(from_picture=from_picture)
    if options.model:
        named = painters.named(options.model)
        if not named:
            names = ", ".join(short_name(model) for model in painters.offered())
            raise Refused(texts("draw.unknown_model", value=quoted(options.model), allowed=names))
        return named[0]
    if instead is None and not offered:
        raise Refused(texts("draw.no_models"))
    return instead or offered[0]


def _order(options: Options, model: Model, source: Source | None, texts: Texts) -> Order:
    if len(options.prompt) > LONGEST:
        raise Refused(texts("draw.too_long", most=LONGEST))
    name, shape, parent = (source.name or None, source.shape, source.parent) if source else (None, None, None)
    fitted = fit(options, model, source=name, shape=shape)
    if fitted.complaints:
        raise Refused("\n".join(say(fitted.complaints, texts)))
    recipes = replace(fitted.recipe, parent=parent).series(fitted.count)
    return Order(options.prompt, recipes, tuple(say(fitted.notes, texts)), options.improve)


def _filled(options: Options, recipe: Recipe, model: Model) -> Options:
    """With what the recipe says where the options say nothing; steps and guidance are a model's own."""
    same = model.id == recipe.model
    return replace(
        options,
        size=options.size or (wish(recipe.size) if recipe.size else None),
        size_said=options.size_said or (recipe.size or ""),
        seed=recipe.seed if options.seed is None else options.seed,
        steps=options.steps or (recipe.steps if same else None),
        guidance=recipe.guidance if options.guidance is None and same else options.guidance,
        negative=options.negative or recipe.negative,
    )


def _joined(prompt: str, words: str) -> str:
    return f"{prompt}{_comma(words)}{words}" if words else prompt


def _comma(words: str) -> str:
    return "，" if any("\u4e00" <= character <= "\u9fff" for character in words) else ", "


def _described(model: Model, texts: Texts) -> str:
    best = model.best_at.get(texts.language, "")
    cost = price(model, texts)
    return cost if best in ("", cost) else f"{cost}, {best}"
