"""An answer while it comes: passed on to where it is shown, and remembered in case it is stopped or breaks off."""

import asyncio
import logging
from dataclasses import replace

from bot.conversations.answer import Answer, Ended, View
from bot.conversations.running import Run
from bot.domain.calls import CallContext, Payer, QueuePosition, WaitTooLong
from bot.domain.chat import Completion
from bot.domain.errors import Overloaded, RateLimited, UpstreamError
from bot.domain.model import Model

log = logging.getLogger(__name__)


class Heard:
    """A sink. ``model`` is the one that answers, ``replaced`` the one that should have, where those differ.

    ``busy``: it was for too many calls that it did not.
    """

    def __init__(self, view: View, model: Model) -> None:
        self.view = view
        self.model = model
        self.replaced: Model | None = None
        self.busy = False
        self.completion: Completion | None = None
        self._text: list[str] = []
        self._thinking: list[str] = []

    def text(self, piece: str) -> None:
        self._text.append(piece)
        self.view.text(piece)

    def thinking(self, piece: str) -> None:
        self._thinking.append(piece)
        self.view.thinking(piece)

    def restart(self) -> None:
        self._text.clear()
        self._thinking.clear()
        self.view.restart()

    def fell_back(self, wanted: Model, instead: Model, error: Exception) -> None:
        log.info("%s answers instead of %s: %s", instead.id, wanted.id, error)
        if self.replaced is None:
            self.replaced, self.busy = wanted, isinstance(error, WaitTooLong | Overloaded | RateLimited)
        self.model = instead
        self.view.restart()

    def context(self, payer: Payer) -> CallContext:
        """Of the call whose answer is heard."""
        return CallContext(payer, on_wait=self._waits, on_fallback=self.fell_back)

    def _waits(self, position: QueuePosition) -> None:
        self.view.waiting(position.ahead, position.seconds)

    def asks(self, model: Model) -> None:
        """A call begins; nothing of an answer has come yet."""
        self.model, self.replaced = model, None

    def so_far(self, *, stopped: bool = False, error: UpstreamError | None = None) -> Answer:
        text, thinking = "".join(self._text), "".join(self._thinking)
        answer = Answer(text, thinking, self.model, stopped=stopped, error=error)
        return replace(answer, replaced=self.replaced, busy=self.busy)


async def outcome(run: Run, heard: Heard) -> Answer:
    """The whole answer, or what had come of it when it was stopped or broke off.

    Raises :class:`Ended` or UpstreamError where that is nothing. Whoever cancels the caller cancels the run with it.
    """
    try:
        completion: Completion = await run.task
    except asyncio.CancelledError:
        if run.ended is None:
            raise
        answer = heard.so_far(stopped=True)
        if run.ended == "edited" or not answer.text.strip():
            raise Ended(edited=run.ended == "edited") from None
        return answer
    except UpstreamError as error:
        answer = heard.so_far(error=error)
        if not answer.text.strip():
            raise
        return answer
    answer = Answer(completion.text, completion.thinking, heard.model, finish=completion.finish)
    return replace(answer, replaced=heard.replaced, busy=heard.busy)
