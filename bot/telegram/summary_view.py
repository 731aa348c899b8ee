"""Summaries and digests in Telegram: in their chat, for one member alone, or in a private chat; and their buttons."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final, Literal, TypeAlias

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.clock import Clock
from bot.domain.calls import WaitTooLong
from bot.domain.digest import Digest
from bot.domain.errors import UpstreamError
from bot.domain.model import Model
from bot.domain.quota import QuotaReached
from bot.groups.ports import DigestNotice, NotDelivered, SummaryFailure
from bot.groups.summarizer import SummaryTask
from bot.groups.summary import SummaryPage, SummaryRequest
from bot.telegram.group_members import TelegramMembership
from bot.telegram.markdown import OutgoingMessage, RichMode
from bot.telegram.markdown.formatted_text import FormattedText
from bot.telegram.message_sender import Destination, MessageSender, Undeliverable
from bot.telegram.outbound_pacer import OutboundPacer
from bot.telegram.pages import show
from bot.telegram.summary_document import page_parts
from bot.telegram.summary_line import SummaryLine
from bot.telegram.summary_screen import ChatScreen, EphemeralScreen, Screen
from bot.telegram.texts import Texts

Zones: TypeAlias = Callable[[int], Awaitable[tzinfo]]
"""The clock of a group."""

_NOTICES: Final[dict[DigestNotice, str]] = {
    "skipped": "digest.skipped",
    "lost": "digest.lost",
    "failed": "digest.failed",
}


@dataclass(frozen=True, slots=True)
class SummaryViews:
    """Makes the view of each summary, for somebody who reads in a language and form of their own."""

    telegram: Bot
    message_sender: MessageSender
    pacer: OutboundPacer
    clock: Clock
    membership: TelegramMembership
    zone_of: Zones
    excuse: Callable[[UpstreamError | WaitTooLong | QuotaReached, Model, Texts], str]  # one sentence about an error
    stop: Callable[[int, Texts], InlineKeyboardMarkup]  # the button of a person with which they stop what they started

    def view(self, texts: Texts, rich: RichMode) -> "TelegramSummaryView":
        return TelegramSummaryView(self, texts, rich)


class TelegramSummaryView:
    """A :class:`bot.groups.ports.SummaryView`; nothing of it is shown before :meth:`begun`."""

    def __init__(self, views: SummaryViews, texts: Texts, rich: RichMode) -> None:
        self._views = views
        self._texts = texts
        self._rich: RichMode = rich
        self._screen: Screen | None = None
        self._reader = 0

    @contextlib.asynccontextmanager
    async def begun(self, request: SummaryRequest, user_id: int, messages: int) -> AsyncIterator[SummaryLine]:
        sentence = self._texts("summarize.begun", count=messages)
        stop = self._views.stop(user_id, self._texts)
        self._reader = user_id
        with _delivered():
            self._screen = await self._opened(request, sentence, stop)
        line = SummaryLine(self._screen, sentence, stop, self._texts, self._views.clock)
        try:
            yield line
        finally:
            await line.close()

    async def show(self, page: SummaryPage, name: str | None) -> None:
        parts = page_parts(page, await self._views.zone_of(page.group.id), self._rich)
        await self._end(parts, None if name is None else post(self._reader, name, self._texts))

    async def fail(self, why: SummaryFailure, task: SummaryTask) -> None:
        if isinstance(why, Exception):
            sentence = self._views.excuse(why, task.model, self._texts)
        else:
            sentence = self._texts(f"summarize.{why}")
        await self._end([OutgoingMessage(FormattedText(sentence))], None)

    async def post(self, page: SummaryPage) -> None:
        parts = page_parts(page, await self._views.zone_of(page.group.id), self._rich)
        with _delivered():
            await show(self._views.message_sender, Destination(page.group.id, page.topic), parts)

    async def _end(self, parts: Sequence[OutgoingMessage], keyboard: InlineKeyboardMarkup | None) -> None:
        """Instead of the status."""
        if self._screen is None:
            raise RuntimeError("the view was not begun")
        with _delivered():
            await self._screen.end(parts, keyboard)

    async def _opened(self, request: SummaryRequest, sentence: str, stop: InlineKeyboardMarkup) -> Screen:
        """With the status in it. What is private is ephemeral where the bot may do that, else in the private chat."""
        views, group = self._views, request.group.id
        destination = Destination(group, request.topic, request.asked)
        if request.query.privately:
            if await views.membership.bot_is_admin(group):
                here = EphemeralScreen(views.telegram, views.message_sender, views.pacer, destination, self._reader)
                with contextlib.suppress(Undeliverable):
                    await here.begin(sentence, stop)
                    return here
            destination = Destination(self._reader)
        there = ChatScreen(views.telegram, views.message_sender, views.pacer, destination)
        await there.begin(sentence, stop)
        return there


@dataclass(frozen=True, slots=True)
class TelegramDigestSender:
    """A :class:`bot.groups.ports.DigestSender`; a digest has a title above its page."""

    telegram: Bot
    message_sender: MessageSender
    zone_of: Zones

    async def send(self, digest: Digest, page: SummaryPage) -> int | None:
        parts = await self._parts(digest, page)
        with _delivered():
            return await show(self.message_sender, _destination(digest), parts)

    async def pin(self, digest: Digest, message_id: int) -> None:
        with contextlib.suppress(AiogramError):
            await self.telegram.pin_chat_message(digest.chat_id, message_id, disable_notification=True)

    async def copy(self, digest: Digest, page: SummaryPage, users: Sequence[int]) -> None:
        parts = await self._parts(digest, page)
        for user in users:
            with contextlib.suppress(Undeliverable):
                await show(self.message_sender, Destination(user), parts)

    async def tell(self, digest: Digest, notice: DigestNotice) -> None:
        with _delivered():
            await show(
                self.message_sender,
                _destination(digest),
                [OutgoingMessage(FormattedText(_texts(digest)(_NOTICES[notice])))],
            )

    async def _parts(self, digest: Digest, page: SummaryPage) -> list[OutgoingMessage]:
        title = OutgoingMessage(FormattedText(_texts(digest)("digest.title")))
        return [title, *page_parts(page, await self.zone_of(digest.chat_id), "auto")]


def _destination(digest: Digest) -> Destination:
    return Destination(digest.chat_id, digest.topic_id or None)


def _texts(digest: Digest) -> Texts:
    return Texts("zh" if digest.language == "zh" else "en")


@contextlib.contextmanager
def _delivered() -> Iterator[None]:
    """What cannot be delivered, in the words of the use cases."""
    try:
        yield
    except Undeliverable as error:
        raise NotDelivered(str(error)) from error


What: TypeAlias = Literal["go", "mine", "post"]


class SummaryPress(CallbackData, prefix="sum"):
    """``owner``: who asked; ``name``: of what waits for it. ``mine``: go on, for the one who asked alone."""

    what: What
    owner: int
    name: str


def estimated(owner: int, name: str, texts: Texts, *, mine: bool) -> InlineKeyboardMarkup:
    """``mine``: whether it may be had in private."""
    offered: tuple[What, ...] = ("go", "mine") if mine else ("go",)
    return _below(*(_button(what, owner, name, texts) for what in offered))


def post(owner: int, name: str, texts: Texts) -> InlineKeyboardMarkup:
    return _below(_button("post", owner, name, texts))


def _button(what: What, owner: int, name: str, texts: Texts) -> InlineKeyboardButton:
    data = SummaryPress(what=what, owner=owner, name=name).pack()
    return InlineKeyboardButton(text=texts(f"summarize.{what}"), callback_data=data)


def _below(*buttons: InlineKeyboardButton) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[list(buttons)])
