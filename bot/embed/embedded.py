"""The bot as a part of somebody else's application.

The host's framework fetches the updates. What is meant for this bot goes from there into its own inbox and through its
own dispatcher, in its order and with its limits; everything else stays the host's, and group messages are kept for
/summarize on the way.
"""

import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from aiogram import Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.exceptions import AiogramError
from aiogram.types import Message, TelegramObject
from aiogram.utils.token import extract_bot_id
from pydantic import SecretStr

from bot.app import opened
from bot.clock import Clock
from bot.config_mapping import registry
from bot.embed import ptb
from bot.embed.update_matcher import KINDS, KNOWN, MOUNTED, SHARED, UpdateMatcher, message_of
from bot.inbox.decoding import strip_rich_messages
from bot.lifecycle import GRACE, Application, start
from bot.settings import Settings, SettingsError, missing_to_run
from handlers.ask import own_name
from handlers.group_archive import GROUPS

if TYPE_CHECKING:
    from telegram.ext import Application as PtbApplication

log = logging.getLogger(__name__)


class Embedded:
    """This bot as a part of the host whose bot has the ``token``; ``commands``: those that are taken from the host.

    ``grace``: seconds that running answers get to finish when the host ends. Raises SettingsError, which lists what is
    wrong with the settings; ValueError for a command that there is not; TokenValidationError.
    """

    def __init__(
        self,
        token: str,
        settings: Settings,
        *,
        commands: Collection[str] = MOUNTED,
        grace: float = GRACE,
        clock: Clock | None = None,
    ) -> None:
        if unknown := sorted(set(commands) - KNOWN):
            raise ValueError(f"no commands: {', '.join(unknown)}; there are {', '.join(sorted(KNOWN))}")
        self._settings = settings.model_copy(update={"telegram_bot_token": SecretStr(token)})
        if faults := missing_to_run(self._settings):
            raise SettingsError(faults)
        registry(settings)  # a bot.toml that does not fit is refused before the host starts
        self._ours = UpdateMatcher(extract_bot_id(token), "", frozenset(commands), settings.bot_owner_ids)
        self._grace = grace
        self._clock = clock
        self._stack = AsyncExitStack()
        self._application: Application | None = None

    def router(self) -> Router:
        """For ``dispatcher.include_router``, in whatever place: it starts and ends with the dispatcher.

        Ours is taken before any handler is asked, since handlers on a dispatcher itself precede all routers; the
        middlewares that the host has there come first. The router's own handlers only make the dispatcher ask
        Telegram for all :data:`KINDS`.
        """
        router = Router(name="siliconbot")
        for kind in KINDS:
            router.observers[kind].register(_skip)
        router.startup.register(self._mount)
        router.shutdown.register(self._unmount)
        return router

    def attach_ptb(self, application: "PtbApplication[Any, Any, Any, Any, Any, Any]", group: int = -1_000) -> None:
        """Take ours before the handlers of all later groups; start and end with ``run_polling`` or ``run_webhook``.

        Whoever runs the application otherwise calls :meth:`start` and :meth:`stop`. Raises ImportError.
        """
        ptb.attach(application, group, self)

    async def start(self) -> None:
        """Begin to take updates. Raises NewerDatabase and OSError."""
        async with AsyncExitStack() as stack:
            application = await stack.enter_async_context(opened(self._settings, self._clock, self._grace))
            await start(application)
            with suppress(AiogramError):
                self._ours = replace(self._ours, name=await own_name(application.telegram))
            self._stack = stack.pop_all()
        self._application = application

    async def stop(self) -> None:
        """Leave all updates to the host, and close with what is running."""
        self._application = None
        await self._stack.aclose()

    async def offer(self, raw: dict[str, Any]) -> bool:
        """Take what is ours of an update, which is given as Telegram sent it and may be changed.

        True: it is ours alone, and is stored; offered again it is passed over.
        """
        application = self._application
        if application is None:
            return False
        if self._ours(raw) or await self._is_about_ours(raw, application):
            await application.intake.accept([raw])
            return True
        try:
            await self._overhear(raw, application)
        except Exception:
            log.exception("An update was left to the host, and could not be kept")
        return False

    async def _is_about_ours(self, raw: dict[str, Any], application: Application) -> bool:
        """Whether it replies to an answer or a picture; the bot's other messages may be the host's."""
        place = self._ours.replied(raw)
        if place is None:
            return False
        known = await application.answer_question.is_known(*place)
        return known or await application.picture_at(*place) is not None

    async def _overhear(self, raw: dict[str, Any], application: Application) -> None:
        """Of what is the host's: keep what groups say, and learn where the bot is and what was stopped."""
        if any(kind in raw for kind in SHARED):
            await application.intake.accept([raw])
            return
        match message_of(raw):
            case {"chat": {"type": str(kind)}} as said if kind in GROUPS:
                if application.archive is None and not said.keys() & {"migrate_to_chat_id", "migrate_from_chat_id"}:
                    return
                message = Message.model_validate(strip_rich_messages(said))
                await application.supergroups.take(message)
                if application.archive is not None:
                    await application.people(partial(application.archive, _nothing), message, {})

    async def _mount(self, router: Router) -> None:
        await self.start()
        for kind in KINDS:
            _root(router).observers[kind].outer_middleware.register(self._before_handlers)

    async def _unmount(self, router: Router) -> None:
        for kind in KINDS:
            _root(router).observers[kind].outer_middleware.unregister(self._before_handlers)
        await self.stop()

    async def _before_handlers(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """A dispatcher may serve several bots; this one takes its own bot's updates only."""
        if data["bot"].id == self._ours.bot_id:
            raw = data["event_update"].model_dump(mode="json", by_alias=True, exclude_unset=True)
            if await self.offer(raw):
                return None
        return await handler(event, data)


def _root(router: Router) -> Router:
    *_, root = router.chain_head
    return root


async def _skip(_: TelegramObject) -> None:
    raise SkipHandler


async def _nothing(_: TelegramObject, __: dict[str, Any]) -> None:
    """Handles a message that is only kept."""
