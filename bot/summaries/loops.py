"""What a digest left open, told again by the next ones until it is closed, or has been told often enough."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.summaries.cleaning import named, renamed
from bot.summaries.notes import Action, Closing, Notes, Point

ROUNDS: Final = 7
"""So many digests tell of a loop again; the last of them says that it is the last."""
_MOST: Final = 30  # of a topic


@dataclass(frozen=True, slots=True)
class Loop:
    """``notes`` hold one action or one question, nothing else; ``rounds``: how many digests have told of it again."""

    topic: int | None
    notes: Notes
    rounds: int = 0

    @property
    def item(self) -> Action | Point:
        return self.notes.actions[0] if self.notes.actions else self.notes.questions[0]

    @property
    def is_last(self) -> bool:
        """Whether no digest will tell of it any more."""
        return self.rounds >= ROUNDS


def opened(notes: Notes, topic: int | None) -> Iterator[Loop]:
    """What the notes leave open."""
    for action in notes.actions:
        alone = Notes(actions=(action,), people=notes.people)
        yield Loop(topic, _for_the_named(alone, (action.who, action.what, action.due)))
    for question in notes.questions:
        yield Loop(topic, _for_the_named(Notes(questions=(question,), people=notes.people), (question.text,)))


def carried(loops: Sequence[Loop], closed: Sequence[Closing], beside: int) -> tuple[Loop, ...]:
    """Those that nothing closed, told once more. Where they are too many with ``beside`` new ones, the oldest (they
    stand first) are told for the last time."""
    gone = {closing.loop for closing in closed}
    left = [loop for number, loop in enumerate(loops, start=1) if number not in gone]
    over = len(left) + beside - _MOST
    return tuple(replace(loop, rounds=ROUNDS if place < over else loop.rounds + 1) for place, loop in enumerate(left))


def _for_the_named(notes: Notes, texts: Sequence[str]) -> Notes:
    """With those people only whom ``texts``, all that there are, name: the loop is erased with them."""
    known = sorted({k for text in texts for k in named(text) if 0 < k <= len(notes.people)})
    names = {f"U{k}": f"U{place}" for place, k in enumerate(known, start=1)}
    return replace(notes.rewritten(lambda text: renamed(text, names)), people=tuple(notes.people[k - 1] for k in known))
