"""The calls of one request: each made once, repaired once, counted."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from bot.clock import Clock
from bot.domain.message import text_message
from bot.limits.client import QueuedChat
from bot.limits.demand import Place
from bot.limits.quotas import Payer
from bot.providers import tokens
from bot.providers.catalogue import Model
from bot.providers.chat import ChatRequest
from bot.providers.price import Usage
from bot.summaries.answers import parse, prose
from bot.summaries.leaves import LeafStore, key
from bot.summaries.notes import Notes, from_json, to_json
from bot.summaries.prompts import Prompt
from bot.summaries.summary import Progress

_PARALLEL: Final = 3
_REPEATED: Final = 6_000  # characters of a bad answer that the model is shown again
_REPAIR: Final = (
    "That is not the JSON object that was asked for, or its refs are not numbers of lines. Answer with that object "
    "alone, shorter if it was cut off."
)


@dataclass(frozen=True, slots=True)
class Line:
    """Where calls go. ``interactive``: somebody waits for them; ``waiting`` is told of their places in the queue."""

    chat: QueuedChat
    model: Model
    payer: Payer
    interactive: bool
    waiting: Callable[[Place], None] | None


class Asking:
    """``room``: the chat whose messages these are; ``expected``: how many calls there will probably be."""

    def __init__(
        self,
        line: Line,
        leaves: LeafStore,
        clock: Clock,
        room: int,
        expected: int,
        progress: Callable[[Progress], None],
    ) -> None:
        self._line = line
        self._leaves = leaves
        self._clock = clock
        self._room = room
        self._progress = progress
        self._slots = asyncio.Semaphore(_PARALLEL)
        self._so_far = Progress(0, expected, Usage(0, 0), 0.0)

    async def notes(self, prompt: Prompt, messages: Sequence[int], *, start: int | None = None) -> Notes | str:
        """The notes asked for, kept from now on; the model's words where it could not be brought to give any.

        Raises UpstreamError, QuotaReached, or Overfull where a turn would come too late.
        """
        name = key(prompt, self._line.model)
        kept = await self._leaves.get(self._room, name)
        found = None if kept is None else from_json(kept)
        if found is not None:
            return found
        async with self._slots:
            read = await self._read(prompt)
        if isinstance(read, Notes):
            await self._leaves.put(self._room, name, to_json(read), messages, start=start)
        return read

    async def _read(self, prompt: Prompt) -> Notes | str:
        request = prompt.request(self._line.model)
        text = await self._call(request)
        notes = parse(text, prompt)
        if notes is None:
            repair = text_message("assistant", text[:_REPEATED] or "…"), text_message("user", _REPAIR)
            again = await self._call(replace(request, messages=(*request.messages, *repair)))
            notes = parse(again, prompt)
        return prose(text) if notes is None else notes

    async def _call(self, request: ChatRequest) -> str:
        begun = datetime.fromtimestamp(self._clock.now(), UTC)
        line = self._line
        completion = await line.chat.chat(
            request, _Unwatched(), payer=line.payer, interactive=line.interactive, waiting=line.waiting
        )
        usage = completion.usage or Usage(tokens.prompt(request.messages), tokens.estimate(completion.text))
        self._count(usage, request.model.price.cost(usage, begun))
        return completion.text

    def _count(self, usage: Usage, yuan: float) -> None:
        was = self._so_far
        done = was.done + 1
        self._so_far = Progress(done, max(done, was.calls), _sum(was.usage, usage), was.yuan + yuan)
        self._progress(self._so_far)


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.prompt + other.prompt,
        one.output + other.output,
        one.cached + other.cached,
        one.reasoning + other.reasoning,
    )


class _Unwatched:
    """A sink for answers that are of use only when they are whole."""

    def text(self, piece: str) -> None: ...

    def thinking(self, piece: str) -> None: ...
