"""How the time of a piece of work grows with its text: a number that no machine changes, fast or slow."""

import gc
import math
import signal
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Final

Work = Callable[[str], object]
Text = Callable[[int], str]
"""A text of about so many characters."""

MOST: Final = 3.0
"""For twice the text what is linear takes twice the time, what is quadratic four times."""
_FLOOR: Final = 0.002  # seconds: what is shorter tells nothing
_MOMENT: Final = 0.0003  # seconds for 4,000 characters, below which nothing grows beyond moments
_CAP: Final = 0.1  # seconds, after which a measurement is broken off
_SIZES: Final = (1_000, 4_000)  # characters; each is compared with four times as many
_CERTAIN: Final = 50.0  # times as long for four times the text: no need to know how much more


class _BrokenOff(Exception):
    pass


def growth(work: Work, text: Text, sizes: Sequence[int] = _SIZES) -> float:
    """How many times as long the work takes for twice the text; 0 where it takes moments only.

    Measured over two doublings, at the first of the sizes that takes long enough; the lower of two measurements counts.
    """
    if _once(work, text(4 * sizes[0])) < _MOMENT:
        return 0.0
    found = _measured(work, text, sizes, tries=2)
    return found if found <= MOST else min(found, _measured(work, text, sizes, tries=5))


def _measured(work: Work, text: Text, sizes: Sequence[int], tries: int) -> float:
    for n in sizes:
        while n:
            long = _seconds(work, text(4 * n), tries)
            if long < _FLOOR:
                break
            times = long / _seconds(work, text(n), tries)
            if long < _CAP or times > _CERTAIN:
                return math.sqrt(times)
            n //= 2  # it was broken off
    return 0.0


def _seconds(work: Work, text: str, tries: int) -> float:
    """Of the processor, the least of some tries; ``_CAP`` where it is broken off."""
    found = _CAP
    for _ in range(tries):
        found = min(found, _once(work, text))
        if found == _CAP:
            break
    return found


def _once(work: Work, text: str) -> float:
    before = signal.signal(signal.SIGVTALRM, _break_off)
    gc.disable()  # it comes when it likes
    start = time.thread_time()
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, _CAP)
        work(text)
    except _BrokenOff:
        return _CAP
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        gc.enable()
    return time.thread_time() - start


def _break_off(_number: int, _frame: FrameType | None) -> None:
    raise _BrokenOff
