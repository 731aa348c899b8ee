"""Digests on time: each run once, side by side, and one that fails stops no other."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from functools import partial
from typing import Final

from aiogram.exceptions import AiogramError

from bot.providers.price import Usage
from bot.store.digests import Digest, DigestRepository, Run, State
from bot.summaries.digest_rule import Rule, is_late
from bot.summaries.request import Request, Window
from bot.summaries.summary import Progress
from bot.telegram.courier import Spot, Undeliverable
from bot.telegram.markdown import OutgoingMessage
from bot.telegram.markdown.formatted_text import FormattedText
from bot.telegram.texts import Texts
from handlers.open_loops import left, read
from handlers.pages import show
from handlers.summarizing import Group, Summarizing

log = logging.getLogger(__name__)

_HELD: Final = 120.0  # seconds for which a run is ours; renewed at each look
_GRACE: Final = 5.0  # seconds
_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Digesting:
    rows: DigestRepository
    summarizing: Summarizing
    _tasks: dict[tuple[int, float], asyncio.Task[None]] = field(default_factory=dict)

    async def look(self) -> None:
        """Begin what is due."""
        now = self.summarizing.clock.now()
        await self.rows.renew(list(self._tasks), now + _HELD)
        for run in await self.rows.claim(now, now + _HELD, times):
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
        await self.rows.renew(keys, 0.0)

    async def _run(self, run: Run) -> None:
        texts = Texts("zh" if run.digest.language == "zh" else "en")
        try:
            if run.state == "running":
                await self._digest(run, texts)
            else:
                await self._say(run, texts("digest.skipped" if run.state == "skipped" else "digest.lost"))
        except Undeliverable as error:
            log.info("The digest of chat %d cannot be delivered: %s", run.digest.chat_id, error)
            await self.rows.mark(run, "failed")
        except Exception:
            log.exception("The digest of chat %d failed", run.digest.chat_id)
            await self.rows.mark(run, "failed")
            with contextlib.suppress(Exception):
                await self._say(run, texts("digest.failed"))

    async def _digest(self, run: Run, texts: Texts) -> None:
        digest, summarizing = run.digest, self.summarizing
        last = await self.rows.last_done(digest.chat_id)
        since = last or run.due - (7 * _DAY if len(digest.days) == 1 else _DAY)
        window = Window(datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(run.due, UTC))
        stored, names = await self.rows.open_loops(digest.chat_id)
        loops = read(stored)
        plain = await summarizing.task(digest.chat_id, Request(window, every_topic=True))
        task = replace(plain, loops=loops, names=names)
        payer = summarizing.quotas.payer(digest.by, digest.chat_id, "summary")
        spent = [Progress(0, 0, Usage(0, 0), 0.0)]
        summaries = await summarizing.summaries.summarise(task, payer, interactive=False, progress=spent.append)
        if summaries:
            group = Group(digest.chat_id, digest.username or None)
            parts = await summarizing.pages(group, task, summaries, spent[-1])
            await self.rows.mark(run, "sending")
            await self._deliver(digest, [OutgoingMessage(FormattedText(texts("digest.title"))), *parts])
        await self.rows.finish(run, left(loops, summaries))

    async def _deliver(self, digest: Digest, parts: list[OutgoingMessage]) -> None:
        summarizing = self.summarizing
        first = await show(summarizing.courier, Spot(digest.chat_id, digest.topic_id or None), parts)
        if digest.pinned and first is not None:
            with contextlib.suppress(AiogramError):
                await summarizing.telegram.pin_chat_message(digest.chat_id, first, disable_notification=True)
        for user in await self.rows.subscribers(digest.chat_id):
            if await summarizing.is_member(digest.chat_id, user):
                with contextlib.suppress(Undeliverable):
                    await show(summarizing.courier, Spot(user), parts)

    async def _say(self, run: Run, sentence: str) -> None:
        spot = Spot(run.digest.chat_id, run.digest.topic_id or None)
        await show(self.summarizing.courier, spot, [OutgoingMessage(FormattedText(sentence))])


def rule_of(digest: Digest) -> Rule:
    hour, minute = digest.clock.split(":")
    return Rule(time(int(hour), int(minute)), frozenset(map(int, digest.days)), digest.zone)


def times(digest: Digest, now: float) -> tuple[float, State, float]:
    """See :data:`bot.store.digests.Times`: of several that were missed the latest counts."""
    rule, moment = rule_of(digest), datetime.fromtimestamp(now, UTC)
    due = max(rule.latest(moment), datetime.fromtimestamp(digest.next_due, UTC))
    return due.timestamp(), "skipped" if is_late(due, moment) else "running", rule.after(moment).timestamp()
