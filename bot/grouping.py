"""Everything that works on what groups say, put together."""

from zoneinfo import ZoneInfo

from aiogram import Bot

from bot.clock import Clock
from bot.conversations.styles import Styles
from bot.limits.client import QueuedChat
from bot.limits.quotas import Quotas
from bot.settings import Settings
from bot.store import Store
from bot.summaries.service import Summaries
from bot.telegram.courier import Courier
from bot.telegram.gate import Gate
from handlers.privacy import Keeping
from handlers.summarizing import Summarizing


def keeping(settings: Settings, store: Store) -> Keeping:
    days = settings.group_archive_days if settings.group_archive == "on" else 0
    return Keeping(store.archive, store.erasure, days, ZoneInfo(settings.group_timezone))


def summarizing(
    kept: Keeping,
    store: Store,
    clock: Clock,
    *,
    telegram: Bot,
    chat: QueuedChat,
    styles: Styles,
    quotas: Quotas,
    courier: Courier,
    gate: Gate,
) -> Summarizing:
    return Summarizing(telegram, Summaries(chat, store.leaves, clock), kept, styles, quotas, courier, gate, clock)
