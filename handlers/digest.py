"""/digest: a summary of the group at set times, ordered by administrators; members may have a copy in private."""

from zoneinfo import ZoneInfo

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.store.digests import Digest
from bot.summaries.digest_rule import Order, Rule, parse
from bot.telegram.texts import Texts
from handlers.archive import GROUPS
from handlers.digesting import Digesting, rule_of
from handlers.notice import notice
from handlers.person import Person, topic
from handlers.privacy import is_admin

_EVERY_DAY = 7


async def digest(message: Message, command: CommandObject, person: Person, digesting: Digesting, bot: Bot) -> None:
    keeping, now = digesting.summarizing.keeping, digesting.summarizing.now()
    order = parse(command.args or "", str(keeping.zone), now.weekday())
    if not keeping.is_on:
        await notice(message, person.texts("summarize.off"))
    elif order is None:
        await notice(message, await _state(message, person, digesting))
    elif order.mine:
        await _subscribe(message, order, person, digesting)
    elif person.id != message.chat.id and not await is_admin(bot, message.chat.id, person.id):
        await notice(message, person.texts("digest.admins_only"))
    elif order.rule is None:
        removed = await digesting.rows.remove(message.chat.id)
        await notice(message, person.texts("digest.off" if removed else "digest.none"))
    else:
        await digesting.rows.save(_digest(message, order.rule, order, person, digesting))
        await notice(message, await _state(message, person, digesting))


async def elsewhere(message: Message, person: Person) -> None:
    await notice(message, person.texts("digest.groups_only"))


def _digest(message: Message, rule: Rule, order: Order, person: Person, digesting: Digesting) -> Digest:
    return Digest(
        chat_id=message.chat.id,
        topic_id=topic(message) or 0,
        username=message.chat.username or "",
        clock=f"{rule.clock:%H:%M}",
        days="".join(map(str, sorted(rule.days))),
        zone=rule.zone,
        pinned=order.pinned,
        by=person.id,
        language=person.texts.language,
        next_due=rule.after(digesting.summarizing.now()).timestamp(),
    )


async def _subscribe(message: Message, order: Order, person: Person, digesting: Digesting) -> None:
    if person.id < 0:
        await notice(message, person.texts("summarize.members_only"))
        return
    await digesting.rows.subscribe(message.chat.id, person.id, wanted=not order.off)
    await notice(message, person.texts("digest.unsubscribed" if order.off else "digest.subscribed"))


async def _state(message: Message, person: Person, digesting: Digesting) -> str:
    """What is set, and how to set it."""
    texts, usage = person.texts, person.texts("digest.usage")
    found = await digesting.rows.get(message.chat.id)
    if found is None:
        return f"{texts('digest.none')}\n\n{usage}"
    due = rule_of(found).after(digesting.summarizing.now()).astimezone(ZoneInfo(found.zone))
    line = texts("digest.set", days=_days(found, texts), clock=found.clock, zone=found.zone, next=f"{due:%m-%d %H:%M}")
    return f"{line}\n\n{usage}"


def _days(found: Digest, texts: Texts) -> str:
    if len(found.days) == _EVERY_DAY:
        return texts("digest.daily")
    names = texts("digest.weekdays").split()
    return " ".join(names[int(day)] for day in found.days)


def router() -> Router:
    router = Router(name="digest")
    router.message.register(digest, Command("digest"), F.chat.type.in_(GROUPS))
    router.message.register(elsewhere, Command("digest"))
    return router
