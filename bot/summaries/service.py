"""Summaries of what a group said."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from bot.clock import Clock
from bot.domain.calls import CallContext, ChatCompletions
from bot.domain.model import Model
from bot.domain.money import NO_MONEY
from bot.providers.price import TokenUsage
from bot.summaries import estimating, prompts
from bot.summaries.asking import Asking
from bot.summaries.cleaning import shown
from bot.summaries.cutting import Stretch
from bot.summaries.leaves import LeafStore, key
from bot.summaries.loops import Loop
from bot.summaries.messages import GroupMessage
from bot.summaries.prompts import Prompt
from bot.summaries.request import Request
from bot.summaries.sections import Section, sections, with_loops
from bot.summaries.summary import Estimate, Progress, Summary
from bot.summaries.work import Work, together

_NAME: Final = 40  # characters


@dataclass(frozen=True, slots=True)
class Task:
    """What to summarise, of which chat, with which model (better one that does not think).

    ``messages``: in the order of their ids, each once; from some time before the request's window on, so that the
    stretch in which the window begins is whole, or else it is summarised anew. ``loops``: what was left open before,
    the oldest first; ``names``: of members in them, by id.
    """

    chat: int
    messages: Sequence[GroupMessage]
    request: Request
    model: Model
    loops: Sequence[Loop] = ()
    names: Mapping[int, str] = field(default_factory=dict)


class Summaries:
    def __init__(self, chat: ChatCompletions, leaves: LeafStore, clock: Clock) -> None:
        self._chat = chat
        self._leaves = leaves
        self._clock = clock

    async def plan(self, task: Task) -> Estimate:
        """What :meth:`summarise` would take now, about."""
        found = await self._sections(task)
        calls = await self._calls(task, found)
        now = self._now()
        return Estimate(
            messages=sum(len(section.messages) for section in found),
            calls=len(calls),
            tokens=sum(call.prompt + call.output for call in calls),
            cost=sum((task.model.price.cost(call, now) for call in calls), NO_MONEY),
        )

    async def summarise(
        self,
        task: Task,
        context: CallContext,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> tuple[Summary, ...]:
        """One summary for each topic asked for in which something was said, the busiest first; of a question only
        those that answer it, if any does.

        Raises UpstreamError, QuotaReached or WaitTooLong; what was noted by then is kept, and trying again costs less.
        """
        found = await self._sections(task)
        expected = len(await self._calls(task, found))
        asking = Asking(self._chat, task.model, context, self._leaves, self._clock, task.chat, expected, progress)
        works = [Work(section, task.request, task.model, _names(task), asking) for section in found]
        made = tuple(await together(work.summary() for work in works))
        told = tuple(each for each in made if each.tells or each.unread)
        return told if task.request.question and told else made

    async def _sections(self, task: Task) -> list[Section]:
        """In a thread, since tens of thousands of messages take most of a second."""
        starts = await self._leaves.starts(task.chat)
        found = await asyncio.to_thread(sections, task.messages, task.request, self._now(), starts)
        return [with_loops(section, task.loops) for section in found]

    async def _calls(self, task: Task, found: Sequence[Section]) -> list[TokenUsage]:
        return [
            call
            for section in found
            for call in estimating.calls(section, task.request, await self._missing(task, section))
        ]

    async def _missing(self, task: Task, section: Section) -> list[Prompt]:
        """What would have to be asked for the notes that are not kept."""
        wanted = [prompts.stretch(part.messages) for part in section.parts if isinstance(part, Stretch)]
        return [one for one in wanted if await self._leaves.get(task.chat, key(one, task.model)) is None]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)


def _names(task: Task) -> dict[int, str]:
    """Of everybody who wrote or is named, the newest."""
    unknown = {person: "" for loop in task.loops for person in loop.notes.people}
    newest = {message.author_id: message.author for message in task.messages}
    return {author: shown(name, _NAME) or "?" for author, name in {**unknown, **task.names, **newest}.items()}
