"""/digest: administrators order a digest for their group, members a copy of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias

from bot.domain.digest import Digest, Digests
from bot.domain.group import GroupRef
from bot.groups.archive_policy import GroupArchivePolicy
from bot.groups.digest_schedule import DigestCommand, DigestRule, parse, rule_of
from bot.groups.ports import GroupMembership

DigestAnswer = Literal["archive_off", "admins_only", "members_only", "none", "removed", "subscribed", "unsubscribed"]
"""Groups are not kept; no administrator; not a member's own account; there is no digest; what was done."""


@dataclass(frozen=True, slots=True)
class DigestOrder:
    """/digest as somebody wrote it."""

    group: GroupRef
    topic: int | None
    user_id: int  # the person's, or of the chat that somebody speaks for
    language: str
    words: str


@dataclass(frozen=True, slots=True)
class DigestOverview:
    """What is set for a group."""

    now: datetime  # by the group's clock
    digest: Digest | None
    next_due: datetime | None = None
    topic: str | None = None  # the name of the topic that it goes into, if that is known
    unclear: bool = False  # what was ordered could not be understood

    @property
    def zone(self) -> str:
        return str(self.now.tzinfo)


DigestReply: TypeAlias = DigestAnswer | DigestOverview


@dataclass(frozen=True, slots=True)
class OrderDigests:
    """Digests for those who order them."""

    digests: Digests
    policy: GroupArchivePolicy
    membership: GroupMembership

    async def order(self, order: DigestOrder) -> DigestReply:
        if not self.policy.is_on:
            return "archive_off"
        now = await self.policy.now(order.group.id)
        command = parse(order.words, str(now.tzinfo), now.weekday())
        if command is None:
            return replace(await self._overview(order.group.id), unclear=True)
        if command.mine:
            return await self._subscribe(order, wanted=not command.off)
        if not await self._decides(order):
            return "admins_only"
        return await self._carry_out(order, command, now)

    async def _carry_out(self, order: DigestOrder, command: DigestCommand, now: datetime) -> DigestReply:
        group = order.group.id
        if command.zone:
            await self._set_clock(group, command.zone)
        elif command.rule is None:
            return "removed" if await self.digests.remove(group) else "none"
        else:
            await self.digests.save(_digest(order, command.rule, now, pinned=command.pinned))
        return await self._overview(group)

    async def _set_clock(self, chat_id: int, zone: str) -> None:
        """Of the group; its digest keeps its hour, by the new clock."""
        await self.policy.groups.set_zone(chat_id, zone)
        if (found := await self.digests.get(chat_id)) is not None:
            due = rule_of(found).after(await self.policy.now(chat_id))
            await self.digests.save(replace(found, next_due=due.timestamp()))

    async def _subscribe(self, order: DigestOrder, *, wanted: bool) -> DigestAnswer:
        if order.user_id < 0:
            return "members_only"
        if wanted and await self.digests.get(order.group.id) is None:
            return "none"
        await self.digests.subscribe(order.group.id, order.user_id, wanted=wanted)
        return "subscribed" if wanted else "unsubscribed"

    async def _overview(self, chat_id: int) -> DigestOverview:
        found, now = await self.digests.get(chat_id), await self.policy.now(chat_id)
        if found is None:
            return DigestOverview(now, None)
        due = rule_of(found).after(now).astimezone(now.tzinfo)
        names = await self.policy.topic_names(chat_id) if found.topic_id else {}
        return DigestOverview(now, found, due, names.get(found.topic_id))

    async def _decides(self, order: DigestOrder) -> bool:
        """Anonymous administrators speak in the name of the group."""
        group, user = order.group.id, order.user_id
        return user == group or await self.membership.is_admin(group, user)


def _digest(order: DigestOrder, rule: DigestRule, now: datetime, *, pinned: bool) -> Digest:
    return Digest(
        chat_id=order.group.id,
        topic_id=order.topic or 0,
        username=order.group.username or "",
        clock=f"{rule.clock:%H:%M}",
        days="".join(map(str, sorted(rule.days))),
        zone=rule.zone,
        pinned=pinned,
        by=order.user_id,
        language=order.language,
        next_due=rule.after(now).timestamp(),
    )
