"""What reached the API, per account and model, and the limits on it.

Windows slide; those of a day begin at 00:00 UTC+8. A request counts even where it was refused, its tokens and pictures
only where it was not. All tokens of a call count from its arrival (how the API does it is not known): those of the
prompt at once, those of the answer as soon as its length is known.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.clock import Clock
from bot.domain.model import Metric
from bot.playground.siliconflow.profiles import Limits

_WINDOWS: Mapping[Metric, float] = {"rps": 1, "rpm": 60, "rph": 3600, "tpm": 60, "ipm": 60}
_DAYS: frozenset[Metric] = frozenset({"rpd", "tpd", "ipd"})
_REMEMBERED = 100_000  # arrivals per account and model
_DAY = 86_400
_BEIJING = 8 * 3600


@dataclass(slots=True)
class Arrival:
    """``at``: the clock's monotonic seconds; ``day``: days since 1970 in Beijing."""

    at: float
    day: int
    tokens: int
    pictures: int
    refused: Metric | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """At ``at`` the window of ``metric`` held ``used`` of ``limit``."""

    account: str
    model: str
    metric: Metric
    at: float
    used: int
    limit: int


@dataclass(slots=True)
class _Bucket:
    limits: Mapping[Metric, int]
    arrivals: deque[Arrival] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))


class Meter:
    """``limits`` by model id, or else by kind; a metric that is absent or 0 is not limited.

    ``ceiling``: limits on every model that nobody was told of; :meth:`violations` leaves them out.
    """

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._clock = clock
        self._limits = limits
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self.ceiling: dict[Metric, int] = {}

    def arrive(
        self, account: str, model: str, kind: Literal["chat", "image"], *, tokens: int = 0, pictures: int = 0
    ) -> Arrival:
        """Record a request; its ``refused`` names the first limit that it breaks."""
        now = self._clock.monotonic()
        day = int(self._clock.now() + _BEIJING) // _DAY
        bucket = self._buckets.get((account, model))
        if bucket is None:
            limits = self._limits.get(model, self._limits.get(kind, {}))
            bucket = self._buckets[account, model] = _Bucket({name: limit for name, limit in limits.items() if limit})
        arrival = Arrival(now, day, tokens, pictures)
        for metric, limit in (*bucket.limits.items(), *self.ceiling.items()):
            if _used(metric, bucket.arrivals, arrival) > limit:
                arrival.refused = metric
                break
        bucket.arrivals.append(arrival)
        return arrival

    def retry_after(self, arrival: Arrival) -> int:
        """Whole seconds until the window that refused it has moved on for certain."""
        if arrival.refused in _DAYS:
            return _DAY - int(self._clock.now() + _BEIJING) % _DAY
        return math.ceil(_WINDOWS[arrival.refused]) if arrival.refused else 0

    def arrivals(self, model: str | None = None, account: str | None = None) -> list[Arrival]:
        """In the order of their times; None: of all."""
        found = (a for bucket in self._chosen(model, account) for a in bucket.arrivals)
        return sorted(found, key=lambda arrival: arrival.at)

    def peak(self, window: float, model: str | None = None, account: str | None = None) -> int:
        """The most requests that one account sent to one model within any ``window`` seconds (its start excluded)."""
        return max((_peak(bucket.arrivals, window) for bucket in self._chosen(model, account)), default=0)

    def violations(self) -> list[Violation]:
        """Every moment at which more had come than was allowed, refused or not: empty if the client kept its limits."""
        return [
            Violation(account, model, metric, arrival.at, used, limit)
            for (account, model), bucket in self._buckets.items()
            for metric, limit in bucket.limits.items()
            for arrival, used in _history(metric, bucket.arrivals)
            if used > limit
        ]

    def _chosen(self, model: str | None, account: str | None) -> Iterator[_Bucket]:
        for (of_account, of_model), bucket in self._buckets.items():
            if model in (None, of_model) and account in (None, of_account):
                yield bucket


def _weight(metric: Metric, arrival: Arrival) -> int:
    if metric in ("rps", "rpm", "rph", "rpd"):
        return 1
    return arrival.tokens if metric in ("tpm", "tpd") else arrival.pictures


def _counted(metric: Metric, arrival: Arrival) -> int:
    """What an arrival takes away from those after it."""
    return 0 if arrival.refused and metric[0] != "r" else _weight(metric, arrival)


def _outside(metric: Metric, earlier: Arrival, arrival: Arrival) -> bool:
    if metric in _DAYS:
        return earlier.day != arrival.day
    return earlier.at <= arrival.at - _WINDOWS[metric]


def _used(metric: Metric, earlier: deque[Arrival], arrival: Arrival) -> int:
    """How full the window is at ``arrival``, itself included."""
    used = _weight(metric, arrival)
    for other in reversed(earlier):
        if _outside(metric, other, arrival):
            break
        used += _counted(metric, other)
    return used


def _history(metric: Metric, arrivals: Iterable[Arrival]) -> Iterator[tuple[Arrival, int]]:
    """Each arrival with how full its window was, itself included, in one pass."""
    inside: deque[Arrival] = deque()
    used = 0
    for arrival in arrivals:
        while inside and _outside(metric, inside[0], arrival):
            used -= _counted(metric, inside.popleft())
        yield arrival, used + _weight(metric, arrival)
        inside.append(arrival)
        used += _counted(metric, arrival)


def _peak(arrivals: Iterable[Arrival], window: float) -> int:
    inside: deque[float] = deque()
    peak = 0
    for arrival in arrivals:
        inside.append(arrival.at)
        while inside[0] <= arrival.at - window:
            inside.popleft()
        peak = max(peak, len(inside))
    return peak
