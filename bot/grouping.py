"""Everything that works on what groups say, put together."""

from zoneinfo import ZoneInfo

from aiogram import Bot
from pydantic import TypeAdapter

from bot.clock import Clock
from bot.conversations.running import Running
from bot.conversations.styles import Styles
from bot.domain.calls import ChatCompletions
from bot.limits.quota_plan import Quotas
from bot.settings import Settings
from bot.store import Store
from bot.summaries.choice import summary_model
from bot.summaries.service import Summaries
from bot.telegram.courier import Courier
from bot.telegram.gate import Gate
from handlers.pending import Pending
from handlers.privacy import Keeping
from handlers.summarizing import Page, Summarizing, Wish


def keeping(settings: Settings, store: Store) -> Keeping:
    days = settings.group_archive_days if settings.group_archive == "on" else 0
    return Keeping(store.archive, store.erasure, store.groups, days, ZoneInfo(settings.group_timezone))


def summarizing(
    settings: Settings,
    kept: Keeping,
    store: Store,
    clock: Clock,
    *,
    telegram: Bot,
    chat: ChatCompletions,
    styles: Styles,
    quotas: Quotas,
    courier: Courier,
    gate: Gate,
    running: Running,
) -> Summarizing:
    return Summarizing(
        telegram,
        Summaries(chat, store.leaves, clock),
        kept,
        lambda: summary_model(styles.catalogue(), settings.summary_model),
        quotas,
        courier,
        gate,
        clock,
        running,
        wishes=Pending(store.pending, TypeAdapter(Wish), clock),
        private=Pending(store.pending, TypeAdapter(Page), clock),
    )
