"""The composition root: the one place that knows every part and puts them together."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from zoneinfo import ZoneInfo

from aiogram import Dispatcher
from pydantic import TypeAdapter

from bot import lifecycle
from bot.billing.quota_plan import Members
from bot.billing.usage_report import UsageReports
from bot.chat.answer_question import AnswerQuestion
from bot.chat.profiles import ChangePreferences
from bot.clock import Clock, SystemClock
from bot.composition import Foundation, Gateway, GroupUseCases, RunningSummaries, build_foundation, build_gateway
from bot.drawing.draw_pictures import DrawPictures
from bot.drawing.pipeline import ImagePipeline, SourcePictures
from bot.drawing.request_pictures import RequestPictures
from bot.groups.archive_policy import GroupArchivePolicy, GroupPrivacy
from bot.groups.digest_orders import OrderDigests
from bot.groups.digest_runs import RunDigests
from bot.groups.group_summaries import GroupSummaries, PendingActions
from bot.groups.summarizer import Summaries, summary_model
from bot.groups.summary import SummaryPage, SummaryRequest
from bot.groups.summary_requests import SummarizeGroup
from bot.inbox.decoding import DispatcherFeed
from bot.inbox.intake import Intake
from bot.inbox.ordered_queues import edited_text
from bot.inbox.polling import Poller, RefusedToken
from bot.inbox.webhook import Accept, WebhookReceiver
from bot.lifecycle import GRACE, Application, Receiver, schedule
from bot.operation.announcements import Apology, introduce
from bot.providers.picture_fetch import PictureFetch, open_fetching_http
from bot.settings import Settings
from bot.store import NewerDatabase, Store, picture_folder
from bot.store.picture_files import PictureFiles
from bot.telegram.answer_view import AnswerViews
from bot.telegram.drawing_keyboards import PictureKeyboards
from bot.telegram.drawing_view import DrawingViews
from bot.telegram.error_messages import error_message
from bot.telegram.group_members import TelegramMembership
from bot.telegram.media import Media
from bot.telegram.message_text import clean
from bot.telegram.picture_sender import PictureSender
from bot.telegram.status import stop_button
from bot.telegram.summary_status import SummaryStatusMessages
from bot.telegram.summary_view import SummaryViews, TelegramDigestSender
from bot.telegram.texts import LANGUAGES
from handlers import ROUTERS
from handlers.commands import COMMANDS, OPEN, OVERTAKING
from handlers.ephemeral import EphemeralMiddleware
from handlers.filters import Albums
from handlers.group_archive import ArchiveMiddleware, SupergroupMiddleware
from handlers.menu import Menu
from handlers.messages import idempotency_key
from handlers.person import AccessMiddleware, PersonMiddleware
from handlers.privacy import ForgetPress

log = logging.getLogger(__name__)


def run(settings: Settings) -> int:
    """The command ``run``: until SIGTERM or Ctrl-C; the exit code."""
    if settings.open_to_all:
        log.warning("Neither BOT_OWNER_IDS nor BOT_ALLOWED_IDS is set: everybody may use the bot, on your account")
    try:
        asyncio.run(lifecycle.serve_until_signal(opened(settings)))
    except (RefusedToken, NewerDatabase, OSError) as error:
        log.error("%s", error)
        return 1
    return 0


@contextlib.asynccontextmanager
async def opened(settings: Settings, clock: Clock | None = None, grace: float = GRACE) -> AsyncIterator[Application]:
    """A bot that is not started yet, over the file that it keeps everything in; closed with ``grace`` seconds.

    ``settings`` name a token and at least one provider. Raises :class:`NewerDatabase`, OSError, SettingsError.
    """
    store = await Store.open(settings.database)
    try:
        known = await store.members.all()
        members = Members(settings.bot_owner_ids, settings.bot_allowed_ids, store.members, known)
        application = build(settings, clock or SystemClock(), store, members)
        try:
            yield application
        finally:
            await lifecycle.close(application, grace)
    finally:
        await store.close()


def build(settings: Settings, clock: Clock, store: Store, members: Members) -> Application:
    """All of it; nothing runs yet."""
    base = build_foundation(settings, clock, store, members)
    gateway = build_gateway(base)
    answer_question = AnswerQuestion(
        store.conversations,
        gateway.chat,
        clock,
        base.active_tasks,
        gateway.corrections,
        gateway.quotas,
        gateway.profiles,
    )
    draw_pictures, request_pictures, drawing_views, close_drawing = build_drawing(base, gateway)
    policy = build_archive_policy(base)
    groups = build_groups(base, gateway, policy)
    people, menu = PersonMiddleware(store.people), Menu(COMMANDS)
    archive = ArchiveMiddleware(policy) if policy.is_on else None
    supergroups = SupergroupMiddleware(move_group(base))
    dispatcher = build_dispatcher(
        supergroups,
        people,
        AccessMiddleware(members, clock, OPEN, {ForgetPress.__prefix__}),
        archive,
        albums=Albums(),
        archive_policy=policy,
        changes=ChangePreferences(gateway.profiles, store.people, LANGUAGES),
        menu=menu,
        answer_question=answer_question,
        answer_views=AnswerViews(base.statuses, base.delivery, base.message_sender, clock),
        message_sender=base.message_sender,
        delivery=base.delivery,
        draw_pictures=draw_pictures,
        drawing_views=drawing_views,
        group_privacy=groups.privacy,
        members=members,
        order_digests=groups.orders,
        quotas=gateway.quotas,
        request_pictures=request_pictures,
        active_tasks=base.active_tasks,
        usage_reports=UsageReports(store.reports, store.quotas, gateway.quotas, clock),
        profiles=gateway.profiles,
        summarize_group=groups.summarize,
        summary_views=groups.views,
    )
    kinds = dispatcher.resolve_used_update_types()
    intake = build_intake(base, answer_question, DispatcherFeed(dispatcher, base.telegram, kinds))
    return Application(
        clock=clock,
        telegram=base.telegram,
        http=gateway.http,
        limits=gateway.limits,
        answer_question=answer_question,
        people=people,
        archive=archive,
        supergroups=supergroups,
        picture_at=store.pictures.at,
        intake=intake,
        receiver=build_receiver(base, intake.accept, kinds),
        jobs=schedule(clock, gateway.models, store, settings.group_archive_days, groups.digests.look),
        background=base.background,
        restoring=(gateway.limits.restore, store.ledger.end_lost),
        refreshing=(gateway.models.refresh, base.delivery.resume),
        introducing=lambda: introduce(base.telegram, menu, members.owners),
        stopping=(groups.digests.close,),
        closing=(
            answer_question.close,
            gateway.billing.close,
            base.background.close,
            gateway.http.aclose,
            close_drawing,
            base.telegram.session.close,
        ),
    )


def build_drawing(
    base: Foundation, gateway: Gateway
) -> tuple[DrawPictures, RequestPictures, DrawingViews, lifecycle.Step]:
    """What draws, who asks for it, how it is shown, and what closes it."""
    settings, clock, repository = base.settings, base.clock, base.store.pictures
    http = open_fetching_http()
    fetch = PictureFetch(http, clock, settings.image_trusted_hosts).fetch
    files = PictureFiles(picture_folder(settings.database), clock)
    media, models = Media(base.telegram), gateway.image_models
    sources = SourcePictures(repository, files, media.download)
    pipeline = ImagePipeline(repository, files, gateway.pictures, gateway.chat, fetch, sources, models, clock)
    draw_pictures = DrawPictures(
        repository,
        files,
        pipeline,
        models,
        gateway.quotas,
        base.active_tasks,
        improver=gateway.profiles.model,
        clock=clock,
    )
    keyboards, labelled = PictureKeyboards(models), settings.image_watermark == "on"
    sender = PictureSender(media, base.message_sender, repository, files, keyboards, labelled=labelled)
    views = DrawingViews(base.statuses, clock, base.message_sender, sender, repository, keyboards)
    return draw_pictures, RequestPictures(draw_pictures, repository, models), views, http.aclose


def build_archive_policy(base: Foundation) -> GroupArchivePolicy:
    settings, store = base.settings, base.store
    days = settings.group_archive_days if settings.group_archive == "on" else 0
    zone = ZoneInfo(settings.group_timezone)
    return GroupArchivePolicy(store.archive, store.groups, base.members.admits, base.clock, days, zone)


def build_groups(base: Foundation, gateway: Gateway, policy: GroupArchivePolicy) -> GroupUseCases:
    store, clock, telegram = base.store, base.clock, base.telegram
    membership = TelegramMembership(telegram)
    summaries = GroupSummaries(
        Summaries(gateway.chat, store.notes, clock),
        policy,
        lambda: summary_model(gateway.profiles.catalogue(), base.settings.summary_model),
        gateway.quotas,
    )
    sender = TelegramDigestSender(telegram, base.delivery, policy.zone_of)
    statuses = SummaryStatusMessages(telegram, base.message_sender, base.statuses)
    return GroupUseCases(
        views=SummaryViews(statuses, base.delivery, clock, membership, policy.zone_of, error_message, stop_button),
        summarize=SummarizeGroup(
            summaries,
            membership,
            RunningSummaries(base.active_tasks),
            waiting=PendingActions(store.pending, TypeAdapter(SummaryRequest), clock),
            private=PendingActions(store.pending, TypeAdapter(SummaryPage), clock),
        ),
        orders=OrderDigests(store.digests, policy, membership),
        digests=RunDigests(store.digests, summaries, membership, sender, clock),
        privacy=GroupPrivacy(policy, store.erasure, membership),
    )


def move_group(base: Foundation) -> Callable[[int, int], Awaitable[None]]:
    """What lets all that is kept of a group go on in the supergroup that it becomes."""

    async def move(old: int, new: int) -> None:
        await base.store.supergroups.migrate(old, new)
        base.members.reload(await base.store.members.all())

    return move


def build_dispatcher(
    supergroups: SupergroupMiddleware,
    people: PersonMiddleware,
    admission: AccessMiddleware,
    archive: ArchiveMiddleware | None,
    /,
    **named: Any,
) -> Dispatcher:
    """``named``: what handlers ask for by these names."""
    dispatcher = Dispatcher(disable_fsm=True, **named)
    dispatcher.message.outer_middleware(supergroups)
    for observer in (dispatcher.message, dispatcher.edited_message, dispatcher.callback_query):
        observer.outer_middleware(people)
        observer.outer_middleware(admission)
    for observer in (dispatcher.message, dispatcher.edited_message):
        observer.outer_middleware(EphemeralMiddleware())
    if archive is not None:
        for observer in (dispatcher.message, dispatcher.edited_message):
            observer.outer_middleware(archive)
    dispatcher.include_routers(*(router() for router in ROUTERS))
    return dispatcher


def build_intake(base: Foundation, answer_question: AnswerQuestion, feed: DispatcherFeed) -> Intake:
    def on_received(raw: dict[str, Any]) -> None:
        """An edited question ends its running answer at once; the edit itself waits for its turn."""
        if (edited := edited_text(raw)) is not None:
            chat, message, text = edited
            base.active_tasks.edited(chat, message, clean(text))

    apology = Apology(
        base.telegram, lambda update_id: answer_question.abandon(idempotency_key(base.telegram.id, update_id))
    )
    inbox, bot_id = base.store.inbox, base.telegram.id
    return Intake(
        bot_id,
        inbox,
        feed.handle,
        base.clock,
        overtaking=OVERTAKING,
        on_received=on_received,
        on_abandoned=apology.offer,
    )


def build_receiver(base: Foundation, accept: Accept, kinds: list[str]) -> Receiver:
    settings = base.settings
    if settings.webhook_url is None or settings.webhook_secret is None:
        return Poller(base.telegram, accept, kinds, base.clock)
    return WebhookReceiver(
        base.telegram,
        accept,
        kinds,
        base.clock,
        url=settings.webhook_url,
        secret=settings.webhook_secret.get_secret_value(),
        host=settings.http_host,
        port=settings.http_port,
    )
