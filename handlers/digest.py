"""/digest: a summary of the group at set times, ordered by administrators; members may have a copy in private."""

from typing import Final

from aiogram.filters import CommandObject
from aiogram.types import Message

from bot.domain.digest import Digest
from bot.domain.group import GroupRef
from bot.summaries.digest_orders import DigestAnswer, DigestOrder, DigestOverview, OrderDigests
from bot.telegram.texts import Texts
from handlers.asking import clean
from handlers.notice import notice
from handlers.person import Person, topic

_EVERY_DAY: Final = 7
_SHOWN: Final = 160  # characters of an order that is none
_KEYS: Final[dict[DigestAnswer, str]] = {
    "archive_off": "summarize.off",
    "admins_only": "digest.admins_only",
    "members_only": "summarize.members_only",
    "none": "digest.none",
    "removed": "digest.off",
    "subscribed": "digest.subscribed",
    "unsubscribed": "digest.unsubscribed",
}


async def digest(message: Message, command: CommandObject, person: Person, order_digests: OrderDigests) -> None:
    words = command.args or ""
    group = GroupRef(message.chat.id, message.chat.username)
    reply = await order_digests.order(DigestOrder(group, topic(message), person.id, person.texts.language, words))
    if isinstance(reply, DigestOverview):
        await notice(message, _overview(reply, clean(words)[:_SHOWN], person.texts))
    else:
        await notice(message, person.texts(_KEYS[reply]))


def _overview(overview: DigestOverview, words: str, texts: Texts) -> str:
    """What is set, and how to set it; ``words``: those of the order."""
    unclear = f"{texts('digest.unclear', words=words)}\n\n" if overview.unclear and words else ""
    if overview.digest is None:
        state = f"{texts('digest.none')} {texts('digest.clock', zone=overview.zone)}\n"
    else:
        state = f"{_when(overview, overview.digest, texts)}\n{_where(overview, overview.digest, texts)}\n"
    return f"{unclear}{state}\n{texts('digest.usage')}"


def _when(overview: DigestOverview, found: Digest, texts: Texts) -> str:
    due = f"{overview.next_due:%m-%d %H:%M}" if overview.next_due is not None else "–"
    return texts("digest.set", days=_days(found, texts), clock=found.clock, zone=found.zone, next=due)


def _where(overview: DigestOverview, found: Digest, texts: Texts) -> str:
    how = texts("digest.pinned" if found.pinned else "digest.unpinned")
    if not found.topic_id:
        return how
    return f"{texts('digest.into', name=overview.topic or texts('summary.topic'))} · {how}"


def _days(found: Digest, texts: Texts) -> str:
    if len(found.days) == _EVERY_DAY:
        return texts("digest.daily")
    names = texts("digest.weekdays").split()
    return " ".join(names[int(day)] for day in found.days)
