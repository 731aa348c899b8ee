"""The words after /summarize, in English and Chinese.

Arguments stand in any order, before a question or behind its question mark: ``3h actions``, ``昨天 待办``,
``today why did we drop Redis? brief``. What is no argument is a question. Several windows all apply.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot.domain.group import Seen
from bot.groups.summary import Authors, SummaryQuery, SummaryWindow

_DAY = timedelta(days=1)
_MOST_MESSAGES = 100_000
_LONGEST = timedelta(days=3650)
_WORD = re.compile(r"\w")
_MARK = re.compile("[?？]+")
_BETWEEN = " \t\r\n,，、;；"


@dataclass(frozen=True, slots=True)
class ArgumentContext:
    """Where and when it was asked."""

    now: datetime  # aware, in the group's time zone
    topic: int | None = None
    replied: int | None = None  # the message replied to
    replied_author: int | None = None  # who wrote it
    seen: Seen | None = None  # when the asker last wrote in this topic or had it summed up, if that is known
    seen_all: Seen | None = None  # the same of any topic, or all of them


@dataclass(slots=True)
class _Found:
    """What the words said so far; instants are kept in UTC, where later is later."""

    context: ArgumentContext
    windows: list[SummaryWindow] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    ids: set[int] = field(default_factory=set)
    author: bool = False
    switches: dict[str, Any] = field(default_factory=dict)

    def midnight(self, days_ago: int = 0) -> datetime:
        day = self.context.now.date() - timedelta(days=days_ago)
        return _instant(day, time(), self.context.now)


_Act = Callable[[re.Match[str], _Found], None]


def parse(text: str, context: ArgumentContext) -> SummaryQuery:
    """Never raises: whatever the text, it is a query."""
    taken, rest = _taken(text.strip())
    question, tail = _parted(rest)
    behind, left = _taken(tail)
    if not left:
        taken, rest = [*taken, *behind], question
    found = _Found(context)
    for match, act in taken:
        act(match, found)
    return _query(found, rest if _WORD.search(rest) else "")


def _query(found: _Found, question: str) -> SummaryQuery:
    context = found.context
    by_author = context.replied_author is not None and (found.author or bool(found.windows))
    ids = found.ids | ({context.replied_author} if by_author and context.replied_author is not None else set())
    windows = list(found.windows)
    if context.replied is not None and not by_author:
        windows.append(SummaryWindow(first=context.replied))
    if not windows and not question:
        seen = context.seen_all if found.switches.get("every_topic") else context.seen
        windows.append(_default(context.now, None if ids or found.names else seen))
    return SummaryQuery(
        window=_intersection(windows),
        people=Authors(frozenset(found.names), frozenset(ids)),
        topic=context.topic,
        question=question,
        **found.switches,
    )


def _default(now: datetime, seen: Seen | None) -> SummaryWindow:
    """Since the asker last took part; a day where that is unknown, or of no meaning since others' words are wanted."""
    if seen is None:
        return SummaryWindow(since=now.astimezone(UTC) - _DAY)
    written = seen.message_id
    return SummaryWindow(datetime.fromtimestamp(seen.at, UTC), first=None if written is None else written + 1)


def _intersection(windows: list[SummaryWindow]) -> SummaryWindow:
    def found(name: str) -> list[Any]:
        return [value for window in windows if (value := getattr(window, name)) is not None]

    return SummaryWindow(
        since=max(found("since"), default=None),
        until=min(found("until"), default=None),
        first=max(found("first"), default=None),
        last=min(found("last"), default=None),
    )


def _parted(text: str) -> tuple[str, str]:
    """Up to the last question mark that something follows, and what follows it."""
    ends = [match.end() for match in _MARK.finditer(text) if match.end() < len(text)]
    return (text[: ends[-1]], text[ends[-1] :].strip()) if ends else (text, "")


def _taken(text: str) -> tuple[list[tuple[re.Match[str], _Act]], str]:
    """The arguments at the front of ``text``, and the rest."""
    taken = []
    while found := next(((match, act) for pattern, act in _ARGUMENTS if (match := pattern.match(text))), None):
        taken.append(found)
        text = text[found[0].end() :].lstrip(_BETWEEN)
    return taken, text


def _count(match: re.Match[str], found: _Found) -> None:
    found.windows.append(SummaryWindow(last=min(int(match["count"]), _MOST_MESSAGES)))


def _length(match: re.Match[str], found: _Found) -> None:
    count = match["count"] or "1"
    number = _NUMERALS.get(count) or int(count)
    length = min(number * _UNITS[match["unit"][0].lower()], _LONGEST)
    found.windows.append(SummaryWindow(since=found.context.now.astimezone(UTC) - length))


def _today(_: re.Match[str], found: _Found) -> None:
    found.windows.append(SummaryWindow(since=found.midnight()))


def _yesterday(_: re.Match[str], found: _Found) -> None:
    found.windows.append(SummaryWindow(since=found.midnight(1), until=found.midnight()))


def _since_yesterday(_: re.Match[str], found: _Found) -> None:
    found.windows.append(SummaryWindow(since=found.midnight(1)))


def _since(match: re.Match[str], found: _Found) -> None:
    """The last time the clock showed this."""
    now = found.context.now
    clock = time(int(match["hour"]), int(match["minute"]))
    today = _instant(now.date(), clock, now)
    since = today if today <= now else _instant(now.date() - _DAY, clock, now)
    found.windows.append(SummaryWindow(since=since))


def _name(match: re.Match[str], found: _Found) -> None:
    """By user name, or by the id of who has none: user names begin with a letter."""
    name = match["name"]
    if name.isdecimal():
        found.ids.add(int(name))
    else:
        found.names.add(name.lower())


def _author(_: re.Match[str], found: _Found) -> None:
    found.author = True


def _switch(name: str, value: object = True) -> _Act:  # noqa: FBT002 - mostly a flag that is set
    def act(_: re.Match[str], found: _Found) -> None:
        found.switches[name] = value

    return act


def _instant(day: date, clock: time, now: datetime) -> datetime:
    return datetime.combine(day, clock, now.tzinfo).astimezone(UTC)


_UNITS: Mapping[str, timedelta] = {
    "m": timedelta(minutes=1),
    "分": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "小": timedelta(hours=1),
    "个": timedelta(hours=1),
    "时": timedelta(hours=1),
    "d": _DAY,
    "天": _DAY,
    "日": _DAY,
    "w": 7 * _DAY,
    "周": 7 * _DAY,
    "星": 7 * _DAY,
}

_NUMERALS = dict(zip("半一二两三四五六七八九十", (0.5, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10), strict=True))

_END = r"(?=$|[\s,，、;；])"  # Latin words and switches end before one of these; Chinese times may run into a question
_NUMBER = r"(?P<count>[1-9１-９][0-9０-９]{0,5})"
_NUMERAL = rf"(?P<count>[1-9１-９][0-9０-９]{{0,5}}|[{''.join(_NUMERALS)}])"
_LAST = r"(?:(?:the\s+)?(?:last|past)\s+|(?:最近|过去|近)(?:的)?\s*)?"


def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE)


# Tried in this order: a number with a unit before a number alone, "since yesterday" before "yesterday".
_ARGUMENTS: tuple[tuple[re.Pattern[str], _Act], ...] = (
    (
        _pattern(rf"{_LAST}{_NUMBER}\s*(?P<unit>m(?:ins?|inutes?)?|h(?:rs?|ours?)?|d(?:ays?)?|w(?:eeks?)?){_END}"),
        _length,
    ),
    (_pattern(rf"(?:the\s+)?(?:last|past)(?P<count>)\s+(?P<unit>hour|day|week){_END}"), _length),
    (_pattern(rf"{_LAST}{_NUMERAL}\s*(?P<unit>分钟|个?小时|个钟头|天|日|周|星期)(?:内|以来|里)?"), _length),
    (_pattern(rf"{_LAST}{_NUMBER}\s*(?:条(?:消息|信息)?)"), _count),
    (_pattern(rf"{_LAST}{_NUMBER}(?:\s*(?:messages?|msgs?))?{_END}"), _count),
    (_pattern(rf"since\s+yesterday{_END}|(?:自|从)昨天(?:以来|起|到现在)?"), _since_yesterday),
    (
        _pattern(
            r"(?:since\s+|(?:自|从)\s*)(?P<hour>[01]?[0-9]|2[0-3])[:：](?P<minute>[0-5][0-9])"
            r"(?![0-9:：])(?:\s*(?:起|以来|开始))?"
        ),
        _since,
    ),
    (_pattern(rf"today{_END}|今[天日]"), _today),
    (_pattern(rf"yesterday{_END}|昨[天日]"), _yesterday),
    (re.compile(rf"@(?P<name>[A-Za-z0-9_]{{4,32}}){_END}"), _name),
    (_pattern(rf"(?:them|her|him|(?:这个?|此)人|[他她]|TA){_END}"), _author),
    (_pattern(rf"(?:all(?:\s+topics)?|全部(?:话题)?|所有话题){_END}"), _switch("every_topic")),
    (_pattern(rf"(?:actions?|to-?dos?|待办(?:事项)?|行动){_END}"), _switch("actions")),
    (_pattern(rf"(?:brief(?:ly)?|short|简短|简要){_END}"), _switch("brief")),
    (
        _pattern(
            rf"(?:(?:only\s+)?for\s+me(?:\s+only)?|only\s+me|privately|(?:仅|只)(?:给|对|让)?我(?:看|可见)?|私下|私聊){_END}"
        ),
        _switch("privately"),
    ),
    (_pattern(rf"(?:in\s+)?english{_END}|用?英[文语]{_END}"), _switch("language", "en")),
    (_pattern(rf"(?:in\s+)?chinese{_END}|用?(?:中文|汉语){_END}"), _switch("language", "zh")),
)
