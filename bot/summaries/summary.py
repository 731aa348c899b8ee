"""What is shown of a summary, and what is told while it comes about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.money import Money
from bot.providers.price import TokenUsage
from bot.summaries.loops import Loop
from bot.summaries.messages import GroupMessage
from bot.summaries.notes import Action, Point, Topic


@dataclass(frozen=True, slots=True)
class Participant:
    """``wrote``: so many of the messages."""

    id: int
    name: str
    wrote: int


@dataclass(frozen=True, slots=True)
class Closed:
    """``by``: the messages that closed it."""

    loop: Loop
    by: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """Of one topic of a chat. Texts are plain: no links, mentions or commands, members by their names.

    Every id of a message is one of the ``count`` that were asked for, which lie between ``first`` and ``last``, or one
    on which a loop of the task rests. ``closed`` and ``carried`` are what became of those, told by members' names;
    ``left``: what is open now and to be told of again, by aliases.
    ``plain`` is set where the model gave nothing to be checked: then there are no points, and it has to be said.
    ``unread``: messages that no notes could be made of. ``answers``: it is one to a question, not of all.
    """

    topic: int | None
    topics: tuple[Topic, ...]
    decisions: tuple[Point, ...]
    actions: tuple[Action, ...]
    questions: tuple[Point, ...]
    participants: tuple[Participant, ...]
    count: int
    first: datetime
    last: datetime
    model: str
    plain: str = ""
    unread: int = 0
    closed: tuple[Closed, ...] = ()
    carried: tuple[Loop, ...] = ()
    left: tuple[Loop, ...] = ()
    answers: bool = False

    @property
    def tells(self) -> bool:
        """Whether there is anything of note in it, or an answer."""
        return bool(self.topics or self.decisions or self.actions or self.questions or self.closed or self.plain)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a request will take, about; no calls where its notes are kept."""

    messages: int
    calls: int
    tokens: int
    cost: Money


@dataclass(frozen=True, slots=True)
class Progress:
    """After each call: ``done`` of ``calls``, and what was spent so far."""

    done: int
    calls: int
    usage: TokenUsage
    cost: Money


def participants(messages: Sequence[GroupMessage], names: Mapping[int, str]) -> tuple[Participant, ...]:
    """Who wrote most, first."""
    wrote: dict[int, int] = {}
    for message in messages:
        wrote[message.author_id] = wrote.get(message.author_id, 0) + 1
    ranked = sorted(wrote.items(), key=lambda entry: -entry[1])
    return tuple(Participant(author, names[author], count) for author, count in ranked)
