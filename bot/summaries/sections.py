"""Which messages a request is about, and in what form they go to the model."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from bot.summaries.cutting import Stretch, by_topic, cut
from bot.summaries.loops import Loop
from bot.summaries.messages import GroupMessage
from bot.summaries.relevance import relevant
from bot.summaries.request import Request
from bot.summaries.scripts import Tongue, tongue

_READ_FOR_A_QUESTION = 3  # stretches

Said: TypeAlias = tuple[GroupMessage, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One topic. ``messages``: those that were asked for; ``language``: of most of them. ``parts``, in order: a closed
    stretch goes as its notes, of which what rests on other messages is left out; messages go as they are.

    Every message that was asked for is in exactly one part, except where a question needs only some of them.
    ``loops``: what was left open in the topic before.
    """

    topic: int | None
    messages: Said
    language: Tongue
    parts: tuple[Stretch | Said, ...]
    loops: tuple[Loop, ...] = ()

    @property
    def ids(self) -> frozenset[int]:
        return frozenset(message.id for message in self.messages)


def sections(
    messages: Sequence[GroupMessage], request: Request, now: datetime, starts: Collection[int]
) -> list[Section]:
    """The topics in which there is something, the busiest first. See :class:`bot.summaries.service.Task`."""
    found = []
    for topic, written in by_topic(messages).items():
        if not (request.every_topic or topic == request.topic):
            continue
        stream = [message for message in written if request.people.wrote(message)]
        asked = tuple(request.window.of(stream))
        if asked:
            stretches = cut(stream, now, () if request.people else starts)
            language = tongue(message.text for message in asked)
            found.append(Section(topic, asked, language, _parts(stretches, asked, request.question)))
    return sorted(found, key=lambda section: -len(section.messages))


def with_loops(section: Section, loops: Sequence[Loop]) -> Section:
    return replace(section, loops=tuple(loop for loop in loops if loop.topic == section.topic))


def _parts(stretches: Sequence[Stretch], asked: Said, question: str) -> tuple[Stretch | Said, ...]:
    ids = {message.id for message in asked}
    pairs = [(each, tuple(message for message in each.messages if message.id in ids)) for each in stretches]
    if question:
        inside = [part for _, part in pairs if part]
        return tuple(tuple(part) for part in relevant(question, inside, _READ_FOR_A_QUESTION))
    return tuple(stretch if _goes_as_notes(stretch, part) else part for stretch, part in pairs if part)


def _goes_as_notes(stretch: Stretch, part: Said) -> bool:
    """Of a stretch that lies mostly outside, notes would tell too little of what is inside."""
    return stretch.closed and 2 * len(part) >= len(stretch.messages)
