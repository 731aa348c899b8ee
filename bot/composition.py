"""What every feature stands on, put together: storage, Telegram, and the gateway to the providers.

A part of the composition root, beside :mod:`bot.app`.
"""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from aiogram import Bot

from bot.billing.alerts import Alerts
from bot.billing.quota_plan import Members, Quotas
from bot.billing.reservation import Billing
from bot.chat.profiles import ChatProfiles
from bot.clock import Clock
from bot.config_mapping import legacy_image_models, personas, plan, registry
from bot.domain.active_tasks import ActiveTask, ActiveTasks
from bot.domain.conversation import ConversationKey
from bot.domain.model import Model
from bot.drawing.image_models import ImageModels
from bot.gateway.fallback import FallbackChat
from bot.gateway.limited_chat import LimitedChat
from bot.gateway.limited_pictures import FallbackPictures, LimitedPictures
from bot.groups.archive_policy import GroupPrivacy
from bot.groups.digest_orders import OrderDigests
from bot.groups.digest_runs import RunDigests
from bot.groups.ports import WorkStopped
from bot.groups.summary import SummaryRequest
from bot.groups.summary_requests import SummarizeGroup
from bot.lifecycle import BackgroundTasks
from bot.operation.announcements import OwnerAlerts
from bot.providers import tokens
from bot.providers.chat_client import HttpChatClient
from bot.providers.http import HttpClient, open_http
from bot.providers.image_client import HttpPictureClient
from bot.providers.models import LiveCatalogue
from bot.providers.request_mending import LearnedAdjustments
from bot.ratelimit.permit_request import Target
from bot.ratelimit.scheduler import Scheduler
from bot.settings import Settings
from bot.settings.values import TELEGRAM
from bot.store import Store
from bot.telegram.message_sender import MessageSender
from bot.telegram.outbound_pacer import OutboundPacer
from bot.telegram.resumable_delivery import ResumableDelivery
from bot.telegram.session import Pacing, Session
from bot.telegram.status import StatusMessages
from bot.telegram.summary_view import SummaryViews

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Foundation:
    """What every feature stands on."""

    settings: Settings
    clock: Clock
    store: Store
    members: Members
    telegram: Bot
    message_sender: MessageSender
    statuses: StatusMessages
    delivery: ResumableDelivery
    active_tasks: ActiveTasks
    background: BackgroundTasks


@dataclass(frozen=True, slots=True)
class Gateway:
    """What a feature calls: models within limits, paid, retried, with their stand-ins."""

    http: HttpClient
    models: LiveCatalogue
    image_models: ImageModels
    profiles: ChatProfiles
    corrections: tokens.Corrections
    limits: Scheduler
    quotas: Quotas
    billing: Billing
    chat: FallbackChat
    pictures: FallbackPictures


def build_foundation(settings: Settings, clock: Clock, store: Store, members: Members) -> Foundation:
    assert settings.telegram_bot_token is not None  # noqa: S101 - the command line starts nothing without one
    pacer = OutboundPacer(clock)
    session = Session(settings.telegram_api_url if settings.telegram_api_url != TELEGRAM else None)
    session.middleware(Pacing(pacer))
    telegram = Bot(settings.telegram_bot_token.get_secret_value(), session=session)
    message_sender = MessageSender(telegram, clock)
    return Foundation(
        settings,
        clock,
        store,
        members,
        telegram,
        message_sender,
        StatusMessages(telegram, pacer, clock),
        ResumableDelivery(message_sender, store.deliveries, telegram, clock),
        ActiveTasks(),
        BackgroundTasks(),
    )


def build_gateway(base: Foundation) -> Gateway:
    settings, clock, store = base.settings, base.clock, base.store
    named = registry(settings)
    http = open_http()
    learned = LearnedAdjustments(store.refusals, named.catalogue.models, named.providers)
    client = HttpChatClient(http, named.providers, clock, learned)
    models = LiveCatalogue(named.catalogue, named.accounts, client, learned)
    image_models = ImageModels(lambda: models.catalogue, legacy_image_models(settings))
    corrections = tokens.Corrections()
    limits = Scheduler(clock, store.permits, max_wait=60.0 * settings.queue_minutes)
    quotas = Quotas(plan(settings), base.members)
    billing = Billing(store.ledger, clock, build_alerts(base, quotas))

    def targets(model: Model) -> Sequence[Target]:
        return [Target(account, model, model.limits, model.parallel) for account in named.accounts[model.provider]]

    limited = LimitedChat(
        client,
        limits,
        clock,
        targets,
        lambda request: corrections.apply(request.model.id, tokens.prompt(request.messages)),
        billing,
    )
    drawing = HttpPictureClient(
        http, named.providers, clock, learned=learned, watermark=settings.image_watermark == "on"
    )
    return Gateway(
        http=http,
        models=models,
        image_models=image_models,
        profiles=ChatProfiles(lambda: models.catalogue, personas(settings.file)),
        corrections=corrections,
        limits=limits,
        quotas=quotas,
        billing=billing,
        chat=FallbackChat(limited, lambda model: models.catalogue.fallbacks(model)),
        pictures=FallbackPictures(LimitedPictures(drawing, limits, clock, targets, billing), image_models.stand_ins),
    )


def build_alerts(base: Foundation, quotas: Quotas) -> Alerts:
    async def chosen_language(person: int) -> str | None:
        preferences, _ = await base.store.people.choices(person, person)
        return preferences.language

    owners = OwnerAlerts(base.telegram, base.members.owners, chosen_language, base.background.start)
    return Alerts(base.store.sent_alerts, base.clock, quotas.plan.total, owners.tell)


@dataclass(frozen=True, slots=True)
class GroupUseCases:
    """What is done for groups."""

    views: SummaryViews
    summarize: SummarizeGroup
    orders: OrderDigests
    digests: RunDigests
    privacy: GroupPrivacy


@dataclass(frozen=True, slots=True)
class RunningSummaries:
    """A :class:`bot.groups.ports.StopRegistry`: summaries are stopped as answers are."""

    active_tasks: ActiveTasks

    async def run(self, work: Coroutine[Any, Any, T], request: SummaryRequest, user_id: int) -> T:
        task = asyncio.create_task(work)
        runs = [ActiveTask(scope, 0, "", task) for scope in _scopes(request, user_id)]
        try:
            with contextlib.ExitStack() as listed:
                for run in runs:
                    listed.enter_context(self.active_tasks.listed(run))
                return await task
        except asyncio.CancelledError:
            if not any(run.ended for run in runs):
                raise
            raise WorkStopped from None


def _scopes(request: SummaryRequest, user_id: int) -> Iterator[ConversationKey]:
    """Where its person can stop it."""
    yield ConversationKey(request.group.id, request.topic or 0, user_id)
    if request.query.privately:
        yield ConversationKey(user_id, 0, user_id)
