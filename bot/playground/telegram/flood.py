"""How much is too much, by Telegram's published figures; a refused call costs nothing.

About one message a second in a private chat with short bursts, 20 a minute in a group, 30 a second overall, edits
counted; drafts and chat actions share 20 calls in 5 s and 40 in 30 s per chat, with waits of at most 3 s.
"""

import math
from collections import defaultdict, deque

from bot.clock import Clock
from bot.playground.telegram.errors import too_many

Windows = tuple[tuple[int, float], ...]

PRIVATE: Windows = ((5, 5.0),)
GROUP: Windows = ((20, 60.0),)
OVERALL: Windows = ((30, 1.0),)
DRAFTS: Windows = ((20, 5.0), (40, 30.0))
LONGEST_DRAFT_WAIT = 3


class Log:
    """The times of recent calls, enough of them to answer for the widest window."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._times: deque[float] = deque(maxlen=max(count for count, _ in windows))

    def wait(self, now: float) -> float:
        """Seconds until one more call fits all windows."""
        times = self._times
        return max((times[-count] + span - now for count, span in self._windows if len(times) >= count), default=0.0)

    def add(self, now: float) -> None:
        self._times.append(now)


class Flood:
    """``enabled`` may be switched at any time; what was sent meanwhile is not counted."""

    def __init__(self, clock: Clock, *, enabled: bool) -> None:
        self.enabled = enabled
        self._clock = clock
        self._overall = Log(OVERALL)
        self._private: defaultdict[int, Log] = defaultdict(lambda: Log(PRIVATE))
        self._groups: defaultdict[int, Log] = defaultdict(lambda: Log(GROUP))
        self._drafts: defaultdict[int, Log] = defaultdict(lambda: Log(DRAFTS))

    def message(self, chat: int) -> None:
        """Count one message or edit, or refuse it with 429."""
        self._charge(self._private[chat] if chat > 0 else self._groups[chat], self._overall)

    def draft(self, chat: int) -> None:
        self._charge(self._drafts[chat], longest=LONGEST_DRAFT_WAIT)

    def _charge(self, *logs: Log, longest: int = 3600) -> None:
        if not self.enabled:
            return
        now = self._clock.monotonic()
        wait = max(log.wait(now) for log in logs)
        if wait > 0:
            raise too_many(min(longest, max(1, math.ceil(wait))))
        for log in logs:
            log.add(now)
