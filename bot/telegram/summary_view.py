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
from bot.domain.delivery import DeliveryKey, DeliveryKind
from bot.domain.digest import Digest, DigestRun
from bot.domain.errors import UpstreamError
from bot.domain.model import Model
from bot.domain.quota import QuotaReached
from bot.groups.ports import DigestNotice, NotDelivered, SentDigest, SummaryFailure, SummaryOutcome
from bot.groups.summarizer import SummaryTask
from bot.groups.summary import SummaryPage, SummaryRequest
from bot.telegram.delivery_run import OutgoingDocument
from bot.telegram.group_members import TelegramMembership
from bot.telegram.markdown import OutgoingMessage, RichMode
from bot.telegram.markdown.formatted_text import FormattedText
from bot.telegram.message_sender import Destination, OutcomeUnknown, Undeliverable
from bot.telegram.resumable_delivery import ResumableDelivery
from bot.telegram.summary_document import page_parts
from bot.telegram.summary_status import SummaryContent, SummaryStatusMessage, SummaryStatusMessages
from bot.telegram.texts import Texts

Zones: TypeAlias = Callable[[int], Awaitable[tzinfo]]
"""The clock of a group."""

_OUTCOMES: Final[dict[DeliveryKind, SummaryOutcome]] = {"summary": "shown", "notice": "failed"}
"""What becomes of a request, by what is delivered under its key."""

_NOTICES: Final[dict[DigestNotice, str]] = {
    "skipped": "digest.skipped",
    "lost": "digest.lost",
    "failed": "digest.failed",
}


@dataclass(frozen=True, slots=True)
class SummaryViews:
    """Makes the view of each summary, for somebody who reads in a language and form of their own."""

    statuses: SummaryStatusMessages
    delivery: ResumableDelivery
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
        self._line: SummaryStatusMessage | None = None
        self._key = ""
        self._reader = 0

    async def knows(self, key: str) -> bool:
        return any([await self._views.delivery.knows(DeliveryKey(kind, key)) for kind in _OUTCOMES])

    async def resume(self, key: str) -> SummaryOutcome | None:
        with _delivered():
            for kind, outcome in _OUTCOMES.items():
                if await self._views.delivery.go_on(DeliveryKey(kind, key)):
                    return outcome
        return None

    @contextlib.asynccontextmanager
    async def begun(
        self, request: SummaryRequest, key: str, user_id: int, messages: int
    ) -> AsyncIterator[SummaryContent]:
        self._key, self._reader = key, user_id
        content = SummaryContent(self._texts("summarize.begun", count=messages), self._texts, self._views.clock)
        with _delivered():
            self._line = line = await self._opened(request, content)
        try:
            yield content
        finally:
            await line.close()

    async def show(self, page: SummaryPage, name: str | None) -> None:
        parts = page_parts(page, await self._views.zone_of(page.group.id), self._rich)
        keyboard = None if name is None else post(self._reader, name, self._texts)
        await self._end("summary", OutgoingDocument(tuple(parts), keyboard), page.group.id)

    async def fail(self, why: SummaryFailure, task: SummaryTask) -> None:
        if isinstance(why, Exception):
            sentence = self._views.excuse(why, task.model, self._texts)
        else:
            sentence = self._texts(f"summarize.{why}")
        await self._end("notice", _sentence(sentence))

    async def post(self, page: SummaryPage, name: str) -> None:
        parts = page_parts(page, await self._views.zone_of(page.group.id), self._rich)
        group = page.group.id
        with _delivered():
            await self._views.delivery.deliver(
                OutgoingDocument(tuple(parts)),
                Destination(group, page.topic),
                DeliveryKey("summary", f"{name}:posted"),
                source_chat_id=group,
            )

    async def _end(self, kind: DeliveryKind, document: OutgoingDocument, quoted: int | None = None) -> None:
        """In the place of the status. ``quoted``: the group whose messages it quotes."""
        if (line := self._line) is None:
            raise RuntimeError("the view was not begun")
        with _delivered():
            await self._views.delivery.deliver(
                document,
                line.destination,
                DeliveryKey(kind, self._key),
                message=line.message,
                user_id=self._reader,
                source_chat_id=quoted,
                once_kept=lambda: self._views.statuses.make_way(line),
            )

    async def _opened(self, request: SummaryRequest, content: SummaryContent) -> SummaryStatusMessage:
        """What is private is ephemeral where the bot may do that, else in the private chat."""
        statuses, group = self._views.statuses, request.group.id
        stop = self._views.stop(self._reader, self._texts)
        if not request.query.privately:
            return await statuses.open(content, Destination(group, request.topic, request.asked), stop)
        if await self._views.membership.bot_is_admin(group):
            with contextlib.suppress(Undeliverable):
                return await statuses.open(content, Destination(group, request.topic, receiver=self._reader), stop)
        return await statuses.open(content, Destination(self._reader), stop)


@dataclass(frozen=True, slots=True)
class TelegramDigestSender:
    """A :class:`bot.groups.ports.DigestSender`; a digest has a title above its page."""

    telegram: Bot
    delivery: ResumableDelivery
    zone_of: Zones

    async def send(self, run: DigestRun, page: SummaryPage) -> SentDigest:
        document, key = await self._document(run, page), _key("digest", run)
        with _delivered():
            destination = _destination(run.digest)
            return SentDigest(
                await self.delivery.deliver(document, destination, key, source_chat_id=run.digest.chat_id)
            )

    async def resume(self, run: DigestRun) -> SentDigest | None:
        key = _key("digest", run)
        with _delivered(), contextlib.suppress(OutcomeUnknown):  # of an edit: the next start tries once more
            await self.delivery.go_on(key)
        return SentDigest(await self.delivery.first_message(key)) if await self.delivery.knows(key) else None

    async def pin(self, digest: Digest, message_id: int) -> None:
        with contextlib.suppress(AiogramError):
            await self.telegram.pin_chat_message(digest.chat_id, message_id, disable_notification=True)

    async def copy(self, run: DigestRun, page: SummaryPage, users: Sequence[int]) -> None:
        document, group = await self._document(run, page), run.digest.chat_id
        for user in users:
            with contextlib.suppress(Undeliverable):
                await self.delivery.deliver(
                    document, Destination(user), _key("digest", run, user), user_id=user, source_chat_id=group
                )

    async def tell(self, run: DigestRun, notice: DigestNotice) -> None:
        document = _sentence(_texts(run.digest)(_NOTICES[notice]))
        with _delivered():
            await self.delivery.deliver(document, _destination(run.digest), _key("notice", run))

    async def _document(self, run: DigestRun, page: SummaryPage) -> OutgoingDocument:
        title = OutgoingMessage(FormattedText(_texts(run.digest)("digest.title")))
        return OutgoingDocument((title, *page_parts(page, await self.zone_of(run.digest.chat_id), "auto")))


def _key(kind: DeliveryKind, run: DigestRun, user: int | None = None) -> DeliveryKey:
    """``user``: whose copy it is."""
    name = f"{run.digest.chat_id}:{run.due:.0f}"
    return DeliveryKey(kind, name if user is None else f"{name}:{user}")


def _sentence(words: str) -> OutgoingDocument:
    return OutgoingDocument((OutgoingMessage(FormattedText(words)),))


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
