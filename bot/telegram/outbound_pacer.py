"""The pace of all that leaves for Telegram, kept in one place.

Telegram publishes three figures (about one message a second in a private chat with short bursts, 20 a minute in a
group, 30 a second overall, edits counted) and enforces others; what it really allows it says by ``retry_after``. So
frames, which may be dropped, keep to the published figures with room to spare; what must arrive waits only for a
group's minute, and for what ``retry_after`` has asked, after which all of it keeps to the figures for a minute.
"""

import itertools
from collections import deque
from dataclasses import dataclass, field

from bot.clock import Clock

GROUP_A_MINUTE = 20
GROUP_FRAMES_A_MINUTE = 14  # leaves room for what must arrive
OVERALL_A_SECOND = 30
OVERALL_FRAMES_A_SECOND = 20
STRICT = 60.0  # seconds of caution after a flood wait
_PRIVATE_GAP = 1.0
_DRAFTS = ((5.0, 16), (30.0, 32))  # (seconds, frames): of 20 and 40 that Telegram allows drafts and chat actions
_IDLE = 120.0  # seconds after which a chat's record is of no use


@dataclass(slots=True)
class _Chat:
    times: deque[float] = field(default_factory=deque)
    drafts: deque[float] = field(default_factory=deque)
    closed_until: float = 0.0


class OutboundPacer:
    """Times are the clock's monotonic seconds. A chat with a negative id is a group."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._chats: dict[int, _Chat] = {}
        self._overall: deque[float] = deque()
        self._strict_until = 0.0

    def __len__(self) -> int:
        """Chats of which a record is kept."""
        return len(self._chats)

    def frame(self, chat_id: int) -> bool:
        """Whether a message or edit that may be dropped may leave now; if so it is counted."""
        now, chat = self._at(chat_id)
        if now < chat.closed_until or _count(self._overall, now, 1.0) >= OVERALL_FRAMES_A_SECOND:
            return False
        if _is_group(chat_id) and _count(chat.times, now, 60.0) >= GROUP_FRAMES_A_MINUTE:
            return False
        if not _is_group(chat_id) and _count(chat.times, now, _PRIVATE_GAP) >= 1:
            return False
        self._record(chat, now)
        return True

    def draft(self, chat_id: int) -> bool:
        """The same for drafts and chat actions, which have a budget of their own."""
        now, chat = self._at(chat_id)
        if now < chat.closed_until or any(_count(chat.drafts, now, span) >= most for span, most in _DRAFTS):
            return False
        chat.drafts.append(now)
        return True

    async def delivery(self, chat_id: int) -> None:
        """Wait until what must arrive may leave, and count it."""
        while (pause := self._pause(chat_id)) > 0:
            await self.clock.sleep(pause)
        now, chat = self._at(chat_id)
        self._record(chat, now)

    def flooded(self, chat_id: int, retry_after: float) -> None:
        """Telegram has refused for ``retry_after`` seconds."""
        now, chat = self._at(chat_id)
        chat.closed_until = max(chat.closed_until, now + retry_after)
        self._strict_until = now + retry_after + STRICT

    def _pause(self, chat_id: int) -> float:
        now, chat = self._at(chat_id)
        pause = chat.closed_until - now
        if _is_group(chat_id):
            pause = max(pause, _until_room(chat.times, now, 60.0, GROUP_A_MINUTE))
        if now < self._strict_until:
            pause = max(pause, _until_room(self._overall, now, 1.0, OVERALL_A_SECOND))
            if not _is_group(chat_id):
                pause = max(pause, _until_room(chat.times, now, _PRIVATE_GAP, 1))
        return pause

    def _at(self, chat_id: int) -> tuple[float, _Chat]:
        now = self.clock.monotonic()
        chat = self._chats.get(chat_id)
        if chat is None:
            self._forget_idle(now)
            chat = self._chats[chat_id] = _Chat()
        return now, chat

    def _record(self, chat: _Chat, now: float) -> None:
        chat.times.append(now)
        self._overall.append(now)

    def _forget_idle(self, now: float) -> None:
        """Look at the two oldest records: an idle one goes, a used one moves to the end, so that all are looked at."""
        for chat_id in list(itertools.islice(self._chats, 2)):
            chat = self._chats.pop(chat_id)
            newest = max((*chat.times, *chat.drafts, chat.closed_until))
            if newest >= now - _IDLE:
                self._chats[chat_id] = chat


def _is_group(chat_id: int) -> bool:
    return chat_id < 0


def _count(times: deque[float], now: float, span: float) -> int:
    """How many lie within the last ``span`` seconds; drops those that no span reaches (a minute at most)."""
    while times and times[0] <= now - 60.0:
        times.popleft()
    if span >= 60.0:
        return len(times)
    return sum(1 for time in reversed(times) if time > now - span) if times and times[-1] > now - span else 0


def _until_room(times: deque[float], now: float, span: float, most: int) -> float:
    used = _count(times, now, span)
    return times[len(times) - most] + span - now if used >= most else 0.0
