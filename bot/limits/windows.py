"""What one account may still ask of one model: an exact sliding log for every window, and room in all of them at once.

A window admits a call if less than its limit went out in the last ``length + spread`` seconds. The spread is the
difference between the slowest and the fastest way to the provider: calls sent that far apart can arrive together, and
the provider counts arrivals. A sliding log also satisfies fixed windows, which are some of the sliding ones.
"""

import math
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final, NamedTuple

from bot.providers.catalogue import Metric

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86_400.0

LENGTH: Final[Mapping[Metric, float]] = {
    "rps": 1.0,
    "rpm": MINUTE,
    "rph": HOUR,
    "rpd": DAY,
    "tpm": MINUTE,
    "tpd": DAY,
    "ipm": MINUTE,
    "ipd": DAY,
}

SPREAD: Final = 0.3
"""Seconds. Covers ways of 20 to 300 ms; costs half a percent of a minute's limit."""

_GRAIN: Final = 60.0
"""Windows of an hour and more count by the minute: a sixtieth of an hour, a 1440th of a day."""

_REACH: Final = 64
"""How many cells one look goes through, so that a look costs the same however long the log is."""

_UNITS: Final = "rti"
"""The first letters of the metrics, in the order of an amount's fields."""

TOKENS: Final = 1

_SIGMAS: Final = 5.5
"""The margin for predicted tokens: none of 20 simulated hours exceeded a limit, and over 95 % of it was used."""


class Amount(NamedTuple):
    """What a call takes; also sums of such, and estimates of sums, which is why these are floats.

    ``doubt``: the variance of ``tokens`` while they are a prediction.
    """

    requests: float = 1
    tokens: float = 0
    pictures: float = 0
    doubt: float = 0

    @property
    def most_tokens(self) -> int:
        """What the tokens will not exceed, as far as one can know. Whole, so that sums of them do not drift."""
        return math.ceil(self.tokens + _SIGMAS * math.sqrt(self.doubt))

    def plus(self, other: "Amount", times: float = 1.0) -> "Amount":
        return Amount(
            self.requests + other.requests * times,
            self.tokens + other.tokens * times,
            self.pictures + other.pictures * times,
            self.doubt + other.doubt * times,
        )


class _Cell:
    """What went out at one time (or, in a coarse window, in one minute). ``live``: the window still counts it."""

    __slots__ = ("amount", "at", "live")

    def __init__(self, amount: float) -> None:
        self.amount = amount
        self.at = math.inf
        self.live = True


class Window:
    """One limit. ``configured`` is what the catalogue says, ``limit`` what is believed at present.

    ``rate``: seconds of the configured limit that one unit takes; ``unit``: which field of an amount it counts.
    """

    __slots__ = ("_cells", "_grain", "configured", "length", "limit", "metric", "rate", "unit", "used")

    def __init__(self, metric: Metric, limit: int) -> None:
        self.metric = metric
        self.length = LENGTH[metric]
        self.unit = _UNITS.index(metric[0])
        self.configure(limit)
        self.used = 0.0
        self._grain = _GRAIN if self.length >= HOUR else 0.0
        self._cells: deque[_Cell] = deque()

    def configure(self, limit: int) -> None:
        self.configured = self.limit = float(limit)
        self.rate = self.length / limit

    def expire(self, now: float, spread: float) -> None:
        width = self.length + spread
        while self._cells and self._cells[0].at + width <= now:
            cell = self._cells.popleft()
            cell.live = False
            self.used -= cell.amount

    def hold(self, amount: float) -> _Cell:
        """Count a call that has not gone out yet: it expires only after :meth:`enter` gave it a time."""
        self.used += amount
        return _Cell(amount)

    def enter(self, cell: _Cell, now: float) -> _Cell:
        """Give a held cell its time; returns the cell that stands for it from now on."""
        at = (now // self._grain + 1) * self._grain if self._grain else now
        if self._cells and self._cells[-1].at >= at:
            last = self._cells[-1]
            last.amount += cell.amount
            return last
        cell.at = at
        self._cells.append(cell)
        return cell

    def change(self, cell: _Cell, by: float) -> None:
        if cell.live:
            cell.amount += by
            self.used += by

    def room_at(self, amount: float, spread: float, share: float) -> float:
        """0.0: there is room. Otherwise a time before which there is none; infinite: a held call must go out first.

        ``share`` is the part of the limit that may be used. More than all of it needs an empty window, not a wonder.
        """
        over = self.used - max(self.limit * share - amount, 0.0)
        return 0.0 if over <= 0 else self._freed_at(over, spread)[0]

    def _freed_at(self, over: float, spread: float) -> tuple[float, bool]:
        """When ``over`` will have expired, and whether that is exact or only as far as one look reaches."""
        at = math.inf
        for cell in islice(self._cells, _REACH):
            over -= cell.amount
            at = cell.at + self.length + spread
            if over <= 0:
                return at, True
        return (at, False) if len(self._cells) > _REACH else (math.inf, False)

    def wait(self, now: float, ahead: float, spread: float, share: float) -> float:
        """Seconds until ``ahead`` will have gone out, supposed that the window stays full from now on."""
        cap = self.limit * share
        over = self.used + ahead - cap
        if over <= 0:
            return 0.0
        width = self.length + spread
        rounds = max(math.ceil(over / cap) - 1, 0)
        rest = over - rounds * cap
        at, exact = self._freed_at(rest, spread)
        return rounds * width + (max(at - now, 0.0) if exact else width * rest / cap)


class Charge:
    """One call in every window of its target: held at first, then entered at the time when it goes out.

    It takes part in token windows even with no tokens, since more may be settled than was reserved.
    """

    __slots__ = ("_parts", "_windows", "amount")

    def __init__(self, amount: Amount, windows: "Windows") -> None:
        self.amount = amount
        self._windows = windows
        self._parts = [(w, w.hold(amount[w.unit])) for w in windows if amount[w.unit] or w.unit == TOKENS]
        windows.doubt += amount.doubt

    def enter(self, now: float) -> None:
        self._parts = [(window, window.enter(cell, now)) for window, cell in self._parts]

    def settle(self, amount: Amount) -> None:
        """Count ``amount`` instead, at the time already given."""
        for window, cell in self._parts:
            window.change(cell, amount[window.unit] - self.amount[window.unit])
        self._windows.doubt += amount.doubt - self.amount.doubt
        self.amount = amount

    def void(self) -> None:
        """Nothing went out."""
        self.settle(Amount(requests=0))


class Windows:
    """All windows of one account and model. A limit of zero is none. Times are monotonic seconds, never going back.

    ``doubt``: the variance of all tokens still predicted. Errors of many predictions cancel out in part, so one margin
    for all of them is smaller than the sum of a margin for each, and safer.
    """

    def __init__(self, limits: Mapping[Metric, int], spread: float = SPREAD) -> None:
        self.spread = spread
        self.doubt = 0.0
        self._windows: dict[Metric, Window] = {}
        self.configure(limits)

    def __iter__(self) -> Iterator[Window]:
        return iter(self._windows.values())

    def configure(self, limits: Mapping[Metric, int]) -> None:
        """Take new limits; a window whose limit stays keeps what it learned, one that changes keeps its log."""
        kept = {}
        for metric, limit in limits.items():
            if limit > 0:
                window = kept[metric] = self._windows.get(metric) or Window(metric, limit)
                if window.configured != limit:
                    window.configure(limit)
        self._windows = kept

    def named(self, metric: Metric | None) -> Window | None:
        """The window of that metric; of no metric: the fullest, which a refusal without a reason means most likely."""
        if metric is None:
            return max(self, key=lambda window: window.used / window.limit, default=None)
        return self._windows.get(metric)

    def expire(self, now: float) -> None:
        for window in self._windows.values():
            window.expire(now, self.spread)

    def room_at(self, now: float, amount: Amount, share: float = 1.0) -> float:
        """0.0: there is room now. Otherwise a time before which there is none."""
        margin = _SIGMAS * math.sqrt(max(self.doubt, 0.0) + amount.doubt) if amount.tokens else 0.0
        latest = 0.0
        for window in self._windows.values():
            window.expire(now, self.spread)
            if wanted := amount[window.unit]:
                at = window.room_at(wanted + margin if window.unit == TOKENS else wanted, self.spread, share)
                latest = max(latest, at)
        return latest

    def wait(self, now: float, ahead: Amount, share: float = 1.0) -> float:
        """Expected seconds until all of ``ahead`` will have gone out."""
        longest = 0.0
        for window in self._windows.values():
            window.expire(now, self.spread)
            if wanted := ahead[window.unit]:
                longest = max(longest, window.wait(now, wanted, self.spread, share))
        return longest

    def hold(self, amount: Amount) -> Charge:
        """Take room without asking."""
        return Charge(amount, self)

    def fullness(self) -> float:
        """How much of the fullest window is used, 0 to about 1."""
        return max((window.used / window.limit for window in self), default=0.0)

    def share(self, amount: Amount) -> float:
        """The dominant share: seconds of the account's capacity that ``amount`` takes, in the scarcest window.

        Windows of different length compare by rate, or one request against a limit a second would outweigh any prompt.
        """
        share = 0.0
        for window in self._windows.values():
            share = max(share, amount[window.unit] * window.rate)
        return share or 1.0
