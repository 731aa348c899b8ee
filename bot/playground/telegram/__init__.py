"""A Telegram of one's own: the Bot API over real HTTP, the people who use it, and what can go wrong.

:class:`LocalTelegram` is the server; its ``world`` acts for people and shows what they see, ``faults`` breaks calls on
demand, ``journal`` records them, ``feed`` tells of everything that happens. It knows no client library.
"""

from bot.playground.telegram.callbacks import CallbackAnswer
from bot.playground.telegram.drafts import Draft
from bot.playground.telegram.faults import Fault, Faults
from bot.playground.telegram.feed import Event, Feed, Subscription
from bot.playground.telegram.journal import Call, Duplicate, Journal
from bot.playground.telegram.messages import Message
from bot.playground.telegram.people import Chat, Person, Topic
from bot.playground.telegram.server import LocalTelegram
from bot.playground.telegram.simulator import TelegramSimulator

__all__ = [
    "Call",
    "CallbackAnswer",
    "Chat",
    "Draft",
    "Duplicate",
    "Event",
    "Fault",
    "Faults",
    "Feed",
    "Journal",
    "LocalTelegram",
    "Message",
    "Person",
    "Subscription",
    "TelegramSimulator",
    "Topic",
]
