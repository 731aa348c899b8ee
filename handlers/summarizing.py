"""From a request to its summary in the chat; what asking at once, going on and digests have in common."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import InlineKeyboardMarkup

from bot.clock import Clock
from bot.conversations.styles import Styles
from bot.limits.demand import Overfull
from bot.limits.quotas import Payer, Quotas
from bot.providers.catalogue import Model
from bot.providers.errors import UpstreamError
from bot.providers.price import Usage
from bot.store.archive import ArchivedMessage, Span
from bot.store.quotas import QuotaReached
from bot.summaries.messages import GroupMessage
from bot.summaries.request import Request, Window
from bot.summaries.scripts import tongue
from bot.summaries.service import Summaries, Task
from bot.summaries.summary import Progress, Summary
from bot.telegram.courier import Courier, OutcomeUnknown, Spot
from bot.telegram.gate import Gate
from bot.telegram.markdown import Part, RichMode, present
from bot.telegram.markdown.flow import Flow
from bot.telegram.session import FrameEdit
from bot.telegram.texts import Texts
from handlers.excuses import excuse
from handlers.links import message_link
from handlers.pages import show
from handlers.pending import Pending
from handlers.privacy import Keeping
from handlers.summary_document import Cost, document

_MOST_MESSAGES: Final = 30_000
_MICRO: Final = 1_000_000
_HERE: Final = frozenset({"creator", "administrator", "member"})


@dataclass(frozen=True, slots=True)
class Group:
    """``username``: of a public group."""

    id: int
    username: str | None


@dataclass(frozen=True, slots=True)
class Job:
    """What to summarise of a group, and where it is to be shown. ``texts``: of the one who asked."""

    group: Group
    task: Task
    spot: Spot
    texts: Texts
    rich: RichMode = "auto"


@dataclass(frozen=True, slots=True)
class Posting:
    """A summary that was made for one person, and where all could see it."""

    spot: Spot
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Summarizing:
    telegram: Bot
    summaries: Summaries
    keeping: Keeping
    styles: Styles
    quotas: Quotas
    courier: Courier
    gate: Gate
    clock: Clock
    jobs: Pending[Job] = field(default_factory=Pending)
    postings: Pending[Posting] = field(default_factory=Pending)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.now(), self.keeping.zone)

    def model(self, chosen: str | None) -> Model:
        """The chosen one, or else the first that need not think: summaries get truer and shorter by that."""
        model = self.styles.model(chosen)
        others = (each for each in self.styles.catalogue().chat_models() if each.thinks != "always")
        return model if model.thinks != "always" else next(others, model)

    async def task(self, chat_id: int, request: Request, model: Model) -> Task:
        archive, topic = self.keeping.archive, None if request.every_topic else request.topic or 0
        if request.question and request.window == Window():
            rows = await archive.around(chat_id, topic, request.question)
        else:
            window = request.window
            since = window.since.timestamp() if window.since else None
            last = None if request.people else window.last
            rows = await archive.load(chat_id, Span(topic, since, window.first, last), _MOST_MESSAGES)
        return Task(chat_id, [self._message(row) for row in rows], request, model)

    def _message(self, row: ArchivedMessage) -> GroupMessage:
        return GroupMessage(
            id=row.message_id,
            author_id=row.author_id,
            author=row.author,
            at=datetime.fromtimestamp(row.at, self.keeping.zone),
            text=row.text,
            topic=row.topic_id or None,
            reply_to=row.reply_to,
            username=row.username,
            kind=row.kind,
        )

    async def carry_out(
        self,
        job: Job,
        payer: Payer,
        keyboard: Callable[[list[Part]], InlineKeyboardMarkup | None] = lambda _: None,
    ) -> bool:
        """Show the summary, with the ``keyboard`` that its parts get; False: it was said why there is none.

        Raises :class:`bot.telegram.courier.Undeliverable`.
        """
        count = len(job.task.request.window.of(job.task.messages))
        line = await self._say(job, job.texts("summarize.begun", count=count))
        spent = [Progress(0, 0, Usage(0, 0), 0.0)]
        try:
            async with self._followed(job, line, spent) as told:
                summaries = await self.summaries.summarise(job.task, payer, progress=told)
        except (UpstreamError, Overfull, QuotaReached) as error:
            await self._replace(job, line, excuse(error, job.task.model, job.texts))
            return False
        if not summaries:
            await self._replace(job, line, job.texts("summarize.nothing"))
            return False
        parts = await self.pages(job.group, job.task, summaries, spent[-1], rich=job.rich)
        await show(self.courier, job.spot, parts, keyboard(parts), message=line)
        return True

    async def pages(
        self, group: Group, task: Task, summaries: Sequence[Summary], spent: Progress, *, rich: RichMode = "auto"
    ) -> list[Part]:
        """The summaries as messages."""
        names = await self.keeping.archive.topics(group.id) if task.request.every_topic else {}
        page = document(
            summaries,
            Cost(spent.usage, round(spent.yuan * _MICRO)),
            self._language(task),
            address=partial(message_link, group.id, group.username),
            zone=self.keeping.zone,
            names=names or None,
        )
        return present(page, rich=rich)

    async def is_member(self, chat_id: int, user_id: int) -> bool:
        """False for who speaks in the name of a chat, too."""
        if user_id < 0:
            return False
        try:
            return (await self.telegram.get_chat_member(chat_id, user_id)).status in _HERE
        except AiogramError:
            return False

    def _language(self, task: Task) -> Texts:
        """What is around the summary is in its own language."""
        is_chinese = tongue(message.text for message in task.messages) == "zh"
        return Texts(task.request.language or ("zh" if is_chinese else "en"))

    async def _say(self, job: Job, sentence: str) -> int | None:
        try:
            return await self.courier.send(job.spot, Part(Flow(sentence)))
        except OutcomeUnknown:
            return None

    async def _replace(self, job: Job, line: int | None, sentence: str) -> None:
        await show(self.courier, job.spot, [Part(Flow(sentence))], message=line)

    @contextlib.asynccontextmanager
    async def _followed(
        self, job: Job, line: int | None, spent: list[Progress]
    ) -> AsyncIterator[Callable[[Progress], None]]:
        """The line shows how far the work is, as often as the chat takes it; ``spent`` gets the newest state."""
        changed = asyncio.Event()

        def told(progress: Progress) -> None:
            spent[-1] = progress
            changed.set()

        async def follow() -> None:
            while True:
                await changed.wait()
                changed.clear()
                sentence = job.texts("summarize.progress", done=spent[-1].done, calls=spent[-1].calls)
                if line is not None and self.gate.frame(job.spot.chat_id):
                    with contextlib.suppress(AiogramError):
                        await self.telegram(FrameEdit(chat_id=job.spot.chat_id, message_id=line, text=sentence))

        following = asyncio.create_task(follow())
        try:
            yield told
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
