"""What is being answered, drawn and summed up now, so that it can be stopped."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from bot.domain.conversation import ConversationKey

Reason = Literal["stopped", "edited"]


@dataclass(eq=False, slots=True)
class ActiveTask:
    """``message_id``, ``said``: the message that asks, and its words; 0: no answer, but a drawing or a summary, which
    goes on when that message is edited. ``ended``: why it was ended, if it was."""

    scope: ConversationKey
    message_id: int
    said: str
    task: "asyncio.Task[Any]"
    ended: Reason | None = None

    def end(self, reason: Reason) -> None:
        self.ended = self.ended or reason
        self.task.cancel()


class ActiveTasks:
    def __init__(self) -> None:
        self._runs: list[ActiveTask] = []

    @contextmanager
    def listed(self, run: ActiveTask) -> Iterator[ActiveTask]:
        self._runs.append(run)
        try:
            yield run
        finally:
            self._runs.remove(run)

    def stop(self, scope: ConversationKey, *, only_answers: bool = False) -> bool:
        """End what goes on in this conversation; False where nothing does."""
        found = [run for run in self._runs if run.scope == scope and (run.message_id or not only_answers)]
        for run in found:
            run.end("stopped")
        return bool(found)

    def edited(self, chat_id: int, message_id: int, said: str) -> None:
        """End the answer to a question that was edited to say something else."""
        for run in list(self._runs):
            if (run.scope.chat_id, run.message_id) == (chat_id, message_id) and run.said != said:
                run.end("edited")
