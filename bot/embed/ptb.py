"""A python-telegram-bot application as the host; the library is imported when it is needed, and only here."""

import json
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from telegram import Update
    from telegram.ext import Application


class EmbeddedBot(Protocol):
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def offer(self, raw: dict[str, Any]) -> bool: ...


def attach(application: "Application[Any, Any, Any, Any, Any, Any]", group: int, guest: EmbeddedBot) -> None:
    """Offer each update to the guest, and let it start and stop with the application. Raises ImportError."""
    try:
        from telegram import Update as AnyUpdate
        from telegram.ext import ApplicationHandlerStop, TypeHandler
    except ImportError as error:
        raise ImportError("python-telegram-bot is missing: pip install 'siliconbot[ptb]'") from error
    host_began, host_ended = application.post_init, application.post_shutdown

    async def take(update: AnyUpdate, _: Any) -> None:
        if await guest.offer(as_sent(update)):
            raise ApplicationHandlerStop

    async def begin(started: "Application[Any, Any, Any, Any, Any, Any]") -> None:
        if host_began is not None:
            await host_began(started)
        await guest.start()

    async def end(ended: "Application[Any, Any, Any, Any, Any, Any]") -> None:
        try:
            await guest.stop()
        finally:
            if host_ended is not None:
                await host_ended(ended)

    application.add_handler(TypeHandler(AnyUpdate, take, block=True), group)  # only one that blocks can stop others
    application.post_init, application.post_shutdown = begin, end


def as_sent(update: "Update") -> dict[str, Any]:
    """The update's JSON. A host with ``arbitrary_callback_data`` has objects in the places of its own buttons' data,
    and has wrapped ours.
    """
    text = json.dumps(update.to_dict(), default=lambda value: getattr(value, "callback_data", str(value)))
    raw: dict[str, Any] = json.loads(text)
    return raw
