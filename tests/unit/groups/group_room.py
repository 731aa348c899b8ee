"""The use cases of groups over a real store and a scripted model, with a fake for each port."""

import contextlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from datetime import UTC
from typing import Any, TypeVar

from pydantic import TypeAdapter

from bot.billing.quota_plan import Members, QuotaPlan, Quotas
from bot.clock import FakeClock
from bot.domain.calls import QueuePosition
from bot.domain.digest import Digest, DigestRun
from bot.domain.group import ArchivedMessage, GroupRef
from bot.groups.archive_policy import GroupArchivePolicy, GroupPrivacy
from bot.groups.digest_orders import DigestOrder, OrderDigests
from bot.groups.digest_runs import RunDigests
from bot.groups.group_summaries import GroupSummaries, PendingActions
from bot.groups.ports import DigestNotice, NotDelivered, SentDigest, SummaryFailure, SummaryOutcome, WorkStopped
from bot.groups.summarizer import Summaries, SummaryTask
from bot.groups.summary import SummaryPage, SummaryProgress, SummaryRequest
from bot.groups.summary_command import SummaryCommand
from bot.groups.summary_requests import SummarizeGroup
from bot.store import Store
from tests.unit.groups.summary_models import MODEL, NOON, Scripted, honest

T = TypeVar("T")

GROUP = GroupRef(-1001234567890, None)
ANN, BOB, EVE = 7, 8, 9  # an administrator, a member, and somebody who has left


class FakeMembership:
    """Ann administers the group, Bob is a member of it."""

    def __init__(self) -> None:
        self.heard = True

    async def is_member(self, chat_id: int, user_id: int) -> bool:
        return chat_id == GROUP.id and user_id in {ANN, BOB}

    async def is_admin(self, chat_id: int, user_id: int) -> bool:
        return (chat_id, user_id) == (GROUP.id, ANN)

    async def hears_all(self, chat_id: int) -> bool:
        return self.heard


class FakeView:
    """``closed``: the chat cannot be written to; ``earlier``: what an earlier run has made of this request."""

    def __init__(self, *, closed: bool = False, earlier: SummaryOutcome | None = None) -> None:
        self.closed = closed
        self.earlier = earlier
        self.begun_with: list[int] = []
        self.moves = 0
        self.pages: list[tuple[SummaryPage, str | None]] = []
        self.failures: list[SummaryFailure] = []
        self.posted: list[SummaryPage] = []
        self.keys: set[str] = set()

    async def knows(self, key: str) -> bool:
        return self.earlier is not None

    async def resume(self, key: str) -> SummaryOutcome | None:
        self.keys.add(key)
        if self.earlier is not None:
            self._deliver()
        return self.earlier

    @contextlib.asynccontextmanager
    async def begun(self, request: SummaryRequest, key: str, user_id: int, messages: int) -> AsyncIterator["FakeView"]:
        self._deliver()
        self.keys.add(key)
        self.begun_with.append(messages)
        yield self

    def waiting(self, place: QueuePosition) -> None: ...

    def progress(self, progress: SummaryProgress) -> None:
        self.moves += 1

    async def show(self, page: SummaryPage, name: str | None) -> None:
        self.pages.append((page, name))

    async def fail(self, why: SummaryFailure, task: SummaryTask) -> None:
        self.failures.append(why)

    async def post(self, page: SummaryPage, name: str) -> None:
        self._deliver()
        self.posted.append(page)

    def _deliver(self) -> None:
        if self.closed:
            raise NotDelivered("closed")


class FakeStops:
    """``stopped``: whatever runs is stopped before it ends."""

    def __init__(self) -> None:
        self.stopped = False

    async def run(self, work: Coroutine[Any, Any, T], request: SummaryRequest, user_id: int) -> T:
        if self.stopped:
            work.close()
            raise WorkStopped
        return await work


class FakeSender:
    """Everything that was sent, in its order; ``closed``: the group cannot be written to; ``begun``: what an earlier
    process began to send."""

    def __init__(self) -> None:
        self.closed = False
        self.begun: SentDigest | None = None
        self.sent: list[tuple[str, object]] = []
        self.pages: list[SummaryPage] = []

    async def send(self, run: DigestRun, page: SummaryPage) -> SentDigest:
        if self.closed:
            raise NotDelivered("closed")
        self.sent.append(("digest", run.digest.chat_id))
        self.pages.append(page)
        return SentDigest(500)

    async def resume(self, run: DigestRun) -> SentDigest | None:
        return self.begun

    async def pin(self, digest: Digest, message_id: int) -> None:
        self.sent.append(("pin", message_id))

    async def copy(self, run: DigestRun, page: SummaryPage, users: Sequence[int]) -> None:
        self.sent.append(("copies", list(users)))

    async def tell(self, run: DigestRun, notice: DigestNotice) -> None:
        self.sent.append(("notice", notice))


class Room:
    """One group, at noon of the day on which :func:`said` was said."""

    def __init__(self, store: Store, *, days: int = 30) -> None:
        self.store = store
        self.clock = clock = FakeClock(NOON.timestamp())
        self.membership, self.stops, self.sender = FakeMembership(), FakeStops(), FakeSender()
        self.model = Scripted(honest)
        self.shut_out: set[int] = set()
        policy = GroupArchivePolicy(store.archive, store.groups, self._admits, clock, days, UTC)
        members = Members(frozenset(), frozenset(), store.members, [])
        summaries = GroupSummaries(
            Summaries(self.model, store.notes, clock), policy, lambda: MODEL, Quotas(QuotaPlan(), members)
        )
        self.policy = policy
        self.summarize = SummarizeGroup(
            summaries,
            self.membership,
            self.stops,
            waiting=PendingActions(store.pending, TypeAdapter(SummaryRequest), clock),
            private=PendingActions(store.pending, TypeAdapter(SummaryPage), clock),
        )
        self.orders = OrderDigests(store.digests, policy, self.membership)
        self.digests = RunDigests(store.digests, summaries, self.membership, self.sender, clock)
        self.privacy = GroupPrivacy(policy, store.erasure, self.membership)

    def _admits(self, user: int, chat: int) -> bool:
        return chat == GROUP.id and not self.shut_out & {user, chat}

    async def hear(self, *messages: ArchivedMessage) -> None:
        for message in messages:
            await self.policy.keep(message)

    async def run_digests(self) -> None:
        """Begin what is due, and wait until it has ended."""
        await self.digests.look()
        await self.digests.close()


def said(number: int, text: str, author: int = BOB, *, chat: int = GROUP.id, minutes: float = 0) -> ArchivedMessage:
    at = NOON.timestamp() - 3600 + 60 * minutes
    return ArchivedMessage(chat, number, 0, author, f"Member {author}", f"member_{author}", at, "text", text)


def command(words: str = "", user: int = ANN, number: int = 90, **more: Any) -> SummaryCommand:
    return SummaryCommand(f"1:{number}", GROUP, None, number, user, words, **more)


def order(words: str, user: int = ANN) -> DigestOrder:
    return DigestOrder(GROUP, None, user, "en", words)
