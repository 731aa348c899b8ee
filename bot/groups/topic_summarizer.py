"""How one topic's messages become its summary, and the calls that this takes."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeVar

from bot.domain.digest import OpenItem
from bot.domain.model import Model
from bot.domain.money import TokenUsage
from bot.domain.notes import GroupNotes, to_json
from bot.groups import prompts
from bot.groups.group_answer import PROSE
from bot.groups.notes_client import NotesClient
from bot.groups.open_items import carried_over, opened
from bot.groups.prompts import AnswerBounds, NotesPrompt
from bot.groups.segmentation import Messages, Section, Segment
from bot.groups.summary import ClosedItem, Summary, SummaryQuery, participants
from bot.groups.transcript import Aliases, renamed, shown, weight
from bot.providers.tokens import estimate

T = TypeVar("T")
Material: TypeAlias = GroupNotes | Messages

_LONGEST: Final = 600  # characters of a text once the names are in it
FAN_OUT: Final = 8
AT_ONCE: Final = 60  # notes that go into one prompt
_MOST_TOKENS: Final = 16_000
_SHARE: Final = 3  # of a model's window, and of the tokens that a minute allows, one prompt takes a third
# Tokens, about: what comes before the material, and answers.
_TASK, _NOTES, _MERGED, _ANSWER, _OPEN_ITEM = 320, 350, 900, 1_200, 40


@dataclass(frozen=True, slots=True)
class TopicSummarizer:
    """Makes the summary of one section."""

    section: Section
    query: SummaryQuery
    model: Model
    names: Mapping[int, str]  # of all who wrote a message or are named by an open item; harmless, and never empty
    client: NotesClient

    async def summary(self) -> Summary:
        read = await together(map(self._read, self.section.parts))
        unread = sum(
            self._asked_of(part) for part, found in zip(self.section.parts, read, strict=True) if found is None
        )
        material = await self._condensed([found for found in read if found])
        answer = await self._answer(material)
        return (
            self._summary(answer, unread)
            if isinstance(answer, GroupNotes)
            else self._makeshift(answer, material, unread)
        )

    async def _read(self, part: Segment | Messages) -> Material | None:
        """Messages as they are, a segment as what was asked for of its notes; None where none could be made."""
        if not isinstance(part, Segment):
            return part
        ids = tuple(message.id for message in part.messages)
        start = None if self.query.people else ids[0]
        notes = await self.client.notes(prompts.segment(part.messages), ids, start=start)
        if isinstance(notes, str):
            return None
        inside = notes.within(self.section.ids)
        return replace(inside, topics=()) if self.query.actions else inside

    async def _condensed(self, material: Sequence[Material]) -> Sequence[Material]:
        """With the notes brought together until they fit into one prompt, between the messages before and after."""
        notes = [part for part in material if isinstance(part, GroupNotes)]
        if fit(notes, self.model):
            return material
        while not fit(notes, self.model):
            notes = await together(map(self._merged, neighbours(notes)))
        first = next(index for index, part in enumerate(material) if isinstance(part, GroupNotes))
        return [*material[:first], *notes, *(part for part in material[first:] if not isinstance(part, GroupNotes))]

    async def _merged(self, group: Sequence[GroupNotes]) -> GroupNotes:
        if len(group) == 1:
            return group[0]
        ids = sorted(message for notes in group for message in notes.messages)
        merged = await self.client.notes(prompts.merge(group, self.section.language), ids)
        return merged if isinstance(merged, GroupNotes) else joined(group, prompts.MERGED_BOUNDS)

    async def _answer(self, material: Sequence[Material]) -> GroupNotes | str:
        if not material:
            return GroupNotes()
        if len(material) == 1 and isinstance(material[0], GroupNotes) and self._is_plain:
            return material[0]
        resting = [message for item in self.section.open_items for message in item.messages]
        said = [message.id for message in self.section.messages]
        return await self.client.notes(self._prompt(material), [*resting, *said])

    @property
    def _is_plain(self) -> bool:
        """Whether the notes of a single segment would be the answer already."""
        asks_no_more = not self.query.brief and not self.section.open_items
        return asks_no_more and self.query.language in (None, self.section.language)

    def _makeshift(self, words: str, material: Sequence[Material], unread: int) -> Summary:
        """Where no answer could be read: the notes as they are, or the model's words."""
        prompt = self._prompt(material)
        told = sum(len(part) for part in material if not isinstance(part, GroupNotes))
        if notes := joined([part for part in material if isinstance(part, GroupNotes)], prompt.bounds):
            return self._summary(notes, unread + told)
        summary = self._summary(GroupNotes(), unread if words else unread + told)
        return replace(summary, plain=self._named(words, prompt.people, PROSE))

    def _summary(self, notes: GroupNotes, unread: int) -> Summary:
        named, messages, items = self._with_names(notes), self.section.messages, self.section.open_items
        new = tuple(opened(notes, self.section.topic))
        old = carried_over(items, notes.closed, len(new))
        return Summary(
            topic=self.section.topic,
            topics=() if self.query.actions else named.topics,
            decisions=named.decisions,
            actions=named.actions,
            questions=named.questions,
            participants=participants(messages, self.names),
            count=len(messages),
            first=min(message.at for message in messages),
            last=max(message.at for message in messages),
            model=self.model.id,
            unread=unread,
            closed=tuple(ClosedItem(self._told(items[each.item - 1]), each.messages) for each in notes.closed),
            carried_over=tuple(map(self._told, old)),
            left=tuple(item for item in (*old, *new) if not item.is_last),
            answers=bool(self.query.question),
        )

    def _prompt(self, material: Sequence[Material]) -> NotesPrompt:
        return prompts.whole(material, self.query, self.section.language, self.section.open_items)

    def _told(self, item: OpenItem) -> OpenItem:
        return replace(item, notes=self._with_names(item.notes))

    def _with_names(self, notes: GroupNotes) -> GroupNotes:
        return notes.rewritten(lambda text: self._named(text, notes.people, _LONGEST))

    def _named(self, text: str, people: Sequence[int], length: int) -> str:
        names = {f"U{k}": self.names[author] for k, author in enumerate(people, start=1)}
        return shown(renamed(text, names), length)

    def _asked_of(self, part: Segment | Messages) -> int:
        messages = part.messages if isinstance(part, Segment) else part
        return len(self.section.ids.intersection(message.id for message in messages))


async def together(work: Iterable[Coroutine[None, None, T]]) -> list[T]:
    """The results in order. The first error ends the rest, and is raised itself, not in a group."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def calls(section: Section, query: SummaryQuery, missing: Sequence[NotesPrompt]) -> Iterator[TokenUsage]:
    """The calls that a section takes, by their tokens. ``missing``: for what no notes are kept.

    The last one counts even where its answer is kept, since that shows only when the notes are there.
    """
    for prompt in missing:
        yield TokenUsage(estimate(prompt.system) + estimate(prompt.user), _NOTES)
    size, left = _NOTES, sum(isinstance(part, Segment) for part in section.parts)
    while left > AT_ONCE:
        yield from [TokenUsage(_TASK + FAN_OUT * size, _MERGED)] * -(-left // FAN_OUT)
        size, left = _MERGED, -(-left // FAN_OUT)
    said = [message for part in section.parts if not isinstance(part, Segment) for message in part]
    if left > 1 or said or query.brief or section.open_items:
        yield TokenUsage(_TASK + left * size + sum(map(weight, said)) + len(section.open_items) * _OPEN_ITEM, _ANSWER)


def fit(parts: Sequence[GroupNotes], model: Model) -> bool:
    """Whether they may go into one prompt."""
    room = min(_MOST_TOKENS, model.context // _SHARE, model.limits.get("tpm", 3 * _MOST_TOKENS) // _SHARE)
    return len(parts) <= 1 or (len(parts) <= AT_ONCE and sum(estimate(to_json(notes)) for notes in parts) <= room)


def neighbours(parts: Sequence[GroupNotes]) -> Iterator[list[GroupNotes]]:
    """Neighbours, at most :data:`FAN_OUT` together.

    Where a group ends depends on the notes around that place, so that most groups stay as they are, and are kept, when
    the window moves on.
    """
    group: list[GroupNotes] = []
    for notes in parts:
        group.append(notes)
        is_border = len(group) >= FAN_OUT // 2 and min(notes.messages, default=0) % (FAN_OUT // 2) == 0
        if is_border or len(group) == FAN_OUT:
            yield group
            group = []
    if group:
        yield group


def joined(parts: Sequence[GroupNotes], bounds: AnswerBounds) -> GroupNotes:
    """All of them side by side, as far as there is room, where no model puts them together."""
    aliases = Aliases()
    named = [aliases.adopt(notes) for notes in parts]
    return GroupNotes(
        topics=tuple(topic for notes in named for topic in notes.topics)[: bounds.topics],
        decisions=tuple(each for notes in named for each in notes.decisions)[: bounds.others],
        actions=tuple(each for notes in named for each in notes.actions)[: bounds.others],
        questions=tuple(each for notes in named for each in notes.questions)[: bounds.others],
        people=aliases.people,
    )
