"""What the bot asked for and what it was told: the record that tests and the page read."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Any

DUPLICATE_SECONDS = 60.0
KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Call:
    """``answer`` is the true answer (None when a fault came first), ``delivered`` whether the call took effect,
    ``time`` the clock's in Unix seconds, ``seconds`` from the request's arrival to its answer."""

    method: str
    parameters: dict[str, Any]
    code: int
    answer: dict[str, Any] | None
    delivered: bool
    time: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same content sent again to the same chat and thread within a minute."""

    chat: int
    text: str
    time: float


class Journal:
    def __init__(self) -> None:
        self.calls: deque[Call] = deque(maxlen=KEPT)
        self.duplicates: deque[Duplicate] = deque(maxlen=KEPT)
        self.ghosts: deque[Any] = deque(maxlen=KEPT)
        """Drafts that appeared after the message that ended them: they linger for 30 s below the answer."""
        self._sent: OrderedDict[tuple[int, int, str], float] = OrderedDict()

    def of(self, *methods: str, chat: int | None = None) -> list[Call]:
        """The calls of these methods in order, names in any case; all of them when none is named."""
        wanted = {method.lower() for method in methods}
        return [
            call
            for call in self.calls
            if (not wanted or call.method.lower() in wanted)
            and (chat is None or str(call.parameters.get("chat_id")) == str(chat))
        ]

    def sent(self, chat: int, thread: int | None, content: str, now: float) -> None:
        while self._sent and next(iter(self._sent.values())) < now - DUPLICATE_SECONDS:
            self._sent.popitem(last=False)
        key = (chat, thread or 0, content)
        if key in self._sent:
            self.duplicates.append(Duplicate(chat, content, now))
            del self._sent[key]
        self._sent[key] = now
