"""Order: the updates of one conversation run one after another, conversations side by side, urgent ones at once.

Which conversation an update belongs to is read from its JSON before anything parses it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Hashable
from typing import Any, Generic, TypeVar

from bot.domain.message import slash_command

T = TypeVar("T")

_LARGEST_ID = 2**63 - 1  # what SQLite can hold; Telegram's ids have 32 bits


class OrderedQueues(Generic[T]):
    """Runs items: those of one key in order, each key in a task of its own that ends with its last item.

    ``run`` does not raise: nobody could be told.
    """

    def __init__(self, run: Callable[[T], Awaitable[None]]) -> None:
        self._run = run
        self._waiting: dict[Hashable, deque[T]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def put(self, key: Hashable | None, item: T) -> None:
        """Queue the item behind those of its key; None: run it at once. After :meth:`close` it is left alone."""
        if self._closed:
            return
        if key is None:
            self._start(self._run(item))
        elif key in self._waiting:
            self._waiting[key].append(item)
        else:
            self._waiting[key] = deque([item])
            self._start(self._drain(key))

    async def idle(self) -> None:
        """Returns when nothing runs or waits."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self, grace: float) -> None:
        """Begin nothing more, let what runs finish within ``grace`` seconds, then cancel it and wait for its end."""
        self._closed = True
        for items in self._waiting.values():
            items.clear()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, key: Hashable) -> None:
        items = self._waiting[key]
        try:
            while items:
                await self._run(items.popleft())
        finally:
            del self._waiting[key]


def update_id(update: Any) -> int | None:
    """None: it is no update, since nothing else tells two of them apart."""
    identity = update.get("update_id") if isinstance(update, dict) else None
    is_id = isinstance(identity, int) and not isinstance(identity, bool) and 0 <= identity <= _LARGEST_ID
    return identity if is_id else None


def ordering_key(update: dict[str, Any], overtaking: Collection[str]) -> Hashable | None:
    """The conversation whose order an update keeps; ``overtaking``: the commands that keep none.

    None: it overtakes, as these commands, what is said of a picture and the press of a button do.
    """
    if "callback_query" in update or "stopped_message_generation" in update:
        return None
    message = update.get("message")
    if _command(message) in overtaking or _is_about_picture(message):
        return None
    message = message or update.get("edited_message")
    if not isinstance(message, dict):
        return ("other",)
    topic = _number(message.get("message_thread_id")) if message.get("is_topic_message") else None
    sender = "sender_chat" if "sender_chat" in message else "from"
    return (_id(message, "chat"), topic, _id(message, sender))


def edited_text(update: dict[str, Any]) -> tuple[int, int, str] | None:
    """Chat, message and its words now, where the update tells that somebody edited a text."""
    match update.get("edited_message"):
        case {"chat": {"id": int(chat)}, "message_id": int(message), "text": str(text)}:
            return chat, message, text
    return None


def _command(message: Any) -> str:
    """The name of the command in a message or a caption; empty where there is none."""
    said = (message.get("text") or message.get("caption")) if isinstance(message, dict) else None
    written = slash_command(said) if isinstance(said, str) else None
    return written.name if written else ""


def _is_about_picture(message: Any) -> bool:
    """A reply to a picture of a bot."""
    replied = message.get("reply_to_message") if isinstance(message, dict) else None
    if not isinstance(replied, dict) or not ("photo" in replied or "document" in replied):
        return False
    sender = replied.get("from")
    return isinstance(sender, dict) and sender.get("is_bot") is True


def _id(message: dict[str, Any], field: str) -> int | None:
    value = message.get(field)
    return _number(value.get("id")) if isinstance(value, dict) else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) else None
