"""The calls of one request: each made once, repaired once, counted; and how the cache knows their notes."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from bot.clock import Clock
from bot.domain.calls import CallContext, ChatCompletions
from bot.domain.chat import ChatRequest, NullSink
from bot.domain.message import text_message
from bot.domain.model import Model
from bot.domain.money import Money, TokenUsage
from bot.domain.notes import GroupNotes, NotesCache, from_json, to_json
from bot.groups.group_answer import parse, prose
from bot.groups.prompts import NotesPrompt
from bot.groups.summary import NOTHING_DONE, SummaryProgress
from bot.providers import tokens

_PARALLEL: Final = 3
_REPEATED: Final = 6_000  # characters of a bad answer that the model is shown again
_REPAIR: Final = (
    "That is not the JSON object that was asked for, or its refs are not numbers of lines. Answer with that object "
    "alone, shorter if it was cut off."
)


class NotesClient:
    """``room``: the chat whose messages these are; ``expected``: how many calls there will probably be."""

    def __init__(
        self,
        chat: ChatCompletions,
        model: Model,
        context: CallContext,
        cache: NotesCache,
        clock: Clock,
        room: int,
        expected: int,
        progress: Callable[[SummaryProgress], None],
    ) -> None:
        self._chat = chat
        self._model = model
        self._context = context
        self._cache = cache
        self._clock = clock
        self._room = room
        self._progress = progress
        self._slots = asyncio.Semaphore(_PARALLEL)
        self._so_far = replace(NOTHING_DONE, calls=expected)

    async def notes(
        self, prompt: NotesPrompt, messages: Sequence[int], *, start: int | None = None
    ) -> GroupNotes | str:
        """The notes asked for, kept from now on; the model's words where it could not be brought to give any.

        Raises UpstreamError, QuotaReached or WaitTooLong.
        """
        name = key(prompt, self._model)
        kept = await self._cache.get(self._room, name)
        found = None if kept is None else from_json(kept)
        if found is not None:
            return found
        async with self._slots:
            read = await self._read(prompt)
        if isinstance(read, GroupNotes):
            await self._cache.put(self._room, name, to_json(read), messages, start=start)
        return read

    async def _read(self, prompt: NotesPrompt) -> GroupNotes | str:
        request = prompt.request(self._model)
        text = await self._call(request)
        notes = parse(text, prompt)
        if notes is None:
            repair = text_message("assistant", text[:_REPEATED] or "…"), text_message("user", _REPAIR)
            again = await self._call(replace(request, messages=(*request.messages, *repair)))
            notes = parse(again, prompt)
        return prose(text) if notes is None else notes

    async def _call(self, request: ChatRequest) -> str:
        begun = datetime.fromtimestamp(self._clock.now(), UTC)
        completion = await self._chat.complete(request, NullSink(), self._context)
        usage = completion.usage or TokenUsage(tokens.prompt(request.messages), tokens.estimate(completion.text))
        self._count(usage, request.model.price.cost(usage, begun))
        return completion.text

    def _count(self, usage: TokenUsage, cost: Money) -> None:
        was = self._so_far
        done = was.done + 1
        self._so_far = SummaryProgress(done, max(done, was.calls), was.usage + usage, was.cost + cost)
        self._progress(self._so_far)


class MemoryNotesCache:
    """A cache that forgets when the process ends."""

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


def key(prompt: NotesPrompt, model: Model) -> str:
    """The same for the same messages (ids and texts), asked for in the same way of the same model.

    The prompt holds the texts, the language and our instructions, so a change of any of them is another key.
    """
    parts = [model.id, prompt.system, prompt.user, prompt.refs, prompt.people]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
