"""The calls of one request: each made once, repaired once, counted."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from bot.clock import Clock
from bot.domain.calls import CallContext, ChatCompletions, NullSink
from bot.domain.message import text_message
from bot.domain.model import Model
from bot.domain.money import NO_MONEY, Money
from bot.providers import tokens
from bot.providers.chat import ChatRequest
from bot.providers.price import TokenUsage
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


class Asking:
    """``room``: the chat whose messages these are; ``expected``: how many calls there will probably be."""

    def __init__(
        self,
        chat: ChatCompletions,
        model: Model,
        context: CallContext,
        leaves: LeafStore,
        clock: Clock,
        room: int,
        expected: int,
        progress: Callable[[Progress], None],
    ) -> None:
        self._chat = chat
        self._model = model
        self._context = context
        self._leaves = leaves
        self._clock = clock
        self._room = room
        self._progress = progress
        self._slots = asyncio.Semaphore(_PARALLEL)
        self._so_far = Progress(0, expected, TokenUsage(0, 0), NO_MONEY)

    async def notes(self, prompt: Prompt, messages: Sequence[int], *, start: int | None = None) -> Notes | str:
        """The notes asked for, kept from now on; the model's words where it could not be brought to give any.

        Raises UpstreamError, QuotaReached or WaitTooLong.
        """
        name = key(prompt, self._model)
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
        self._so_far = Progress(done, max(done, was.calls), was.usage + usage, was.cost + cost)
        self._progress(self._so_far)
