"""What groups' use cases ask of the outside: who is who, where summaries and digests appear, what can be stopped.

Each port is fulfilled towards Telegram above; errors of it that matter here are those of this module.
"""

from collections.abc import Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from bot.domain.calls import QueuePosition, WaitTooLong
from bot.domain.digest import Digest, DigestRun
from bot.domain.errors import UpstreamError
from bot.domain.quota import QuotaReached
from bot.groups.summarizer import SummaryTask
from bot.groups.summary import SummaryPage, SummaryProgress, SummaryRequest

T = TypeVar("T")

SummaryFailure: TypeAlias = Literal["nothing", "stopped"] | UpstreamError | WaitTooLong | QuotaReached
"""Why there is no summary: nothing was said, its person stopped it, or the error that ended it."""

SummaryOutcome: TypeAlias = Literal["shown", "failed"]
"""What became of a request: its page is shown, or why there is none."""

DigestNotice = Literal["skipped", "lost", "failed"]
"""What a group is told instead of a digest; lost: it may have arrived, and is not sent again."""


class NotDelivered(Exception):
    """The chat cannot be written to."""


class WorkStopped(Exception):
    """The person for whom something was done has stopped it."""


class GroupMembership(Protocol):
    """Who is who in a group."""

    async def is_member(self, chat_id: int, user_id: int) -> bool:
        """False for who speaks in the name of a chat, and where that cannot be found out."""
        ...

    async def is_admin(self, chat_id: int, user_id: int) -> bool: ...

    async def hears_all(self, chat_id: int) -> bool:
        """Whether the bot is told all that is said in the group, or only what is meant for it."""
        ...


class SummaryStatus(Protocol):
    """How far a summary is, shown while it is made."""

    def waiting(self, place: QueuePosition) -> None:
        """One of its calls waits for the provider's limits."""
        ...

    def progress(self, progress: SummaryProgress) -> None: ...


class SummaryView(Protocol):
    """Where one summary appears: first its status, then the page in its place, or why there is none.

    A key names a request for ever: what is shown once under it is not made again after a crash. All that shows
    something raises :class:`NotDelivered`.
    """

    async def knows(self, key: str) -> bool:
        """Whether an earlier run has made something of the request."""
        ...

    async def resume(self, key: str) -> SummaryOutcome | None:
        """Bring to its end what an earlier run has made of the request; None: that is nothing."""
        ...

    def begun(
        self, request: SummaryRequest, key: str, user_id: int, messages: int
    ) -> AbstractAsyncContextManager[SummaryStatus]:
        """The status, until the page or a failure takes its place; so many messages are summed up for this person."""
        ...

    async def show(self, page: SummaryPage, name: str | None) -> None:
        """``name``: what a button to post the page for all carries; None: there is none."""
        ...

    async def fail(self, why: SummaryFailure, task: SummaryTask) -> None: ...

    async def post(self, page: SummaryPage, name: str) -> None:
        """For all, in its group; once under this name."""
        ...


class StopRegistry(Protocol):
    """What a person has going on, so that it can be stopped."""

    async def run(self, work: Coroutine[Any, Any, T], request: SummaryRequest, user_id: int) -> T:
        """Its result. Raises :class:`WorkStopped`, and what the work raises."""
        ...


@dataclass(frozen=True, slots=True)
class SentDigest:
    """A digest that is in its chat."""

    first: int | None  # its first message, if that is known


class DigestSender(Protocol):
    """Brings digests to where they are wanted: each run's once, whatever happens to the process."""

    async def send(self, run: DigestRun, page: SummaryPage) -> SentDigest:
        """Raises :class:`NotDelivered`."""
        ...

    async def resume(self, run: DigestRun) -> SentDigest | None:
        """Bring to its end what an earlier process began to send; None: that is nothing. Raises as :meth:`send`."""
        ...

    async def pin(self, digest: Digest, message_id: int) -> None:
        """As far as the bot may."""
        ...

    async def copy(self, run: DigestRun, page: SummaryPage, users: Sequence[int]) -> None:
        """To members in private, as far as they can be written to."""
        ...

    async def tell(self, run: DigestRun, notice: DigestNotice) -> None:
        """Raises :class:`NotDelivered`."""
        ...
