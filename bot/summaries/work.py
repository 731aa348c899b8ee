"""How one topic's messages become its summary."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeVar

from bot.domain.model import Model
from bot.summaries import prompts
from bot.summaries.answers import PROSE
from bot.summaries.asking import Asking
from bot.summaries.cleaning import renamed, shown
from bot.summaries.cutting import Stretch
from bot.summaries.loops import Loop, carried, opened
from bot.summaries.merging import fit, groups, joined
from bot.summaries.notes import Notes
from bot.summaries.prompts import Prompt
from bot.summaries.request import Request
from bot.summaries.sections import Said, Section
from bot.summaries.summary import Closed, Summary, participants

T = TypeVar("T")
Material: TypeAlias = Notes | Said

_LONGEST: Final = 600  # characters of a text once the names are in it


@dataclass(frozen=True, slots=True)
class Work:
    """``names``: of all who wrote any of the messages or are named by a loop, by id; harmless, and never empty."""

    section: Section
    request: Request
    model: Model
    names: Mapping[int, str]
    asking: Asking

    async def summary(self) -> Summary:
        read = await together(map(self._read, self.section.parts))
        unread = sum(
            self._asked_of(part) for part, found in zip(self.section.parts, read, strict=True) if found is None
        )
        material = await self._condensed([found for found in read if found])
        answer = await self._answer(material)
        return self._summary(answer, unread) if isinstance(answer, Notes) else self._makeshift(answer, material, unread)

    async def _read(self, part: Stretch | Said) -> Material | None:
        """Messages as they are, a stretch as what was asked for of its notes; None where none could be made."""
        if not isinstance(part, Stretch):
            return part
        ids = tuple(message.id for message in part.messages)
        start = None if self.request.people else ids[0]
        notes = await self.asking.notes(prompts.stretch(part.messages), ids, start=start)
        if isinstance(notes, str):
            return None
        inside = notes.within(self.section.ids)
        return replace(inside, topics=()) if self.request.actions else inside

    async def _condensed(self, material: Sequence[Material]) -> Sequence[Material]:
        """With the notes brought together until they fit into one prompt, between the messages before and after."""
        notes = [part for part in material if isinstance(part, Notes)]
        if fit(notes, self.model):
            return material
        while not fit(notes, self.model):
            notes = await together(map(self._merged, groups(notes)))
        first = next(index for index, part in enumerate(material) if isinstance(part, Notes))
        return [*material[:first], *notes, *(part for part in material[first:] if not isinstance(part, Notes))]

    async def _merged(self, group: Sequence[Notes]) -> Notes:
        if len(group) == 1:
            return group[0]
        ids = sorted(message for notes in group for message in notes.messages)
        merged = await self.asking.notes(prompts.merge(group, self.section.language), ids)
        return merged if isinstance(merged, Notes) else joined(group, prompts.MERGED_BOUNDS)

    async def _answer(self, material: Sequence[Material]) -> Notes | str:
        if not material:
            return Notes()
        if len(material) == 1 and isinstance(material[0], Notes) and self._is_plain:
            return material[0]
        looped = [message for loop in self.section.loops for message in loop.item.messages]
        said = [message.id for message in self.section.messages]
        return await self.asking.notes(self._prompt(material), [*looped, *said])

    @property
    def _is_plain(self) -> bool:
        """Whether the notes of a single stretch would be the answer already."""
        asks_no_more = not self.request.brief and not self.section.loops
        return asks_no_more and self.request.language in (None, self.section.language)

    def _makeshift(self, words: str, material: Sequence[Material], unread: int) -> Summary:
        """Where no answer could be read: the notes as they are, or the model's words."""
        prompt = self._prompt(material)
        told = sum(len(part) for part in material if not isinstance(part, Notes))
        if notes := joined([part for part in material if isinstance(part, Notes)], prompt.bounds):
            return self._summary(notes, unread + told)
        summary = self._summary(Notes(), unread if words else unread + told)
        return replace(summary, plain=self._named(words, prompt.people, PROSE))

    def _summary(self, notes: Notes, unread: int) -> Summary:
        named, messages, loops = self._with_names(notes), self.section.messages, self.section.loops
        new = tuple(opened(notes, self.section.topic))
        old = carried(loops, notes.closed, len(new))
        return Summary(
            topic=self.section.topic,
            topics=() if self.request.actions else named.topics,
            decisions=named.decisions,
            actions=named.actions,
            questions=named.questions,
            participants=participants(messages, self.names),
            count=len(messages),
            first=min(message.at for message in messages),
            last=max(message.at for message in messages),
            model=self.model.id,
            unread=unread,
            closed=tuple(Closed(self._told(loops[each.loop - 1]), each.messages) for each in notes.closed),
            carried=tuple(map(self._told, old)),
            left=tuple(loop for loop in (*old, *new) if not loop.is_last),
            answers=bool(self.request.question),
        )

    def _prompt(self, material: Sequence[Material]) -> Prompt:
        return prompts.whole(material, self.request, self.section.language, self.section.loops)

    def _told(self, loop: Loop) -> Loop:
        return replace(loop, notes=self._with_names(loop.notes))

    def _with_names(self, notes: Notes) -> Notes:
        return notes.rewritten(lambda text: self._named(text, notes.people, _LONGEST))

    def _named(self, text: str, people: Sequence[int], length: int) -> str:
        names = {f"U{k}": self.names[author] for k, author in enumerate(people, start=1)}
        return shown(renamed(text, names), length)

    def _asked_of(self, part: Stretch | Said) -> int:
        messages = part.messages if isinstance(part, Stretch) else part
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
