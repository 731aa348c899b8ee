"""Where notes are kept, so that nothing is summarised twice."""

import hashlib
import json
from collections.abc import Awaitable, Collection, Sequence
from typing import Protocol

from bot.domain.model import Model
from bot.summaries.prompts import Prompt


class LeafStore(Protocol):
    """Texts by chat and key. ``messages`` are the ids of all that a text was made of: when one of them is erased or
    expires, the text must go too."""

    def starts(self, chat: int) -> Awaitable[Collection[int]]:
        """With which messages the kept stretches begin."""
        ...

    def get(self, chat: int, key: str) -> Awaitable[str | None]: ...

    def put(self, chat: int, key: str, text: str, messages: Sequence[int], *, start: int | None) -> Awaitable[None]:
        """``start``: the message with which a closed stretch begins; None for what is none."""
        ...


class MemoryLeaves:
    """A LeafStore that forgets when the process ends."""

    def __init__(self) -> None:
        self.texts: dict[tuple[int, str], str] = {}
        self._starts: dict[int, set[int]] = {}

    async def starts(self, chat: int) -> Collection[int]:
        return frozenset(self._starts.get(chat, ()))

    async def get(self, chat: int, key: str) -> str | None:
        return self.texts.get((chat, key))

    async def put(self, chat: int, key: str, text: str, messages: Sequence[int], *, start: int | None) -> None:  # noqa: ARG002 - nothing expires here
        self.texts[chat, key] = text
        if start is not None:
            self._starts.setdefault(chat, set()).add(start)


def key(prompt: Prompt, model: Model) -> str:
    """The same for the same messages (ids and texts), asked for in the same way of the same model.

    The prompt holds the texts, the language and our instructions, so a change of any of them is another key.
    """
    parts = [model.id, prompt.system, prompt.user, prompt.refs, prompt.people]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
