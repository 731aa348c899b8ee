"""The form in which a group's messages go to the model: by topic, in segments that are summarised once and never again.

A segment is closed by what comes after it, and nothing that comes later changes it. It ends where the talk paused, once
it is worth a summary; one that is full ends at the quietest place near its end. Where kept segments began is known,
and binds, so an edited or erased message changes the segment that it stands in and no other; only where the first of a
segment is erased, the one before may change too.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import log
from typing import TypeAlias

from bot.domain.digest import OpenItem
from bot.groups.language import TextLanguage, main_language, terms
from bot.groups.summary import GroupMessage, SummaryQuery
from bot.groups.transcript import PAUSE, STAMP_TOKENS, follows, weight

SEGMENT_TOKENS = 4_000
_WORTH_A_SUMMARY = SEGMENT_TOKENS // 4
_NEAR_THE_END = SEGMENT_TOKENS * 3 // 4
_READ_FOR_A_QUESTION = 3  # segments
_OFTEN = 3  # beyond which a term says no more

Messages: TypeAlias = tuple[GroupMessage, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """Messages of one topic that follow each other, of at most :data:`SEGMENT_TOKENS`."""

    messages: tuple[GroupMessage, ...]
    closed: bool  # none will follow


def by_topic(messages: Sequence[GroupMessage]) -> dict[int | None, list[GroupMessage]]:
    topics: dict[int | None, list[GroupMessage]] = {}
    for message in messages:
        topics.setdefault(message.topic, []).append(message)
    return topics


def cut(messages: Sequence[GroupMessage], now: datetime, starts: Collection[int] = ()) -> list[Segment]:
    """``messages``: of one topic, in the order of their ids. ``starts``: ids with which kept segments begin."""
    segmenter = _Segmenter(starts)
    for message in messages:
        segmenter.add(message)
    return segmenter.end(now)


@dataclass(slots=True)
class _Segmenter:
    starts: Collection[int]
    done: list[Segment] = field(default_factory=list)
    open: list[GroupMessage] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)

    def add(self, message: GroupMessage) -> None:
        if self.open and (message.id in self.starts or self._rests(message.at)):
            self._close(len(self.open))
        tokens = weight(message)
        while self.open and self._tokens + self._stamp(message) + tokens > SEGMENT_TOKENS:
            self._close(self._quietest(message))
        self.weights.append(tokens + self._stamp(message))
        self.open.append(message)

    def end(self, now: datetime) -> list[Segment]:
        if self.open and self._rests(now):
            self._close(len(self.open))
        return [*self.done, Segment(tuple(self.open), closed=False)] if self.open else self.done

    @property
    def _tokens(self) -> int:
        return STAMP_TOKENS + sum(self.weights)

    def _stamp(self, message: GroupMessage) -> int:
        return STAMP_TOKENS if self.open and not follows(message, self.open[-1]) else 0

    def _rests(self, now: datetime) -> bool:
        return now - self.open[-1].at > PAUSE and self._tokens >= _WORTH_A_SUMMARY

    def _quietest(self, following: GroupMessage) -> int:
        """How many to close: near the end, where the fewest replies are torn off, and then the longest silence was."""
        best, least = len(self.open), (len(self.open) + 1, timedelta())
        tokens = STAMP_TOKENS
        after = [*self.open[1:], following]
        for count, (message, size) in enumerate(zip(self.open, self.weights, strict=True), start=1):
            tokens += size
            if tokens < _NEAR_THE_END and count < len(self.open):
                continue
            kept = {each.id for each in self.open[:count]}
            torn = sum(each.reply_to in kept for each in after[count - 1 :])
            rank = (torn, message.at - after[count - 1].at)
            if rank <= least:
                best, least = count, rank
        return best

    def _close(self, count: int) -> None:
        self.done.append(Segment(tuple(self.open[:count]), closed=True))
        del self.open[:count], self.weights[:count]


def relevant(question: str, segments: Sequence[Sequence[GroupMessage]], most: int) -> list[Sequence[GroupMessage]]:
    """Up to ``most`` of the segments that share terms with the question, in their order; the newest if none does.

    A term counts the more, the fewer segments have it.
    """
    wanted = set(terms(question))
    counts = [Counter(term for message in part for term in terms(message.text) if term in wanted) for part in segments]
    spread = Counter(term for count in counts for term in count)
    scores = [
        sum(min(often, _OFTEN) * log(1 + len(segments) / spread[term]) for term, often in count.items())
        for count in counts
    ]
    best = sorted((index for index, score in enumerate(scores) if score), key=lambda index: -scores[index])[:most]
    return [segments[index] for index in sorted(best)] or list(segments[-1:])


@dataclass(frozen=True, slots=True)
class Section:
    """One topic as it goes to the model.

    A closed segment goes as its notes, of which what rests on other messages is left out; messages go as they are.
    Every message that was asked for is in exactly one part, except where a question needs only some of them.
    """

    topic: int | None
    messages: Messages  # those that were asked for
    language: TextLanguage  # of most of them
    parts: tuple[Segment | Messages, ...]  # in order
    open_items: tuple[OpenItem, ...] = ()  # what was left open in the topic before

    @property
    def ids(self) -> frozenset[int]:
        return frozenset(message.id for message in self.messages)


def sections(
    messages: Sequence[GroupMessage], query: SummaryQuery, now: datetime, starts: Collection[int]
) -> list[Section]:
    """The topics in which there is something, the busiest first. See :class:`bot.groups.summarizer.SummaryTask`."""
    found = []
    for topic, written in by_topic(messages).items():
        if not (query.every_topic or topic == query.topic):
            continue
        stream = [message for message in written if query.people.wrote(message)]
        asked = tuple(query.window.of(stream))
        if asked:
            segments = cut(stream, now, () if query.people else starts)
            language = main_language(message.text for message in asked)
            found.append(Section(topic, asked, language, _parts(segments, asked, query.question)))
    return sorted(found, key=lambda section: -len(section.messages))


def with_open_items(section: Section, open_items: Sequence[OpenItem]) -> Section:
    return replace(section, open_items=tuple(item for item in open_items if item.topic == section.topic))


def _parts(segments: Sequence[Segment], asked: Messages, question: str) -> tuple[Segment | Messages, ...]:
    ids = {message.id for message in asked}
    pairs = [(each, tuple(message for message in each.messages if message.id in ids)) for each in segments]
    if question:
        inside = [part for _, part in pairs if part]
        return tuple(tuple(part) for part in relevant(question, inside, _READ_FOR_A_QUESTION))
    return tuple(segment if _goes_as_notes(segment, part) else part for segment, part in pairs if part)


def _goes_as_notes(segment: Segment, part: Messages) -> bool:
    """Of a segment that lies mostly outside, notes would tell too little of what is inside."""
    return segment.closed and 2 * len(part) >= len(segment.messages)
