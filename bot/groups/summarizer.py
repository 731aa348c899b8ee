"""Summaries of what a group said."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from bot.clock import Clock
from bot.domain.calls import CallContext, ChatCompletions
from bot.domain.catalogue import Catalogue
from bot.domain.digest import OpenItem
from bot.domain.model import Model
from bot.domain.money import NO_MONEY, TokenUsage
from bot.domain.notes import NotesCache
from bot.groups import prompts
from bot.groups.notes_client import NotesClient, key
from bot.groups.prompts import NotesPrompt
from bot.groups.segmentation import Section, Segment, sections, with_open_items
from bot.groups.summary import GroupMessage, Summary, SummaryEstimate, SummaryProgress, SummaryQuery
from bot.groups.topic_summarizer import TopicSummarizer, calls, together
from bot.groups.transcript import shown

_NAME: Final = 40  # characters


@dataclass(frozen=True, slots=True)
class SummaryTask:
    """What to summarise, of which chat, with which model.

    ``messages`` begin some time before the query's window, so that the segment in which the window begins is whole, or
    else it is summarised anew.
    """

    chat: int
    messages: Sequence[GroupMessage]  # in the order of their ids, each once
    query: SummaryQuery
    model: Model  # better one that does not think
    open_items: Sequence[OpenItem] = ()  # what was left open before, the oldest first
    names: Mapping[int, str] = field(default_factory=dict)  # of members in them, by id


class Summaries:
    def __init__(self, chat: ChatCompletions, cache: NotesCache, clock: Clock) -> None:
        self._chat = chat
        self._cache = cache
        self._clock = clock

    async def plan(self, task: SummaryTask) -> SummaryEstimate:
        """What :meth:`summarise` would take now, about."""
        found = await self._sections(task)
        calls = await self._calls(task, found)
        now = self._now()
        return SummaryEstimate(
            messages=sum(len(section.messages) for section in found),
            calls=len(calls),
            tokens=sum(call.prompt + call.output for call in calls),
            cost=sum((task.model.price.cost(call, now) for call in calls), NO_MONEY),
        )

    async def summarise(
        self,
        task: SummaryTask,
        context: CallContext,
        progress: Callable[[SummaryProgress], None] = lambda _: None,
    ) -> tuple[Summary, ...]:
        """One summary for each topic asked for in which something was said, the busiest first; of a question only
        those that answer it, if any does.

        Raises UpstreamError, QuotaReached or WaitTooLong; what was noted by then is kept, and trying again costs less.
        """
        found = await self._sections(task)
        expected = len(await self._calls(task, found))
        client = NotesClient(self._chat, task.model, context, self._cache, self._clock, task.chat, expected, progress)
        summarizers = [TopicSummarizer(section, task.query, task.model, _names(task), client) for section in found]
        made = tuple(await together(each.summary() for each in summarizers))
        told = tuple(each for each in made if each.tells or each.unread)
        return told if task.query.question and told else made

    async def _sections(self, task: SummaryTask) -> list[Section]:
        """In a thread, since tens of thousands of messages take most of a second."""
        starts = await self._cache.starts(task.chat)
        found = await asyncio.to_thread(sections, task.messages, task.query, self._now(), starts)
        return [with_open_items(section, task.open_items) for section in found]

    async def _calls(self, task: SummaryTask, found: Sequence[Section]) -> list[TokenUsage]:
        return [call for section in found for call in calls(section, task.query, await self._missing(task, section))]

    async def _missing(self, task: SummaryTask, section: Section) -> list[NotesPrompt]:
        """What would have to be asked for the notes that are not kept."""
        wanted = [prompts.segment(part.messages) for part in section.parts if isinstance(part, Segment)]
        return [one for one in wanted if await self._cache.get(task.chat, key(one, task.model)) is None]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)


def _names(task: SummaryTask) -> dict[int, str]:
    """Of everybody who wrote or is named, the newest."""
    unknown = {person: "" for item in task.open_items for person in item.people}
    newest = {message.author_id: message.author for message in task.messages}
    return {author: shown(name, _NAME) or "?" for author, name in {**unknown, **task.names, **newest}.items()}


def summary_model(catalogue: Catalogue, chosen: str | None) -> Model:
    """Which model sums up: one for everybody, so that the notes of one request serve the next.

    The chosen one or its successor. Where none is chosen, or it is gone: the preferred one that costs nothing and need
    not think, as far as there is one; summaries get truer and shorter without thinking.
    """
    model = catalogue.get(chosen) if chosen else None
    if model is not None and not model.draws:
        return model
    models = catalogue.chat_models()
    calm = [each for each in models if each.thinks != "always"]
    return next((each for each in calm if each.price.free), (calm or models)[0])
