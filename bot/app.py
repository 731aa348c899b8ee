"""The composition root: the one place that knows every part and puts them together."""

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Final
from urllib.parse import urlsplit

from aiogram import Bot, Dispatcher
from aiogram.exceptions import AiogramError, TelegramNotFound, TelegramUnauthorizedError
from aiogram.types import Message, Update
from aiohttp import web
from pydantic import ValidationError

from bot.assembly import personas, plan, registry
from bot.clock import Clock, SystemClock
from bot.conversations.answer_question import AnswerQuestion
from bot.conversations.running import Running
from bot.conversations.styles import Styles
from bot.drawing import DrawingRoom, Upstream
from bot.grouping import keeping, summarizing
from bot.inbox.defuse import defuse
from bot.inbox.intake import Intake, Undecodable
from bot.inbox.polling import Poller, RefusedToken
from bot.inbox.webhook import application
from bot.limits.alerts import Alert, Alerts
from bot.limits.client import LimitedChat
from bot.limits.demand import Target
from bot.limits.fallback import FallbackChat
from bot.limits.members import Members
from bot.limits.quotas import Quotas
from bot.limits.scheduler import Scheduler
from bot.limits.statement import Statements
from bot.limits.till import Till
from bot.providers import tokens
from bot.providers.client import HttpChatClient
from bot.providers.picture_client import HttpPictureClient
from bot.providers.shelf import Shelf
from bot.providers.wire import open_http
from bot.schedule import schedule
from bot.settings import Settings
from bot.settings.values import TELEGRAM
from bot.store import NewerDatabase, Store
from bot.telegram.answers import AnswerViews
from bot.telegram.courier import Courier
from bot.telegram.delivery import Delivery
from bot.telegram.gate import Gate
from bot.telegram.media import Media
from bot.telegram.session import Pacing, Session
from bot.telegram.status import StatusMessages
from bot.telegram.texts import LANGUAGES, Texts, language_of
from handlers import ROUTERS
from handlers.access import Admission
from handlers.archive import Archive
from handlers.asking import clean, idempotency_key
from handlers.digesting import Digesting
from handlers.menu import show_menu
from handlers.person import People

log = logging.getLogger(__name__)

GRACE: Final = 25.0  # seconds that running answers get to finish when the process is asked to end
_LONGEST_PAUSE: Final = 30.0  # seconds between two tries to set the webhook
_GC_THRESHOLDS: Final = (50_000, 20, 50)


class Application:
    """One bot from its start to its end; ``settings`` name a token and at least one provider."""

    def __init__(self, settings: Settings, clock: Clock, store: Store, members: Members) -> None:
        self.settings = settings
        self.members = members
        self.clock = clock
        self.store = store
        self.gate = Gate(clock)
        self.telegram = _telegram(settings, self.gate)
        self.http = open_http()
        self.running = Running()
        self._aside: set[asyncio.Task[None]] = set()
        self.dispatcher = Dispatcher(disable_fsm=True)
        self._upstream()
        self._handlers()
        self.kinds = self.dispatcher.resolve_used_update_types()
        self.intake = Intake(
            self.telegram.id, store.inbox, self._handle, clock, arrived=self._arrived, given_up=self._apologise
        )
        self.jobs = schedule(clock, self.shelf, store, settings.group_archive_days, self.digesting.look)

    def _upstream(self) -> None:
        named = registry(self.settings)
        client = HttpChatClient(self.http, named.providers, self.clock)
        corrections = tokens.Corrections()
        self.shelf = Shelf(named.catalogue, named.accounts, client)
        self.limits = Scheduler(self.clock, self.store.grants, max_wait=60.0 * self.settings.queue_minutes)
        self.quotas = Quotas(plan(self.settings), self.members)
        alerts = Alerts(self.store.notices, self.clock, self.quotas.plan.total, self._alert)
        self.till = till = Till(self.store.ledger, self.clock, alerts)
        limited = LimitedChat(
            client,
            self.limits,
            self.clock,
            lambda model: [
                Target(account, model, model.limits, model.parallel) for account in named.accounts[model.provider]
            ],
            lambda request: corrections.apply(request.model.id, tokens.prompt(request.messages)),
            till,
        )
        self.chat = chat = FallbackChat(limited, lambda model: self.shelf.catalogue.fallbacks(model))
        self.styles = Styles(lambda: self.shelf.catalogue, personas(self.settings.file))
        self.answer_question = AnswerQuestion(
            self.store.conversations, chat, self.clock, self.running, corrections, self.quotas, self.styles
        )
        marked = self.settings.image_watermark == "on"
        pictures = HttpPictureClient(self.http, named.providers, self.clock, watermark=marked)
        self.upstream = Upstream(named, self.shelf, pictures, self.limits, till, chat)

    def _handlers(self) -> None:
        styles = self.styles
        courier = Courier(self.telegram, self.clock)
        self.delivery = Delivery(courier, self.store.deliveries, self.telegram, self.clock)
        statuses = StatusMessages(self.telegram, self.gate, self.clock)
        self.drawing = DrawingRoom(
            self.settings,
            self.clock,
            self.store,
            self.upstream,
            courier=courier,
            gate=self.gate,
            media=Media(self.telegram),
            styles=styles,
            quotas=self.quotas,
            running=self.running,
        )
        self.dispatcher.workflow_data.update(
            answer_question=self.answer_question,
            answer_views=AnswerViews(statuses, self.delivery, courier, self.clock),
            delivery=self.delivery,
            easel=self.drawing.easel,
            people=self.store.people,
            running=self.running,
            styles=styles,
            members=self.members,
            quotas=self.quotas,
            statements=Statements(self.store.reports, self.store.quotas, self.quotas, self.clock),
        )
        for observer in (self.dispatcher.message, self.dispatcher.edited_message, self.dispatcher.callback_query):
            observer.outer_middleware(People(self.store.people))
            observer.outer_middleware(Admission(self.members))
        self._groups(styles, courier)
        self.dispatcher.include_routers(*(router() for router in ROUTERS))

    def _groups(self, styles: Styles, courier: Courier) -> None:
        kept = keeping(self.settings, self.store)
        sums = summarizing(
            self.settings,
            kept,
            self.store,
            self.clock,
            telegram=self.telegram,
            chat=self.chat,
            styles=styles,
            quotas=self.quotas,
            courier=courier,
            gate=self.gate,
            running=self.running,
        )
        self.digesting = Digesting(self.store.digests, sums)
        self.dispatcher.workflow_data.update(courier=courier, keeping=kept, summarizing=sums, digesting=self.digesting)
        if kept.is_on:
            for observer in (self.dispatcher.message, self.dispatcher.edited_message):
                observer.outer_middleware(Archive(self.store.archive, self.members.admits))

    async def start(self) -> None:
        """Go on where an earlier run ended; from then on whatever ``intake`` accepts is answered."""
        await self.limits.restore()
        await self.store.ledger.end_lost()
        resumed = await self.intake.resume()  # before anything new arrives, or a later question might be answered first
        self._start_aside(self.delivery.resume())
        self._start_aside(self.shelf.refresh())
        self.jobs.start()
        log.info("Started%s", f"; {resumed} updates of an earlier run go on" if resumed else "")

    async def run(self, ended: asyncio.Event) -> None:
        """Start, and fetch what there is to answer until ``ended`` is set. Raises :class:`RefusedToken`."""
        await self.start()
        source = asyncio.create_task(self._receive())
        self._start_aside(self._introduce())
        _settle_memory()
        waiting = asyncio.create_task(ended.wait())
        await asyncio.wait({source, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if source.done():
            source.result()
        source.cancel()
        await asyncio.gather(source, return_exceptions=True)

    async def close(self, grace: float = GRACE) -> None:
        """Let running answers finish for ``grace`` seconds, and leave the rest to the next start."""
        log.info("Ending; answers that are being given have %.0f s to finish", grace)
        with contextlib.suppress(Exception):
            self.jobs.shutdown(wait=False)
        await self.digesting.close()
        await self.intake.close(grace)
        await self.answer_question.close()
        await self.till.close()
        for task in self._aside:
            task.cancel()
        await asyncio.gather(*self._aside, return_exceptions=True)
        await self.http.aclose()
        await self.drawing.close()
        await self.telegram.session.close()

    async def _receive(self) -> None:
        if self.settings.webhook_url is None or self.settings.webhook_secret is None:
            await Poller(self.telegram, self.intake.accept, self.kinds, self.clock).run()
            return
        url, secret = self.settings.webhook_url, self.settings.webhook_secret.get_secret_value()
        site = web.AppRunner(application(urlsplit(url).path or "/", secret, self.intake.accept), access_log=None)
        await site.setup()
        try:
            await web.TCPSite(site, self.settings.http_host, self.settings.http_port).start()
            await self._announce_webhook(url, secret)
            await asyncio.Event().wait()
        finally:
            await site.cleanup()

    async def _announce_webhook(self, url: str, secret: str) -> None:
        """Until Telegram has taken it. Raises :class:`RefusedToken`."""
        pause = 1.0
        while True:
            try:
                await self.telegram.set_webhook(url, secret_token=secret, allowed_updates=self.kinds)
            except (TelegramUnauthorizedError, TelegramNotFound) as error:
                raise RefusedToken("Telegram does not know this bot token") from error
            except AiogramError as error:
                log.warning("The webhook could not be set (%s); again in %.0f s", error, pause)
                await self.clock.sleep(pause)
                pause = min(_LONGEST_PAUSE, 2 * pause)
            else:
                return

    async def _handle(self, raw: dict[str, Any]) -> None:
        if not any(kind in raw for kind in self.kinds):
            return
        try:
            update = Update.model_validate(defuse(raw), context={"bot": self.telegram})
        except (ValidationError, RecursionError) as error:
            raise Undecodable(f"{type(error).__name__}: {str(error)[:300]}") from error
        await self.dispatcher.feed_update(self.telegram, update)

    def _arrived(self, raw: dict[str, Any]) -> None:
        """An edited question ends its running answer at once; the edit itself waits for its turn."""
        match raw.get("edited_message"):
            case {"chat": {"id": int(chat)}, "message_id": int(message), "text": str(text)}:
                self.running.edited(chat, message, clean(text))

    async def _apologise(self, raw: dict[str, Any]) -> None:
        """The update was set aside: what it asked does not count, and in a private chat its person is told."""
        await self.answer_question.abandon(idempotency_key(self.telegram.id, raw["update_id"]))
        try:
            message = Message.model_validate(defuse(raw.get("message")))
        except ValidationError:
            return
        if message.chat.type == "private" and message.from_user is not None:
            texts = Texts(language_of(message.from_user.language_code))
            await self.telegram.send_message(message.chat.id, texts("error.internal", incident=raw["update_id"]))

    async def _introduce(self) -> None:
        """Tell Telegram the commands; a server that does not take them is no reason not to answer."""
        try:
            await self.telegram.me()
            await show_menu(self.telegram)
        except AiogramError as error:
            log.warning("The command menu could not be set: %s", type(error).__name__)
        for owner in self.members.owners:
            with contextlib.suppress(AiogramError):  # an owner who never wrote has no chat yet
                await show_menu(self.telegram, owner)

    def _alert(self, alert: Alert) -> None:
        for owner in self.members.owners:
            self._start_aside(self._tell(owner, alert))

    async def _tell(self, owner: int, alert: Alert) -> None:
        """An owner is told in the language that they have set, or else in all; one who never wrote cannot be told."""
        preferences, _ = await self.store.people.choices(owner, owner)
        languages = [each for each in LANGUAGES if each == preferences.language] or LANGUAGES
        words = "\n\n".join(Texts(language)(alert.key, **alert.values) for language in languages)
        try:
            await self.telegram.send_message(owner, words)
        except AiogramError as error:
            log.warning("Owner %d could not be told of %s: %s", owner, alert.key, type(error).__name__)

    def _start_aside(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)


@contextlib.asynccontextmanager
async def opened(settings: Settings, clock: Clock | None = None, grace: float = GRACE) -> AsyncIterator[Application]:
    """A bot that is not started yet, over the file that it keeps everything in; closed with ``grace`` seconds.

    Raises :class:`NewerDatabase`, OSError, SettingsError.
    """
    store = await Store.open(settings.database)
    try:
        known = await store.members.all()
        members = Members(settings.bot_owner_ids, settings.bot_allowed_ids, store.members, known)
        application = Application(settings, clock or SystemClock(), store, members)
        try:
            yield application
        finally:
            await application.close(grace)
    finally:
        await store.close()


async def serve(
    settings: Settings,
    ended: asyncio.Event,
    clock: Clock | None = None,
    *,
    grace: float = GRACE,
    beside: Callable[[Application], AbstractAsyncContextManager[Any]] = nullcontext,
) -> None:
    """Run one bot until ``ended`` is set; ``grace`` as of :meth:`Application.close`; ``beside``: open as long as it
    runs, for those who watch it.

    Raises :class:`RefusedToken`, :class:`NewerDatabase`, SettingsError.
    """
    async with opened(settings, clock, grace) as application, beside(application):
        await application.run(ended)


def run(settings: Settings) -> int:
    """The command ``run``: until SIGTERM or Ctrl-C; the exit code."""
    if settings.open_to_all:
        log.warning("Neither BOT_OWNER_IDS nor BOT_ALLOWED_IDS is set: everybody may use the bot, on your account")
    try:
        asyncio.run(_until_signal(settings))
    except (RefusedToken, NewerDatabase, OSError) as error:
        log.error("%s", error)
        return 1
    return 0


async def _until_signal(settings: Settings) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await serve(settings, ended)


def _telegram(settings: Settings, gate: Gate) -> Bot:
    assert settings.telegram_bot_token is not None  # noqa: S101 - the command line starts nothing without one
    own = settings.telegram_api_url if settings.telegram_api_url != TELEGRAM else None
    session = Session(own)
    session.middleware(Pacing(gate))
    return Bot(settings.telegram_bot_token.get_secret_value(), session=session)


def _settle_memory() -> None:
    """aiogram's models are a large heap that never changes: collecting it again and again is most of the pauses."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
