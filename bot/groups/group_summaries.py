"""From a query to its page: the messages that it is about, and their summaries; and requests that wait for a button."""

import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from bot.billing.quota_plan import Quotas
from bot.clock import Clock
from bot.domain.calls import CallContext
from bot.domain.group import ArchivedMessage, ArchiveSpan, GroupRef, PendingAction, PendingActionStore
from bot.domain.model import Model
from bot.groups.archive_policy import GroupArchivePolicy
from bot.groups.language import main_language
from bot.groups.ports import SummaryStatus
from bot.groups.summarizer import Summaries, SummaryTask
from bot.groups.summary import (
    NOTHING_DONE,
    GroupMessage,
    Language,
    Summary,
    SummaryCost,
    SummaryPage,
    SummaryProgress,
    SummaryQuery,
    SummaryWindow,
)

_MOST_MESSAGES: Final = 30_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class GroupSummaries:
    """Summaries of what is archived."""

    summaries: Summaries
    policy: GroupArchivePolicy
    model: Callable[[], Model]
    quotas: Quotas

    async def task(self, chat_id: int, query: SummaryQuery) -> SummaryTask:
        """The query with the messages that it is about, and those before them."""
        zone = await self.policy.zone_of(chat_id)
        messages = [GroupMessage.of(row, zone) for row in await self._rows(chat_id, query)]
        return SummaryTask(chat_id, messages, query, self.model())

    async def page(
        self,
        group: GroupRef,
        task: SummaryTask,
        user_id: int,
        *,
        topic: int | None = None,
        status: SummaryStatus | None = None,
    ) -> SummaryPage | None:
        """None where nothing was said. ``user_id``: who pays, as far as the group does not; ``topic``: where it was
        asked for; ``status``: is told how far it is, and shows that somebody waits for it.

        Raises UpstreamError, QuotaReached or WaitTooLong; what was noted by then is kept, and trying again costs less.
        """
        counted = _Counted(status)
        summaries = await self.summaries.summarise(
            task,
            CallContext(
                self.quotas.payer(user_id, group.id, "summary"),
                priority="scheduled" if status is None else "interactive",
                on_wait=None if status is None else status.waiting,
            ),
            counted.progress,
        )
        return await self._page(group, topic, task, summaries, counted.newest) if summaries else None

    async def _page(
        self,
        group: GroupRef,
        topic: int | None,
        task: SummaryTask,
        summaries: tuple[Summary, ...],
        spent: SummaryProgress,
    ) -> SummaryPage:
        names = await self.policy.topic_names(group.id) if task.query.every_topic else {}
        cost = SummaryCost(spent.usage, spent.cost)
        return SummaryPage(group, topic, summaries, cost, _language(task), names or None)

    async def _rows(self, chat_id: int, query: SummaryQuery) -> list[ArchivedMessage]:
        archive, topic, window = self.policy.archive, None if query.every_topic else query.topic or 0, query.window
        if query.question and window == SummaryWindow():
            return await archive.around(chat_id, topic, query.question)
        since = window.since.timestamp() if window.since else None
        last = None if query.people else window.last
        return await archive.load(chat_id, ArchiveSpan(topic, since, window.first, last), _MOST_MESSAGES)


@dataclass(slots=True)
class _Counted:
    """Keeps the newest state, and passes it on."""

    status: SummaryStatus | None
    newest: SummaryProgress = field(default=NOTHING_DONE)

    def progress(self, progress: SummaryProgress) -> None:
        self.newest = progress
        if self.status is not None:
            self.status.progress(progress)


def _language(task: SummaryTask) -> Language:
    """What is around the summary is in its own language."""
    return task.query.language or ("zh" if main_language(message.text for message in task.messages) == "zh" else "en")


class PendingActions(Generic[T]):
    """Actions of one kind, by the names that buttons carry."""

    def __init__(self, rows: PendingActionStore, form: TypeAdapter[T], clock: Clock) -> None:
        """``form``: how an action is written and read."""
        self._rows = rows
        self._form = form
        self._clock = clock
        self._held: set[str] = set()

    async def add(self, action: T, user_id: int, chat_id: int, messages: Collection[int] = ()) -> str:
        """A name for it that nobody can guess. ``messages``: ids of those of the chat that it rests on."""
        name = secrets.token_hex(8)
        row = PendingAction(name, user_id, chat_id, self._clock.now(), self._form.dump_json(action).decode())
        await self._rows.add(row, messages)
        return name

    @contextlib.asynccontextmanager
    async def held(self, name: str) -> AsyncIterator[T | None]:
        """None for what is not there any more, or is held by somebody else. It is gone at the end, unless that is an
        error: an update that is run again after a crash finds it once more."""
        if name in self._held:
            yield None
            return
        self._held.add(name)
        try:
            row = await self._rows.get(name, self._clock.now())
            yield None if row is None else self._read(row.body)
            await self._rows.remove(name)
        finally:
            self._held.discard(name)

    def _read(self, body: str) -> T | None:
        """None for what another version of the program has written in another form."""
        try:
            return self._form.validate_json(body)
        except ValidationError:
            return None
