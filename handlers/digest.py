"""/digest: a summary of the group at set times, ordered by administrators; members may have a copy in private."""

from dataclasses import replace

from aiogram import Bot
from aiogram.filters import CommandObject
from aiogram.types import Message

from bot.store.digests import Digest
from bot.summaries.digest_rule import Order, Rule, parse
from bot.telegram.texts import Texts
from handlers.asking import clean
from handlers.digesting import Digesting, rule_of
from handlers.notice import notice
from handlers.person import Person, topic
from handlers.privacy import is_admin

_EVERY_DAY = 7
_SHOWN = 160  # characters of an order that is none


async def digest(message: Message, command: CommandObject, person: Person, digesting: Digesting, bot: Bot) -> None:
    keeping, now = digesting.summarizing.keeping, await digesting.summarizing.now(message.chat.id)
    order = parse(command.args or "", str(now.tzinfo), now.weekday())
    if not keeping.is_on:
        await notice(message, person.texts("summarize.off"))
    elif order is None:
        words = clean(command.args or "")[:_SHOWN]
        unclear = f"{person.texts('digest.unclear', words=words)}\n\n" if words else ""
        await notice(message, unclear + await _state(message, person, digesting))
    elif order.mine:
        await _subscribe(message, order, person, digesting)
    elif person.id != message.chat.id and not await is_admin(bot, message.chat.id, person.id):
        await notice(message, person.texts("digest.admins_only"))
    elif order.zone:
        await _set_clock(message.chat.id, order.zone, digesting)
        await notice(message, await _state(message, person, digesting))
    elif order.rule is None:
        removed = await digesting.rows.remove(message.chat.id)
        await notice(message, person.texts("digest.off" if removed else "digest.none"))
    else:
        due = order.rule.after(now).timestamp()
        await digesting.rows.save(_digest(message, order.rule, person, pinned=order.pinned, due=due))
        await notice(message, await _state(message, person, digesting))


def _digest(message: Message, rule: Rule, person: Person, *, pinned: bool, due: float) -> Digest:
    return Digest(
        chat_id=message.chat.id,
        topic_id=topic(message) or 0,
        username=message.chat.username or "",
        clock=f"{rule.clock:%H:%M}",
        days="".join(map(str, sorted(rule.days))),
        zone=rule.zone,
        pinned=pinned,
        by=person.id,
        language=person.texts.language,
        next_due=due,
    )


async def _set_clock(chat_id: int, zone: str, digesting: Digesting) -> None:
    """Of the group; its digest keeps its hour, by the new clock."""
    summarizing = digesting.summarizing
    await summarizing.keeping.groups.set_zone(chat_id, zone)
    if (found := await digesting.rows.get(chat_id)) is not None:
        due = rule_of(found).after(await summarizing.now(chat_id))
        await digesting.rows.save(replace(found, next_due=due.timestamp()))


async def _subscribe(message: Message, order: Order, person: Person, digesting: Digesting) -> None:
    if person.id < 0:
        await notice(message, person.texts("summarize.members_only"))
        return
    if not order.off and await digesting.rows.get(message.chat.id) is None:
        await notice(message, person.texts("digest.none"))
        return
    await digesting.rows.subscribe(message.chat.id, person.id, wanted=not order.off)
    await notice(message, person.texts("digest.unsubscribed" if order.off else "digest.subscribed"))


async def _state(message: Message, person: Person, digesting: Digesting) -> str:
    """What is set, and how to set it."""
    texts, usage = person.texts, person.texts("digest.usage")
    found = await digesting.rows.get(message.chat.id)
    now = await digesting.summarizing.now(message.chat.id)
    if found is None:
        return f"{texts('digest.none')} {texts('digest.clock', zone=now.tzinfo)}\n\n{usage}"
    due = rule_of(found).after(now).astimezone(now.tzinfo)
    line = texts("digest.set", days=_days(found, texts), clock=found.clock, zone=found.zone, next=f"{due:%m-%d %H:%M}")
    return f"{line}\n{await _where(found, texts, digesting)}\n\n{usage}"


async def _where(found: Digest, texts: Texts, digesting: Digesting) -> str:
    how = texts("digest.pinned" if found.pinned else "digest.unpinned")
    if not found.topic_id:
        return how
    names = await digesting.summarizing.keeping.archive.topics(found.chat_id)
    return f"{texts('digest.into', name=names.get(found.topic_id) or texts('summary.topic'))} · {how}"


def _days(found: Digest, texts: Texts) -> str:
    if len(found.days) == _EVERY_DAY:
        return texts("digest.daily")
    names = texts("digest.weekdays").split()
    return " ".join(names[int(day)] for day in found.days)
