"""The sentences about drawings: how the command is used, why pictures are missing, and what stands below one."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.domain import errors
from bot.domain.calls import WaitTooLong
from bot.domain.drawing import GeneratedPicture
from bot.domain.errors import NoPicture, PictureExpired, UnsafeAddress
from bot.domain.model import Model, short_id
from bot.domain.quota import QuotaReached
from bot.drawing.draw_request import DrawRefused, UsageNeeded
from bot.drawing.pipeline import NoSource
from bot.drawing.view import MissingPictures, Note
from bot.providers.image_headers import BrokenPicture
from bot.telegram.drawing_keyboards import price
from bot.telegram.error_messages import quota_message
from bot.telegram.figures import yuan
from bot.telegram.markdown.formatted_text import FormattedText, TextSpan, units
from bot.telegram.media import Caption
from bot.telegram.texts import Texts

KEYS: Mapping[type[Exception], str] = {
    NoSource: "draw.no_source",
    BrokenPicture: "draw.no_picture",
    NoPicture: "draw.no_picture",
    errors.BrokenStream: "draw.no_picture",
    UnsafeAddress: "draw.unsafe",
    PictureExpired: "draw.expired",
    errors.BalanceGone: "draw.balance",
    errors.AccountError: "draw.account",
    errors.ModelError: "draw.gone",
    errors.Moderated: "draw.moderated",
    errors.RequestError: "draw.refused",
    errors.TimedOut: "draw.timeout",
    errors.Unreachable: "draw.unreachable",
    errors.ServiceError: "draw.busy",
}
"""From the particular to the general: the first kind that a failure is of counts."""

_SHOWN_MODELS: Final = 12

_LIMIT: Final = 1024  # UTF-16 units
_NOTES: Final = 500


def refusal(refused: DrawRefused, texts: Texts) -> str:
    """Why a request is not drawn, one line for each reason."""
    if isinstance(refused, UsageNeeded):
        return _usage(refused.models, texts)
    return "\n".join(texts(message.key, **message.values) for message in refused.messages)


def note(said: Note, texts: Texts) -> str:
    """A line below pictures."""
    if isinstance(said, MissingPictures):
        return f"{said.drawn}/{said.total} · {missing(said, texts)}"
    return texts(said.key, **said.values)


def missing(pictures: MissingPictures, texts: Texts) -> str:
    """Why they are not there."""
    if pictures.failure is None:
        return texts("draw.stopped")
    return failure_message(pictures.failure, short_id(pictures.model), texts)


def failure_message(failure: Exception, model: str, texts: Texts) -> str:
    """One sentence on what happened and what to do next. ``model``: how the wanted one is called."""
    if isinstance(failure, QuotaReached):
        return quota_message(failure, texts, free="draw.free")
    if isinstance(failure, WaitTooLong):
        return texts("draw.overfull", model=model, minutes=max(1, round(failure.seconds / 60)))
    if isinstance(failure, NoPicture) and failure.kind:
        return texts("draw.later" if failure.kind == "task" else "draw.other_kind", model=model, kind=failure.kind)
    key = next(key for kind, key in KEYS.items() if isinstance(failure, kind))
    return texts(key, model=model)


def _usage(models: Sequence[Model], texts: Texts) -> str:
    names = "\n".join(f"• {short_id(model.id)} – {_described(model, texts)}" for model in models[:_SHOWN_MODELS])
    return texts("draw.usage", models=names)


def _described(model: Model, texts: Texts) -> str:
    best = model.best_at.get(texts.language, "")
    cost = price(model, texts)
    return cost if best in ("", cost) else f"{cost}, {best}"


def caption(
    picture: GeneratedPicture,
    texts: Texts,
    *,
    notes: Sequence[str] = (),
    words: str | None = None,
    labelled: bool = True,
) -> Caption:
    """``words``: those of the person where the recipe has others, which are folded then; ``labelled``: says that a
    machine drew it."""
    prompt = picture.recipe.prompt
    said = _shortened("\n".join(notes), _NOTES)
    rest = "\n".join(filter(None, (facts(picture, texts), said, texts("draw.label") if labelled else "")))
    room = _LIMIT - units(rest) - 1
    if words in (None, prompt):
        return Caption(f"{_shortened(prompt, room)}\n{rest}")
    head = _shortened(words, room // 2)
    folded = _shortened(prompt, room - units(head) - 1)
    start = len(head) + 1
    flow = FormattedText(f"{head}\n{folded}\n{rest}", (TextSpan("expandable_blockquote", start, start + len(folded)),))
    return Caption(flow.text, flow.entities())


def facts(picture: GeneratedPicture, texts: Texts) -> str:
    """Model, size, seed, seconds and cost, as far as they are known."""
    recipe, form, generation = picture.recipe, picture.format, picture.generation
    size = f"{form.width}x{form.height}" if form.width else recipe.size
    seed = None if recipe.seed is None else texts("draw.seed", seed=recipe.seed)
    seconds = texts("draw.seconds", seconds=f"{generation.seconds:.1f}")
    cost = yuan(generation.cost) if generation.cost else texts("model.free")
    return " · ".join(part for part in (recipe.model.rpartition("/")[2], size, seed, seconds, cost) if part)


def _shortened(text: str, room: int) -> str:
    """Up to ``room`` UTF-16 units."""
    if units(text) <= room:
        return text
    return text.encode("utf-16-le")[: 2 * (room - 1)].decode("utf-16-le", "ignore") + "…"
