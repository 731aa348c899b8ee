"""What one account may still ask of one model: an exact sliding log for every window, and room in all of them at once.

A window admits a call if less than its limit went out in the last ``length + arrival_jitter`` seconds. The jitter is
the difference between the slowest and the fastest way to the provider: calls sent that far apart can arrive together,
and the provider counts arrivals. A sliding log also satisfies fixed windows, which are some of the sliding ones.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from operator import attrgetter
from typing import Final

from bot.domain.model import Metric
from bot.ratelimit.permit_request import HOUR, MINUTE, NO_COST, RULES, SIGMAS, Cost

ARRIVAL_JITTER: Final = 0.3
"""Seconds; grows when a refusal proves it too small, for as long as that seems so. Covers ways of 20 to 300 ms.

At 250 ms, 5 calls of 5,700 in an hour are refused on such ways; from 280 ms, none. Costs half a percent of a minute's
limit.
"""

_GRAIN: Final = 60.0
"""Windows of an hour and more count by the minute: a sixtieth of an hour, a 1440th of a day."""

_REACH: Final = 64
"""How many cells one look goes through, so that a look costs the same however long the log is."""


class _Cell:
    """What went out at one time (or, in a coarse window, in one minute). ``live``: the window still counts it."""

    __slots__ = ("amount", "at", "live")

    def __init__(self, at: float, amount: float) -> None:
        self.at = at
        self.amount = amount
        self.live = True


class Window:
    """One limit: how much of its unit was used in the seconds that lie behind."""

    __slots__ = ("_cells", "_grain", "amount_of", "configured", "length", "limit", "metric", "rate", "unit", "used")

    def __init__(self, metric: Metric, limit: int) -> None:
        self.metric = metric
        self.length, self.unit = RULES[metric]  # seconds, and what is counted in them
        self.amount_of: Callable[[Cost], float] = attrgetter(self.unit)  # what a cost takes of this window
        self.configure(limit)
        self.used = 0.0  # with calls that are held: counted before they go out
        self._grain = _GRAIN if self.length >= HOUR else 0.0
        self._cells: deque[_Cell] = deque()

    def configure(self, limit: int) -> None:
        self.configured = float(limit)  # what the catalogue says
        self.limit = self.configured  # what is believed at present
        self.rate = self.length / limit  # seconds of the configured limit that one unit takes

    def expire(self, now: float, arrival_jitter: float) -> None:
        width = self.length + arrival_jitter
        cells = self._cells
        while cells and cells[0].at + width <= now:
            cell = cells.popleft()
            cell.live = False
            self.used -= cell.amount

    def enter(self, amount: float, now: float) -> _Cell:
        """Something that was held goes out, and expires in its time; returns the cell that stands for it."""
        at = (now // self._grain + 1) * self._grain if self._grain else now
        if self._cells and self._cells[-1].at >= at:
            cell = self._cells[-1]
            cell.amount += amount
        else:
            cell = _Cell(at, amount)
            self._cells.append(cell)
        return cell

    def change(self, cell: _Cell, by: float) -> None:
        if cell.live:
            cell.amount += by
            self.used += by

    def room_at(self, amount: float, arrival_jitter: float, share: float) -> float:
        """0.0: there is room. Otherwise a time before which there is none; infinite: a held call must go out first.

        ``share`` is the part of the limit that may be used. What is more than all of it goes out alone.
        """
        over = self.used + amount - self.limit * share
        if over <= 0 or self.used <= 0:
            return 0.0
        return self._freed_at(min(over, self.used)) + (self.length + arrival_jitter)

    def _freed_at(self, over: float) -> float:
        """When the last of ``over``, counted from the oldest, went out; at least, where one look does not reach it."""
        at = math.inf
        for cell in islice(self._cells, _REACH):
            over -= cell.amount
            at = cell.at
            if over <= 0:
                return at
        return at if len(self._cells) > _REACH else math.inf

    def wait(self, now: float, ahead: float, arrival_jitter: float, share: float) -> float:
        """Seconds until ``ahead`` will have gone out, supposed that the window stays full from now on.

        The log is not added up for it: its cells are taken to be of one size. What goes beyond it goes out now.
        """
        cap = self.limit * share
        over = self.used + ahead - cap
        if over <= 0:
            return 0.0
        width = self.length + arrival_jitter
        rounds = math.ceil(over / cap) - 1
        rest = over - rounds * cap
        cells = self._cells
        if not cells or rest > self.used:
            return (rounds + 1) * width
        return rounds * width + cells[math.ceil(rest * len(cells) / self.used) - 1].at + width - now


class WindowReservation:
    """One call in every window of its target: held at first, then entered at the time when it goes out.

    It takes part in token windows even with no tokens, since more may be settled than was reserved.
    """

    __slots__ = ("_cells", "_counting", "_windows", "cost")

    def __init__(self, cost: Cost, windows: "Windows") -> None:
        self.cost = cost
        self._windows = windows
        self._counting = windows.counting(cost)
        self._cells: list[_Cell] = []
        for window in self._counting:
            window.used += window.amount_of(cost)
        windows.variance += cost.variance

    def enter(self, now: float) -> None:
        cost = self.cost
        self._cells = [window.enter(window.amount_of(cost), now) for window in self._counting]

    def settle(self, cost: Cost) -> None:
        """Count ``cost`` instead, at the time already given."""
        before, self.cost = self.cost, cost
        self._windows.variance += cost.variance - before.variance
        if self._cells:
            for window, cell in zip(self._counting, self._cells, strict=True):
                window.change(cell, window.amount_of(cost) - window.amount_of(before))
        else:
            for window in self._counting:
                window.used += window.amount_of(cost) - window.amount_of(before)

    def void(self) -> None:
        """Nothing went out."""
        self.settle(NO_COST)


class Windows:
    """All windows of one account and model. A limit of zero is none. Times are monotonic seconds, never going back.

    Errors of many predictions cancel out in part, so one margin for all of them is smaller than the sum of a margin for
    each, and safer.
    """

    def __init__(self, limits: Mapping[Metric, int], arrival_jitter: float = ARRIVAL_JITTER) -> None:
        self.arrival_jitter = arrival_jitter  # seconds
        self.variance = 0.0  # of all tokens that are still predicted
        self._all: tuple[Window, ...] = ()
        self.configure(limits)

    def __iter__(self) -> Iterator[Window]:
        return iter(self._all)

    def configure(self, limits: Mapping[Metric, int]) -> None:
        """Take new limits; a window whose limit stays keeps what it learned, one that changes keeps its log."""
        before = {window.metric: window for window in self._all}
        kept = []
        for metric, limit in limits.items():
            if limit > 0:
                window = before.get(metric) or Window(metric, limit)
                if window.configured != limit:
                    window.configure(limit)
                kept.append(window)
        self._all = tuple(kept)
        self._of_text = tuple(window for window in kept if window.unit != "pictures")

    def counting(self, cost: Cost) -> tuple[Window, ...]:
        """The windows in which a call of that cost takes part."""
        return self._all if cost.pictures else self._of_text

    def named(self, metric: Metric | None) -> Window | None:
        """The window of that metric; of no metric: the fullest, which a refusal without a reason means most likely."""
        if metric is None:
            return max(self, key=lambda window: window.used / window.limit, default=None)
        return next((window for window in self if window.metric == metric), None)

    def expire(self, now: float) -> None:
        for window in self._all:
            window.expire(now, self.arrival_jitter)

    def room_at(self, now: float, cost: Cost, share: float = 1.0) -> float:
        """0.0: there is room now. Otherwise a time before which there is none."""
        latest = 0.0
        arrival_jitter = self.arrival_jitter
        for window in self.counting(cost):
            window.expire(now, arrival_jitter)
            wanted = window.amount_of(cost)
            if wanted and window.unit == "tokens":
                wanted += SIGMAS * math.sqrt(max(self.variance, 0.0) + cost.variance)
            if wanted and (at := window.room_at(wanted, arrival_jitter, share)) > latest:
                latest = at
        return latest

    def wait(self, now: float, ahead: Cost, share: float = 1.0) -> float:
        """Expected seconds until all of ``ahead`` will have gone out."""
        longest = 0.0
        arrival_jitter = self.arrival_jitter
        for window in self._all:
            window.expire(now, arrival_jitter)
            wanted = window.amount_of(ahead)
            if wanted and (seconds := window.wait(now, wanted, arrival_jitter, share)) > longest:
                longest = seconds
        return longest

    def hold(self, cost: Cost) -> WindowReservation:
        """Take room without asking."""
        return WindowReservation(cost, self)

    def fullness(self) -> float:
        """How much of the fullest window is used, 0 to about 1."""
        return max((window.used / window.limit for window in self), default=0.0)

    def share(self, cost: Cost) -> float:
        """The dominant share: seconds of the account's capacity that ``cost`` takes, in the scarcest window.

        Windows of different length compare by rate, or one request against a limit a second would outweigh any prompt.
        """
        share = 0.0
        for window in self._all:
            if (seconds := window.amount_of(cost) * window.rate) > share:
                share = seconds
        return share or 1.0

    def pace(self, cost: Cost) -> float:
        """Seconds from one call to the next at which such calls fill the windows of up to a minute evenly."""
        return max(
            (window.amount_of(cost) * window.rate for window in self._all if window.length <= MINUTE), default=0.0
        )
