"""What stands below a picture: its words, how it was made, and what else there is to say."""

from collections.abc import Sequence
from typing import Final

from bot.domain.drawing import GeneratedPicture
from bot.telegram.figures import yuan
from bot.telegram.markdown.formatted_text import FormattedText, TextSpan, units
from bot.telegram.media import Caption
from bot.telegram.texts import Texts

_LIMIT: Final = 1024  # UTF-16 units
_NOTES: Final = 500


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
