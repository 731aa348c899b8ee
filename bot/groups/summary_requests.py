"""/summarize: a summary on request, refused, estimated first or shown at once; and posting one that a member has."""

import contextlib
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias

from bot.domain.calls import WaitTooLong
from bot.domain.errors import UpstreamError
from bot.domain.money import Money
from bot.domain.quota import QuotaReached
from bot.groups.arguments import ArgumentContext
from bot.groups.group_summaries import GroupSummaries, PendingActions
from bot.groups.ports import (
    GroupMembership,
    NotDelivered,
    StopRegistry,
    SummaryFailure,
    SummaryOutcome,
    SummaryStatus,
    SummaryView,
    WorkStopped,
)
from bot.groups.summary import SummaryEstimate, SummaryPage, SummaryQuery, SummaryRequest
from bot.groups.summary_command import SummaryCommand, SummaryJob, read

log = logging.getLogger(__name__)

_MANY_CALLS: Final = 8  # beyond which a request is a large one
_MUCH_MONEY: Final = Money.from_yuan(0.05)
_SWITCH: Final = re.compile(
    r"private|(?:private|私下|私聊)\s*(?:(?P<on>on|开启?|允许)|(?P<off>off|关闭?|禁止))", re.IGNORECASE
)

SummaryRefusal = Literal["off", "private_off", "members_only", "admins_only", "write_first", "outdated"]
"""Groups are not kept; summaries are public there; not of this group; no administrator; a private chat with the bot has
to be begun; the button is too old."""


@dataclass(frozen=True, slots=True)
class PrivateSummaries:
    """Whether members may have summaries for themselves alone."""

    allowed: bool


@dataclass(frozen=True, slots=True)
class NothingSaid:
    """There is nothing to sum up."""

    of_the_named: bool  # others may have said something
    since: datetime | None  # by the group's clock; None where it ended before now, or never began
    hears_all: bool  # or the bot could not know


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The request is a large one, and waits until its person agrees."""

    name: str  # of what waits
    estimate: SummaryEstimate
    may_be_private: bool


SummaryReply: TypeAlias = SummaryRefusal | PrivateSummaries | NothingSaid | Confirmation


@dataclass(frozen=True, slots=True)
class SummarizeGroup:
    """Summaries for those who ask for them."""

    summaries: GroupSummaries
    membership: GroupMembership
    stopping: StopRegistry
    waiting: PendingActions[SummaryRequest]  # until somebody agrees to what they take
    private: PendingActions[SummaryPage]  # which one member has got, and may post for all

    async def ask(self, command: SummaryCommand, at: float, view: SummaryView) -> SummaryReply | None:
        """None where the view tells everything. ``at``: when it was asked, Unix seconds."""
        if not self.summaries.policy.is_on:
            return "off"
        if (switch := _SWITCH.fullmatch(command.words)) is not None:
            return await self._switched(command, switch)
        request = SummaryRequest(command.group, await self._query(command), command.topic, command.message_id)
        job = await self._job(command.key, request, command.user_id)
        if await view.knows(job.key):
            return await self.carry_out(job, at, view)
        if (refusal := await self._refused(request, command.user_id)) is not None:
            return refusal
        estimate = await self.summaries.summaries.plan(job.task)
        if not estimate.messages:
            return await self._nothing(request)
        if estimate.calls > _MANY_CALLS or estimate.cost > _MUCH_MONEY:
            return await self._confirmation(job, estimate)
        return await self.carry_out(job, at, view)

    @contextlib.asynccontextmanager
    async def agreed(
        self, name: str, group_id: int, user_id: int, *, privately: bool
    ) -> AsyncIterator[SummaryJob | SummaryRefusal]:
        """The request that waited under this name, held until all is done; ``privately``: for its person alone."""
        async with self.waiting.held(name) as request:
            if request is None or request.group.id != group_id:
                yield "outdated"
                return
            if privately:
                request = replace(request, query=replace(request.query, privately=True))
            yield await self._refused(request, user_id) or await self._job(name, request, user_id)

    async def carry_out(self, job: SummaryJob, at: float, view: SummaryView) -> SummaryRefusal | None:
        """Show the summary, or why there is none; what an earlier run has made of it is not made again.

        ``at``: up to when its person knows all then, Unix seconds.
        """
        group, query = job.request.group, job.request.query
        try:
            outcome = await view.resume(job.key) or await self._made(job, view)
            if outcome == "shown" and query.catches_up:
                topic = None if query.every_topic else query.topic or 0
                await self.summaries.policy.archive.asked(group.id, topic, job.user_id, at)
        except NotDelivered as error:
            if query.privately:
                return "write_first"
            log.info("Chat %d cannot be written to: %s", group.id, error)
        return None

    async def post(self, name: str, user_id: int, view: SummaryView) -> bool:
        """Show for all what its person has; False where it is out of date, or that person has left the group.

        Raises :class:`NotDelivered`, and then it can be tried again.
        """
        async with self.private.held(name) as page:
            if page is None or not await self.membership.is_member(page.group.id, user_id):
                return False
            await view.post(page, name)
            return True

    async def _made(self, job: SummaryJob, view: SummaryView) -> SummaryOutcome:
        messages = job.request.query.window.of(job.task.messages)
        async with view.begun(job.request, job.key, job.user_id, len(messages)) as status:
            made = await self._page(job, status)
            if isinstance(made, SummaryPage):
                await self._show(job, made, view)
                return "shown"
            await view.fail(made, job.task)
            return "failed"

    async def _page(self, job: SummaryJob, status: SummaryStatus) -> SummaryPage | SummaryFailure:
        request = job.request
        making = self.summaries.page(request.group, job.task, job.user_id, topic=request.topic, status=status)
        try:
            return await self.stopping.run(making, request, job.user_id) or "nothing"
        except WorkStopped:
            return "stopped"
        except (UpstreamError, WaitTooLong, QuotaReached) as error:
            return error

    async def _show(self, job: SummaryJob, page: SummaryPage, view: SummaryView) -> None:
        """What is private comes with a button to post it for all."""
        query, name = job.request.query, None
        if query.privately:
            rests_on = [message.id for message in query.window.of(job.task.messages)]
            name = await self.private.add(page, job.user_id, page.group.id, rests_on)
        await view.show(page, name)

    async def _job(self, key: str, request: SummaryRequest, user_id: int) -> SummaryJob:
        return SummaryJob(key, request, await self.summaries.task(request.group.id, request.query), user_id)

    async def _query(self, command: SummaryCommand) -> SummaryQuery:
        group, topic = command.group.id, command.topic or 0
        archive = self.summaries.policy.archive
        context = ArgumentContext(
            now=await self.summaries.policy.now(group),
            topic=command.topic,
            replied=command.replied,
            replied_author=command.replied_author,
            seen=await archive.last_wrote(group, topic, command.user_id, command.message_id),
            seen_all=await archive.last_wrote(group, None, command.user_id, command.message_id),
        )
        return read(command, context)

    async def _refused(self, request: SummaryRequest, user_id: int) -> SummaryRefusal | None:
        """Why this is not to be had in private, if it is not."""
        group = request.group.id
        if not request.query.privately:
            return None
        if not await self.summaries.policy.groups.allows_private(group):
            return "private_off"
        return None if await self.membership.is_member(group, user_id) else "members_only"

    async def _nothing(self, request: SummaryRequest) -> NothingSaid:
        group, window = request.group.id, request.query.window
        since = None
        if window.since is not None and window.until is None:
            since = window.since.astimezone(await self.summaries.policy.zone_of(group))
        return NothingSaid(bool(request.query.people), since, await self.membership.hears_all(group))

    async def _confirmation(self, job: SummaryJob, estimate: SummaryEstimate) -> Confirmation:
        request, user, group = job.request, job.user_id, job.request.group.id
        may_be_private = (
            user > 0 and not request.query.privately and await self.summaries.policy.groups.allows_private(group)
        )
        return Confirmation(await self.waiting.add(request, user, group), estimate, may_be_private)

    async def _switched(self, command: SummaryCommand, switch: re.Match[str]) -> PrivateSummaries | SummaryRefusal:
        """Administrators decide whether summaries may be private, everybody may ask."""
        group, groups = command.group.id, self.summaries.policy.groups
        if switch["on"] or switch["off"]:
            if not await self._decides(group, command.user_id):
                return "admins_only"
            await groups.allow_private(group, allowed=switch["on"] is not None)
        return PrivateSummaries(await groups.allows_private(group))

    async def _decides(self, chat_id: int, user_id: int) -> bool:
        """Anonymous administrators speak in the name of the group."""
        return user_id == chat_id or (user_id > 0 and await self.membership.is_admin(chat_id, user_id))
