"""Digests on time: each run once, side by side, and one that fails stops no other."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

from bot.clock import Clock
from bot.domain.digest import Digest, DigestRun, Digests
from bot.domain.group import GroupRef
from bot.groups.digest_schedule import times
from bot.groups.group_summaries import GroupSummaries
from bot.groups.open_items import handed_on
from bot.groups.ports import DigestSender, GroupMembership, NotDelivered, SentDigest
from bot.groups.summary import SummaryPage, SummaryQuery, SummaryWindow

log = logging.getLogger(__name__)

_HELD: Final = 120.0  # seconds for which a run is ours; renewed at each look
_GRACE: Final = 5.0  # seconds
_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class RunDigests:
    """Begins digests that are due; a run is claimed, its page made, sent, pinned and copied, and the run marked."""

    digests: Digests
    summaries: GroupSummaries
    membership: GroupMembership
    sender: DigestSender
    clock: Clock
    _tasks: dict[tuple[int, float], asyncio.Task[None]] = field(default_factory=dict)

    async def look(self) -> None:
        """Begin what is due."""
        now = self.clock.now()
        await self.digests.renew(list(self._tasks), now + _HELD)
        for run in await self.digests.claim(now, now + _HELD, times):
            key = (run.digest.chat_id, run.due)
            self._tasks[key] = task = asyncio.create_task(self._run(run))
            task.add_done_callback(partial(self._ended, key))

    def _ended(self, key: tuple[int, float], _: asyncio.Task[None]) -> None:
        self._tasks.pop(key, None)

    async def close(self) -> None:
        """Let what is being sent arrive; what is not finished by then is taken up by the next start."""
        if not self._tasks:
            return
        keys = list(self._tasks)
        _, late = await asyncio.wait(self._tasks.values(), timeout=_GRACE)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        await self.digests.renew(keys, 0.0)

    async def _run(self, run: DigestRun) -> None:
        try:
            if not self._may_go_on(run.digest):
                await self._rest(run)
            elif run.state == "running":
                await self._digest(run)
            elif run.state == "skipped":
                await self.sender.tell(run, "skipped")
            elif (sent := await self.sender.resume(run)) is not None:
                await self._settle(run, sent)
            else:
                await self.sender.tell(run, "lost")
        except NotDelivered as error:
            log.info("The digest of chat %d cannot be delivered: %s", run.digest.chat_id, error)
            await self.digests.mark(run, "failed")
        except Exception:
            log.exception("The digest of chat %d failed", run.digest.chat_id)
            await self.digests.mark(run, "failed")
            with contextlib.suppress(Exception):
                await self.sender.tell(run, "failed")

    def _may_go_on(self, digest: Digest) -> bool:
        """Whether the group and whoever ordered it may still use the bot; nothing is made or paid for others."""
        policy = self.summaries.policy
        return policy.covers(digest.chat_id) and policy.admits(digest.by, digest.chat_id)

    async def _rest(self, run: DigestRun) -> None:
        """Without a word. The digest goes on at its next time once they are let in again."""
        log.info("The digest of chat %d rests: the group, or who ordered it, may not use the bot", run.digest.chat_id)
        await self.digests.mark(run, "skipped")

    async def _digest(self, run: DigestRun) -> None:
        digest = run.digest
        items, names = await self.digests.open_items(digest.chat_id)
        query = SummaryQuery(await self._window(run), every_topic=True)
        task = replace(await self.summaries.task(digest.chat_id, query), open_items=items, names=names)
        page = await self.summaries.page(GroupRef(digest.chat_id, digest.username or None), task, digest.by)
        if not self._may_go_on(digest):  # that changed while it was made
            await self._rest(run)
            return
        if page is not None:
            await self.digests.mark(run, "sending")
            await self._deliver(run, page)
        await self.digests.finish(run, handed_on(items, () if page is None else page.summaries))

    async def _window(self, run: DigestRun) -> SummaryWindow:
        """Since the last digest that arrived; before the first, a day or a week."""
        last = await self.digests.last_done(run.digest.chat_id)
        since = last or run.due - (7 * _DAY if len(run.digest.days) == 1 else _DAY)
        return SummaryWindow(datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(run.due, UTC))

    async def _settle(self, run: DigestRun, sent: SentDigest) -> None:
        """All of it is there now. What it left open itself is not known any more; what was open before stays so."""
        await self._pin(run.digest, sent)
        items, _ = await self.digests.open_items(run.digest.chat_id)
        await self.digests.finish(run, items)

    async def _pin(self, digest: Digest, sent: SentDigest) -> None:
        if digest.pinned and sent.first is not None:
            await self.sender.pin(digest, sent.first)

    async def _deliver(self, run: DigestRun, page: SummaryPage) -> None:
        digest = run.digest
        await self._pin(digest, await self.sender.send(run, page))
        wanted = await self.digests.subscribers(digest.chat_id)
        admits = self.summaries.policy.admits
        admitted = [user for user in wanted if admits(user, digest.chat_id)]
        members = [user for user in admitted if await self.membership.is_member(digest.chat_id, user)]
        if members:
            await self.sender.copy(run, page, members)
