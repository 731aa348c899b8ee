"""Everything that works on what groups say, put together."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from aiogram import Bot
from pydantic import TypeAdapter

from bot.clock import Clock
from bot.conversations.running import Run, Running
from bot.conversations.styles import Styles
from bot.limits.client import QueuedChat
from bot.limits.quotas import Quotas
from bot.settings import Settings
from bot.store import Store
from bot.store.conversations import Scope
from bot.summaries.archive_policy import GroupArchivePolicy
from bot.summaries.digest_orders import OrderDigests
from bot.summaries.digest_runs import RunDigests
from bot.summaries.group_privacy import GroupPrivacy
from bot.summaries.group_summaries import GroupSummaries
from bot.summaries.pending_actions import PendingActions
from bot.summaries.ports import WorkStopped
from bot.summaries.request import SummaryRequest
from bot.summaries.service import Summaries, summary_model
from bot.summaries.summary import SummaryPage
from bot.summaries.summary_requests import SummarizeGroup
from bot.telegram.courier import Courier
from bot.telegram.gate import Gate
from bot.telegram.membership import TelegramMembership
from bot.telegram.summary_view import SummaryViews, TelegramDigestSender
from handlers.excuses import excuse
from handlers.summarize import stop_button

T = TypeVar("T")


def archive_policy(
    settings: Settings, store: Store, admits: Callable[[int, int], bool], clock: Clock
) -> GroupArchivePolicy:
    days = settings.group_archive_days if settings.group_archive == "on" else 0
    return GroupArchivePolicy(store.archive, store.groups, admits, clock, days, ZoneInfo(settings.group_timezone))


class GroupRoom:
    """The use cases of groups over what they share."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        store: Store,
        admits: Callable[[int, int], bool],
        *,
        telegram: Bot,
        chat: QueuedChat,
        styles: Styles,
        quotas: Quotas,
        courier: Courier,
        gate: Gate,
        running: Running,
    ) -> None:
        self.policy = policy = archive_policy(settings, store, admits, clock)
        membership = TelegramMembership(telegram)
        summaries = GroupSummaries(
            Summaries(chat, store.leaves, clock),
            policy,
            lambda: summary_model(styles.catalogue(), settings.summary_model),
            quotas,
        )
        self.views = SummaryViews(telegram, courier, gate, clock, membership, policy.zone_of, excuse, stop_button)
        self.summarize = SummarizeGroup(
            summaries,
            membership,
            RunningSummaries(running),
            waiting=PendingActions(store.pending, TypeAdapter(SummaryRequest), clock),
            private=PendingActions(store.pending, TypeAdapter(SummaryPage), clock),
        )
        self.orders = OrderDigests(store.digests, policy, membership)
        sender = TelegramDigestSender(telegram, courier, policy.zone_of)
        self.digests = RunDigests(store.digests, summaries, membership, sender, clock)
        self.privacy = GroupPrivacy(policy, store.erasure, membership)

    @property
    def arguments(self) -> dict[str, Any]:
        """What handlers get by name."""
        return {
            "archive_policy": self.policy,
            "summarize_group": self.summarize,
            "summary_views": self.views,
            "order_digests": self.orders,
            "group_privacy": self.privacy,
        }


@dataclass(frozen=True, slots=True)
class RunningSummaries:
    """A :class:`bot.summaries.ports.StopRegistry`: summaries are stopped as answers are."""

    running: Running

    async def run(self, work: Coroutine[Any, Any, T], request: SummaryRequest, user_id: int) -> T:
        task = asyncio.create_task(work)
        runs = [Run(scope, 0, "", task) for scope in _scopes(request, user_id)]
        try:
            with contextlib.ExitStack() as listed:
                for run in runs:
                    listed.enter_context(self.running.listed(run))
                return await task
        except asyncio.CancelledError:
            if not any(run.ended for run in runs):
                raise
            raise WorkStopped from None


def _scopes(request: SummaryRequest, user_id: int) -> Iterator[Scope]:
    """Where its person can stop it."""
    yield Scope(request.group.id, request.topic or 0, user_id)
    if request.query.privately:
        yield Scope(user_id, 0, user_id)
