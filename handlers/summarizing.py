"""From a request to its summary in the chat; what asking at once, going on and digests have in common."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import InlineKeyboardMarkup

from bot.clock import Clock
from bot.conversations.running import Run, Running
from bot.limits.demand import Overfull
from bot.limits.quotas import Quotas
from bot.providers.catalogue import Model
from bot.providers.errors import UpstreamError
from bot.store.archive import ArchivedMessage, Span
from bot.store.conversations import Scope
from bot.store.quotas import QuotaReached
from bot.summaries.messages import GroupMessage
from bot.summaries.request import Request, Window
from bot.summaries.scripts import tongue
from bot.summaries.service import Summaries, Task
from bot.summaries.summary import Progress, Summary
from bot.telegram.courier import Courier, Spot, Undeliverable
from bot.telegram.gate import Gate
from bot.telegram.markdown import OutgoingMessage, RichMode
from bot.telegram.markdown.formatted_text import FormattedText
from bot.telegram.texts import Language
from handlers import summary_buttons as buttons
from handlers.excuses import excuse
from handlers.pages import show
from handlers.pending import Pending
from handlers.person import Person
from handlers.privacy import Keeping, is_admin
from handlers.summary_document import Cost
from handlers.summary_line import SummaryLine
from handlers.summary_page import Group as Group
from handlers.summary_page import Page as Page
from handlers.summary_screen import ChatScreen, EphemeralScreen, Screen

_MOST_MESSAGES: Final = 30_000
_MICRO: Final = 1_000_000
_HERE: Final = frozenset({"creator", "administrator", "member"})


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for, and where: ``topic``, and the message ``asked``."""

    group: Group
    request: Request
    topic: int | None
    asked: int


@dataclass(frozen=True, slots=True)
class Job:
    """A wish of ``person`` with the messages that it is about."""

    wish: Wish
    task: Task
    person: Person


@dataclass(frozen=True, slots=True)
class Summarizing:
    """``wishes``: those that wait until somebody agrees to what they take; ``private``: pages that one member has got,
    and may post for all."""

    telegram: Bot
    summaries: Summaries
    keeping: Keeping
    model: Callable[[], Model]
    quotas: Quotas
    courier: Courier
    gate: Gate
    clock: Clock
    running: Running
    wishes: Pending[Wish]
    private: Pending[Page]

    async def now(self, chat_id: int) -> datetime:
        """By the group's clock."""
        return datetime.fromtimestamp(self.clock.now(), await self.keeping.zone_of(chat_id))

    async def task(self, chat_id: int, request: Request) -> Task:
        archive, topic = self.keeping.archive, None if request.every_topic else request.topic or 0
        if request.question and request.window == Window():
            rows = await archive.around(chat_id, topic, request.question)
        else:
            window = request.window
            since = window.since.timestamp() if window.since else None
            last = None if request.people else window.last
            rows = await archive.load(chat_id, Span(topic, since, window.first, last), _MOST_MESSAGES)
        zone = await self.keeping.zone_of(chat_id)
        return Task(chat_id, [_message(row, zone) for row in rows], request, self.model())

    async def job(self, wish: Wish, person: Person) -> Job:
        return Job(wish, await self.task(wish.group.id, wish.request), person)

    async def carry_out(self, job: Job) -> bool:
        """Show the summary; False: it was said why there is none.

        Raises :class:`bot.telegram.courier.Undeliverable`.
        """
        texts = job.person.texts
        begun = texts("summarize.begun", count=len(job.wish.request.window.of(job.task.messages)))
        stop = buttons.stop(job.person.id, texts)
        screen = await self._screen(job, begun, stop)
        line = SummaryLine(screen, begun, stop, texts, self.clock)
        try:
            summaries = await self._made(job, line)
            reason = texts("summarize.nothing" if summaries is not None else "summarize.stopped")
        except (UpstreamError, Overfull, QuotaReached) as error:
            summaries, reason = None, excuse(error, job.task.model, texts)
        finally:
            await line.close()
        if not summaries:
            await screen.end([OutgoingMessage(FormattedText(reason))], None)
            return False
        page = await self._page(job.wish.group, job.task, summaries, line.spent, topic=job.wish.topic)
        await screen.end(await self._parts(page, _rich(job.person)), await self._offer(job, page))
        return True

    async def pages(
        self, group: Group, task: Task, summaries: Sequence[Summary], spent: Progress
    ) -> list[OutgoingMessage]:
        """The summaries as messages."""
        return await self._parts(await self._page(group, task, summaries, spent), "auto")

    async def is_member(self, chat_id: int, user_id: int) -> bool:
        """False for who speaks in the name of a chat, too."""
        if user_id < 0:
            return False
        try:
            return (await self.telegram.get_chat_member(chat_id, user_id)).status in _HERE
        except AiogramError:
            return False

    async def post(self, page: Page, person: Person) -> None:
        """For all. Raises :class:`bot.telegram.courier.Undeliverable`."""
        await show(self.courier, Spot(page.group.id, page.topic), await self._parts(page, _rich(person)))

    async def _screen(self, job: Job, begun: str, stop: InlineKeyboardMarkup) -> Screen:
        """With the line in it. What is private is ephemeral where the bot may do that, or else in the private chat."""
        wish = job.wish
        spot = Spot(wish.group.id, wish.topic, wish.asked)
        if wish.request.privately:
            if await self._is_admin(wish.group.id):
                here = EphemeralScreen(self.telegram, self.courier, self.gate, spot, job.person.id)
                with contextlib.suppress(Undeliverable):
                    await here.begin(begun, stop)
                    return here
            spot = Spot(job.person.id)
        there = ChatScreen(self.telegram, self.courier, self.gate, spot)
        await there.begin(begun, stop)
        return there

    async def _is_admin(self, chat_id: int) -> bool:
        try:
            return await is_admin(self.telegram, chat_id, self.telegram.id)
        except AiogramError:
            return False

    async def _made(self, job: Job, line: SummaryLine) -> tuple[Summary, ...] | None:
        """None where it was stopped; what was noted by then is kept, so that asking again costs less."""
        payer = self.quotas.payer(job.person.id, job.wish.group.id, "summary")
        work = asyncio.create_task(
            self.summaries.summarise(job.task, payer, waiting=line.waiting, progress=line.progress)
        )
        runs = [Run(scope, 0, "", work) for scope in _scopes(job)]
        try:
            with contextlib.ExitStack() as listed:
                for run in runs:
                    listed.enter_context(self.running.listed(run))
                return await work
        except asyncio.CancelledError:
            if not any(run.ended for run in runs):
                raise
            return None

    async def _page(
        self, group: Group, task: Task, summaries: Sequence[Summary], spent: Progress, topic: int | None = None
    ) -> Page:
        names = await self.keeping.archive.topics(group.id) if task.request.every_topic else {}
        cost = Cost(spent.usage, round(spent.yuan * _MICRO))
        return Page(group, topic, tuple(summaries), cost, _language(task), names or None)

    async def _parts(self, page: Page, rich: RichMode) -> list[OutgoingMessage]:
        return page.parts(await self.keeping.zone_of(page.group.id), rich)

    async def _offer(self, job: Job, page: Page) -> InlineKeyboardMarkup | None:
        """To post for all what is private."""
        if not job.wish.request.privately:
            return None
        rests_on = [message.id for message in job.wish.request.window.of(job.task.messages)]
        name = await self.private.add(page, job.person.id, page.group.id, rests_on)
        return buttons.post(job.person.id, name, job.person.texts)


def _scopes(job: Job) -> Iterator[Scope]:
    """Where its person can stop it."""
    yield Scope(job.wish.group.id, job.wish.topic or 0, job.person.id)
    if job.wish.request.privately:
        yield Scope(job.person.id, 0, job.person.id)


def _rich(person: Person) -> RichMode:
    return "off" if person.preferences.rich == "off" else "auto"


def _language(task: Task) -> Language:
    """What is around the summary is in its own language."""
    return task.request.language or ("zh" if tongue(message.text for message in task.messages) == "zh" else "en")


def _message(row: ArchivedMessage, zone: tzinfo) -> GroupMessage:
    return GroupMessage(
        id=row.message_id,
        author_id=row.author_id,
        author=row.author,
        at=datetime.fromtimestamp(row.at, zone),
        text=row.text,
        topic=row.topic_id or None,
        reply_to=row.reply_to,
        username=row.username,
        kind=row.kind,
    )
