"""The newest calls to Telegram and to providers, each in a line and whole."""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

from bot.playground.process.excerpt import excerpt, short
from bot.playground.process.reports import Answered, Asked
from bot.playground.telegram import Call

Json = dict[str, Any]

KEPT: Final = 400
KEPT_BYTES: Final = 16 << 20
_ABOUT: Final = 80  # characters
_KILLED: Final = {"error": "The bot's process ended first."}


@dataclass(frozen=True, slots=True)
class Entry:
    """``at``: Unix seconds, when a call to Telegram was over or one to a provider began. ``about``: the chat, or the
    model. ``chats``: it carries a context. ``code`` 0, ``ms`` None: no answer, or none yet.
    """

    number: int
    side: Literal["telegram", "upstream"]
    at: float
    name: str
    about: str
    chats: bool = False
    code: int = 0
    ms: float | None = None
    first_ms: float | None = None
    state: Literal["running", "fine", "failed"] = "running"


class Journal:
    """``changed`` is called with every entry that is new or has changed."""

    def __init__(self, changed: Callable[[Entry], None]) -> None:
        self._changed = changed
        self._order: deque[int] = deque()
        self._entries: dict[int, Entry] = {}
        self._whole: dict[int, bytes] = {}
        self._bytes = 0
        self._last = 0
        self._running: dict[int, tuple[int, Json]] = {}  # the bot's number of a call -> ours, and what was asked

    def entries(self) -> list[Entry]:
        """The oldest first."""
        return [self._entries[number] for number in self._order]

    def whole(self, number: int) -> bytes | None:
        """The call as JSON; None for one that is not kept any more."""
        return self._whole.get(number)

    def called(self, call: Call) -> None:
        """A call to Telegram is over. An empty answer to a request for updates says nothing."""
        result = (call.answer or {}).get("result")
        if call.method.lower() == "getupdates" and result == []:
            return
        entry = Entry(
            number=self._next(),
            side="telegram",
            at=call.time,
            name=short(call.method, _ABOUT),
            about=short(_target(call.parameters), _ABOUT),
            code=call.code,
            ms=1000 * call.seconds,
            state="fine" if call.code == 200 and call.delivered else "failed",
        )
        self._put(entry, {"request": excerpt(call.parameters), "answer": excerpt(call.answer)})

    def asked(self, call: Asked) -> None:
        entry = Entry(
            number=self._next(),
            side="upstream",
            at=call.at,
            name=short("/".join(call.address.split("/")[-2:]), _ABOUT),  # "chat/completions", of whatever version
            about=short(call.model, _ABOUT),
            chats=bool(call.messages),
        )
        whole = {"request": _shown(call)}
        self._running[call.number] = entry.number, whole
        self._put(entry, whole)

    def answered(self, call: Answered) -> None:
        number, whole = self._running.pop(call.number, (0, {}))
        if number not in self._entries:  # it has been crowded out meanwhile
            return
        entry = replace(
            self._entries[number],
            code=call.status or 0,
            ms=call.ms,
            first_ms=call.first_ms,
            state="failed" if call.end == "broken" or call.status is None or call.status >= 400 else "fine",
        )
        self._put(entry, whole | {"answer": _shown(call)})

    def bot_ended(self) -> None:
        """No call that runs is ever answered: the process that made it is gone."""
        for number, whole in self._running.values():
            if number in self._entries:
                self._put(replace(self._entries[number], state="failed"), whole | {"answer": _KILLED})
        self._running.clear()

    def _next(self) -> int:
        self._last += 1
        return self._last

    def _put(self, entry: Entry, whole: Json) -> None:
        number = entry.number
        if number not in self._entries:
            self._order.append(number)
        self._bytes -= len(self._whole.get(number, b""))
        self._entries[number] = entry
        self._whole[number] = json.dumps(whole).encode()
        self._bytes += len(self._whole[number])
        while len(self._order) > KEPT or (self._bytes > KEPT_BYTES and len(self._order) > 1):
            oldest = self._order.popleft()
            del self._entries[oldest]
            self._bytes -= len(self._whole.pop(oldest))
        self._changed(entry)


def _shown(report: Asked | Answered) -> Json:
    return {name: value for name, value in asdict(report).items() if name not in {"kind", "number"}}


def _target(parameters: Json) -> str:
    return str(parameters.get("chat_id", ""))
