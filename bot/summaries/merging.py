"""Notes of many stretches, brought together."""

from collections.abc import Iterator, Sequence

from bot.domain.model import Model
from bot.providers.tokens import estimate
from bot.summaries.aliases import Aliases
from bot.summaries.notes import Notes, to_json
from bot.summaries.prompts import Bounds

FAN_OUT = 8
AT_ONCE = 60  # notes that go into one prompt
_MOST_TOKENS = 16_000
_SHARE = 3  # of a model's window, and of the tokens that a minute allows, one prompt takes a third


def fit(parts: Sequence[Notes], model: Model) -> bool:
    """Whether they may go into one prompt."""
    room = min(_MOST_TOKENS, model.context // _SHARE, model.limits.get("tpm", 3 * _MOST_TOKENS) // _SHARE)
    return len(parts) <= 1 or (len(parts) <= AT_ONCE and sum(estimate(to_json(notes)) for notes in parts) <= room)


def groups(parts: Sequence[Notes]) -> Iterator[list[Notes]]:
    """Neighbours, at most :data:`FAN_OUT` together.

    Where a group ends depends on the notes around that place, so that most groups stay as they are, and are kept, when
    the window moves on.
    """
    group: list[Notes] = []
    for notes in parts:
        group.append(notes)
        is_border = len(group) >= FAN_OUT // 2 and min(notes.messages, default=0) % (FAN_OUT // 2) == 0
        if is_border or len(group) == FAN_OUT:
            yield group
            group = []
    if group:
        yield group


def joined(parts: Sequence[Notes], bounds: Bounds) -> Notes:
    """All of them side by side, as far as there is room, where no model puts them together."""
    aliases = Aliases()
    named = [aliases.adopt(notes) for notes in parts]
    return Notes(
        topics=tuple(topic for notes in named for topic in notes.topics)[: bounds.topics],
        decisions=tuple(each for notes in named for each in notes.decisions)[: bounds.others],
        actions=tuple(each for notes in named for each in notes.actions)[: bounds.others],
        questions=tuple(each for notes in named for each in notes.questions)[: bounds.others],
        people=aliases.people,
    )
