"""When digests are due. Nothing here reads a clock."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.digest import Digest, DigestState

_WEEK: Final = frozenset(range(7))
_WEEKDAYS: Final = frozenset(range(5))
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DigestRule:
    """At which times a digest is due."""

    clock: time
    days: frozenset[int]  # of the week, 0 is Monday, never empty
    zone: str  # a name of the time zone database

    def after(self, moment: datetime) -> datetime:
        """The first time that is later than ``moment`` (both aware), once for each day on the zone's calendar.

        Where clocks are put back it is the first of two; where they skip the time it is as much later.
        """
        zone = ZoneInfo(self.zone)
        day = moment.astimezone(zone).date() - _DAY
        while True:
            due = datetime.combine(day, self.clock, zone).astimezone(UTC)
            if day.weekday() in self.days and due > moment:
                return due
            day += _DAY

    def latest(self, moment: datetime) -> datetime:
        """The last time that is not later than ``moment``."""
        due = self.after(moment - 9 * _DAY)
        while (following := self.after(due)) <= moment:
            due = following
        return due


def rule_of(digest: Digest) -> DigestRule:
    hour, minute = digest.clock.split(":")
    return DigestRule(time(int(hour), int(minute)), frozenset(map(int, digest.days)), digest.zone)


def times(digest: Digest, now: float) -> tuple[float, DigestState, float]:
    """See :data:`bot.domain.digest.DigestTimes`: of several that were missed the latest counts."""
    rule, moment = rule_of(digest), datetime.fromtimestamp(now, UTC)
    due = max(rule.latest(moment), datetime.fromtimestamp(digest.next_due, UTC))
    return due.timestamp(), "skipped" if is_late(due, moment) else "running", rule.after(moment).timestamp()


def is_late(due: datetime, now: datetime) -> bool:
    """Too late to be of use."""
    return now - due > _HOUR


@dataclass(frozen=True, slots=True)
class DigestCommand:
    """What ``/digest`` asks for."""

    rule: DigestRule | None = None
    pinned: bool = False
    off: bool = False  # no digest any more
    mine: bool = False  # it is about a private copy
    zone: str = ""  # of the group's clock, where nothing else is asked for


def parse(text: str, zone: str, today: int) -> DigestCommand | None:
    """None for what is no command. ``zone`` where none is named; ``today``: the weekday meant by ``weekly``."""
    words = text.replace("：", ":").lower().split()
    clock = next((_time(found) for word in words if (found := _CLOCK.fullmatch(word))), None)
    zones = [word for word in text.split() if _is_zone(word)]
    named = {name.lower() for name in zones}
    rest = [word for word in words if not _CLOCK.fullmatch(word) and word not in named]
    meanings = [_WORDS.get(word) for word in rest]
    if None in meanings:
        return None
    off, mine, pinned = ("off" in meanings, "mine" in meanings, "pinned" in meanings)
    if off or mine:
        return None if clock else DigestCommand(off=off, mine=mine)
    if clock is None:
        return DigestCommand(zone=zones[0]) if zones and not rest else None
    days = frozenset(day for meaning in meanings if isinstance(meaning, frozenset) for day in meaning)
    weekly = frozenset({today}) if "weekly" in meanings and not days else days
    return DigestCommand(DigestRule(clock, weekly or _WEEK, zones[0] if zones else zone), pinned)


def _is_zone(word: str) -> bool:
    if "/" not in word and word != "UTC":
        return False
    try:
        ZoneInfo(word)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _time(found: re.Match[str]) -> time:
    return time(int(found["hour"]), 30 if found["half"] else int(found["minute"] or found["after"] or 0))


_CLOCK = re.compile(
    r"(?P<hour>[01]?[0-9]|2[0-3])(?::(?P<minute>[0-5][0-9])|[点點](?:(?P<half>半)|(?P<after>[0-5]?[0-9])分)?)"
)
_ENGLISH = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WORDS: Final[Mapping[str, str | frozenset[int]]] = {
    "off": "off",
    "关闭": "off",
    "取消": "off",
    "me": "mine",
    "订阅": "mine",
    "pin": "pinned",
    "pinned": "pinned",
    "置顶": "pinned",
    "weekly": "weekly",
    "每周": "weekly",
    "daily": _WEEK,
    "每天": _WEEK,
    "weekdays": _WEEKDAYS,
    "工作日": _WEEKDAYS,
    **{name: frozenset({day}) for names in (_ENGLISH, _FULL) for day, name in enumerate(names)},
    **{
        f"{week}{name}": frozenset({day})
        for week in ("周", "每周", "星期", "礼拜")
        for day, name in zip((0, 1, 2, 3, 4, 5, 6, 6), "一二三四五六日天", strict=True)
    },
}
