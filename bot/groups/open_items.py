"""What digests left open: found in notes, told again until it is closed or was told often enough, handed on."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from bot.domain.digest import ROUNDS, OpenItem
from bot.domain.notes import Closing, GroupNotes
from bot.groups.summary import Summary
from bot.groups.transcript import named, renamed

_MOST: Final = 30  # of a topic


def opened(notes: GroupNotes, topic: int | None) -> Iterator[OpenItem]:
    """What the notes leave open."""
    for action in notes.actions:
        alone = GroupNotes(actions=(action,), people=notes.people)
        yield OpenItem(topic, _for_the_named(alone, (action.who, action.what, action.due)))
    for question in notes.questions:
        yield OpenItem(topic, _for_the_named(GroupNotes(questions=(question,), people=notes.people), (question.text,)))


def carried_over(items: Sequence[OpenItem], closed: Sequence[Closing], beside: int) -> tuple[OpenItem, ...]:
    """Those that nothing closed, told once more. Where they are too many with ``beside`` new ones, the oldest (they
    stand first) are told for the last time."""
    gone = {closing.item for closing in closed}
    left = [item for number, item in enumerate(items, start=1) if number not in gone]
    over = len(left) + beside - _MOST
    return tuple(replace(item, rounds=ROUNDS if place < over else item.rounds + 1) for place, item in enumerate(left))


def handed_on(items: Sequence[OpenItem], summaries: Sequence[Summary]) -> list[OpenItem]:
    """What the next digest is to tell of. In a topic where nothing was said all stays as it was."""
    told = {summary.topic for summary in summaries}
    waiting = [item for item in items if item.topic not in told]
    return [*waiting, *(item for summary in summaries for item in summary.left)]


def _for_the_named(notes: GroupNotes, texts: Sequence[str]) -> GroupNotes:
    """With those people only whom ``texts``, all that there are, name: the item is erased with them."""
    known = sorted({k for text in texts for k in named(text) if 0 < k <= len(notes.people)})
    names = {f"U{k}": f"U{place}" for place, k in enumerate(known, start=1)}
    return replace(notes.rewritten(lambda text: renamed(text, names)), people=tuple(notes.people[k - 1] for k in known))
