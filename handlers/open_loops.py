"""What a digest left open, between its form in the store and that in summaries."""

from collections.abc import Iterable, Sequence

from bot.store.loops import StoredLoop
from bot.summaries.loops import Loop
from bot.summaries.notes import from_json, to_json
from bot.summaries.summary import Summary


def read(stored: Iterable[StoredLoop]) -> tuple[Loop, ...]:
    """Without those that were stored in an earlier form."""
    found = ((each, from_json(each.text)) for each in stored)
    return tuple(
        Loop(each.topic_id or None, notes, each.rounds) for each, notes in found if notes is not None and notes
    )


def left(loops: Sequence[Loop], summaries: Sequence[Summary]) -> list[StoredLoop]:
    """What the next digest is to tell of. In a topic where nothing was said all stays as it was."""
    told = {summary.topic for summary in summaries}
    waiting = [loop for loop in loops if loop.topic not in told]
    return [_stored(loop) for loop in (*waiting, *(loop for summary in summaries for loop in summary.left))]


def _stored(loop: Loop) -> StoredLoop:
    notes = loop.notes
    return StoredLoop(loop.topic or 0, to_json(notes), loop.item.messages, notes.people, loop.rounds)
