"""Streaming previews: seen for 30 s, replaced by the next, gone when the bot's real message comes."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

DRAFT_SECONDS = 30.0
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Draft:
    """``expires`` is in Unix seconds; ``text`` empty and ``rich`` None is the "Thinking..." placeholder."""

    chat: int
    thread: int | None
    id: int
    text: str
    entities: tuple[dict[str, Any], ...] = field(default=(), hash=False)
    rich: dict[str, Any] | None = field(default=None, hash=False)
    can_stop: bool = False
    keep_on_stop: bool = False
    expires: float = 0.0


class Drafts:
    def __init__(self) -> None:
        self._shown: dict[tuple[int, int], Draft] = {}
        self._ended: OrderedDict[tuple[int, int, int], str] = OrderedDict()

    def current(self, chat: int, thread: int | None, now: float) -> Draft | None:
        draft = self._shown.get((chat, thread or 0))
        return draft if draft is not None and draft.expires > now else None

    def ending(self, draft: Draft) -> str | None:
        """How a draft of this id already ended: ``stopped``, ``sent``, or None when it did not."""
        return self._ended.get((draft.chat, draft.thread or 0, draft.id))

    def show(self, draft: Draft) -> None:
        self._shown[draft.chat, draft.thread or 0] = draft

    def stop(self, draft: Draft) -> None:
        self._end(draft, "stopped")
        if not draft.keep_on_stop:
            del self._shown[draft.chat, draft.thread or 0]

    def clear(self, chat: int, thread: int | None) -> Draft | None:
        """The bot's real message arrived here: the draft that it ends, one already faded included."""
        draft = self._shown.pop((chat, thread or 0), None)
        if draft is not None and self.ending(draft) is None:
            self._end(draft, "sent")
        return draft

    def _end(self, draft: Draft, how: str) -> None:
        self._ended[draft.chat, draft.thread or 0, draft.id] = how
        if len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)
