"""Where a group's messages are parted, so that each part is summarised once and never again.

A stretch is closed by what comes after it, and nothing that comes later changes it. It ends where the talk paused, once
it is worth a summary; one that is full ends at the quietest place near its end. Where kept stretches began is known,
and binds, so an edited or erased message changes the stretch that it stands in and no other; only where the first of a
stretch is erased, the one before may change too.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.summaries.lines import PAUSE, STAMP_TOKENS, follows, weight
from bot.summaries.messages import GroupMessage

STRETCH_TOKENS = 4_000
_WORTH_A_SUMMARY = STRETCH_TOKENS // 4
_NEAR_THE_END = STRETCH_TOKENS * 3 // 4


@dataclass(frozen=True, slots=True)
class Stretch:
    """Messages of one topic that follow each other, of at most :data:`STRETCH_TOKENS`; ``closed``: none will follow."""

    messages: tuple[GroupMessage, ...]
    closed: bool


def by_topic(messages: Sequence[GroupMessage]) -> dict[int | None, list[GroupMessage]]:
    topics: dict[int | None, list[GroupMessage]] = {}
    for message in messages:
        topics.setdefault(message.topic, []).append(message)
    return topics


def cut(messages: Sequence[GroupMessage], now: datetime, starts: Collection[int] = ()) -> list[Stretch]:
    """``messages``: of one topic, in the order of their ids. ``starts``: ids with which kept stretches begin."""
    cutter = _Cutter(starts)
    for message in messages:
        cutter.add(message)
    return cutter.end(now)


@dataclass(slots=True)
class _Cutter:
    starts: Collection[int]
    done: list[Stretch] = field(default_factory=list)
    open: list[GroupMessage] = field(default_factory=list)
    weights: list[int] = field(default_factory=list)

    def add(self, message: GroupMessage) -> None:
        if self.open and (message.id in self.starts or self._rests(message.at)):
            self._close(len(self.open))
        tokens = weight(message)
        while self.open and self._tokens + self._stamp(message) + tokens > STRETCH_TOKENS:
            self._close(self._quietest(message))
        self.weights.append(tokens + self._stamp(message))
        self.open.append(message)

    def end(self, now: datetime) -> list[Stretch]:
        if self.open and self._rests(now):
            self._close(len(self.open))
        return [*self.done, Stretch(tuple(self.open), closed=False)] if self.open else self.done

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
        self.done.append(Stretch(tuple(self.open[:count]), closed=True))
        del self.open[:count], self.weights[:count]
