"""/summarize: what a group said, with links; large windows and what is for all are confirmed by buttons."""

import logging
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.store.archive import ArchiveRepository
from bot.summaries.arguments import Context, Known, parse
from bot.summaries.request import Request
from bot.summaries.summary import Estimate
from bot.telegram.courier import Undeliverable
from bot.telegram.figures import count, yuan
from handlers import summary_buttons as buttons
from handlers.archive import GROUPS
from handlers.ask import own_name
from handlers.asking import clean
from handlers.notice import notice
from handlers.person import Person, sender, topic
from handlers.privacy import hears_all, is_admin
from handlers.summarizing import Group, Job, Summarizing, Wish
from handlers.when import When

log = logging.getLogger(__name__)

_MANY_CALLS: Final = 8
_MUCH_MONEY: Final = 0.05  # yuan
_SWITCH: Final = re.compile(
    r"private|(?:private|私下|私聊)\s*(?:(?P<on>on|开启?|允许)|(?P<off>off|关闭?|禁止))", re.IGNORECASE
)


async def summarize(
    message: Message, command: CommandObject, person: Person, summarizing: Summarizing, bot: Bot
) -> None:
    words = clean(command.args or "")
    if not summarizing.keeping.is_on:
        await notice(message, person.texts("summarize.off"))
    elif (switch := _SWITCH.fullmatch(words)) is not None:
        await _switch(message, switch, person, summarizing)
    else:
        await _summarize(message, words, person, summarizing, bot)


async def _summarize(message: Message, words: str, person: Person, summarizing: Summarizing, bot: Bot) -> None:
    wish = await _wish(message, words, person, summarizing)
    if (refusal := await refused(wish, person, summarizing)) is not None:
        await notice(message, refusal)
        return
    job = await summarizing.job(wish, person)
    estimate = await summarizing.summaries.plan(job.task)
    if not estimate.messages:
        await notice(message, await _nothing(wish, person, summarizing, bot))
    elif estimate.calls > _MANY_CALLS or estimate.yuan > _MUCH_MONEY:
        await _ask_first(message, wish, estimate, person, summarizing)
    else:
        await carry_out(job, message, summarizing)


async def _nothing(wish: Wish, person: Person, summarizing: Summarizing, bot: Bot) -> str:
    """By whom or from when on, since that is not always what was asked for; and whether it could have been heard."""
    group, since = wish.group.id, wish.request.window.since
    blind = "" if await hears_all(bot, group) else f"\n\n{person.texts('privacy.blind')}"
    if wish.request.people:
        return person.texts("summarize.nothing_of") + blind
    if since is None or wish.request.window.until is not None:
        return person.texts("summarize.nothing") + blind
    zone = await summarizing.keeping.zone_of(group)
    return person.texts("summarize.nothing_since", since=f"{since.astimezone(zone):%m-%d %H:%M}") + blind


async def elsewhere(message: Message, person: Person) -> None:
    await notice(message, person.texts("summarize.groups_only"))


async def refused(wish: Wish, person: Person, summarizing: Summarizing) -> str | None:
    """Why this is not to be had in private, if it is not."""
    group = wish.group.id
    if not wish.request.privately:
        return None
    if not await summarizing.keeping.groups.allows_private(group):
        return person.texts("summarize.private_off")
    return None if await summarizing.is_member(group, person.id) else person.texts("summarize.members_only")


async def carry_out(job: Job, message: Message, summarizing: Summarizing) -> None:
    """``message``: in the group."""
    person, group = job.person, job.wish.group.id
    try:
        if await summarizing.carry_out(job) and job.wish.request.catches_up:
            await summarizing.keeping.archive.asked(group, _told_of(job.wish), person.id, message.date.timestamp())
    except Undeliverable as error:
        if not job.wish.request.privately:
            log.info("Chat %d cannot be written to: %s", group, error)
            return
        link = f"https://t.me/{await own_name(summarizing.telegram)}"
        await notice(message, person.texts("summarize.write_first", link=link))


def _told_of(wish: Wish) -> int | None:
    return None if wish.request.every_topic else wish.request.topic or 0


async def _switch(message: Message, switch: re.Match[str], person: Person, summarizing: Summarizing) -> None:
    """Whether members may have summaries for themselves alone: administrators decide, everybody may ask."""
    group, groups = message.chat.id, summarizing.keeping.groups
    if switch["on"] or switch["off"]:
        if not await _decides(group, person, summarizing.telegram):
            await notice(message, person.texts("summarize.admins_only"))
            return
        await groups.allow_private(group, allowed=switch["on"] is not None)
    is_allowed = await groups.allows_private(group)
    await notice(message, person.texts("summarize.private_on" if is_allowed else "summarize.private_off"))


async def _decides(chat_id: int, person: Person, telegram: Bot) -> bool:
    """Anonymous administrators speak in the name of the group."""
    return person.id == chat_id or (person.id > 0 and await is_admin(telegram, chat_id, person.id))


async def _ask_first(
    message: Message, wish: Wish, estimate: Estimate, person: Person, summarizing: Summarizing
) -> None:
    group = wish.group.id
    sentence = person.texts(
        "summarize.large",
        count=estimate.messages,
        calls=count(estimate.calls),
        cost=yuan(round(estimate.yuan * 1_000_000)),
    )
    mine = person.id > 0 and not wish.request.privately and await summarizing.keeping.groups.allows_private(group)
    name = await summarizing.wishes.add(wish, person.id, group)
    await notice(message, sentence, buttons.estimated(person.id, name, person.texts, mine=mine))


async def _wish(message: Message, words: str, person: Person, summarizing: Summarizing) -> Wish:
    replied, archive = message.reply_to_message, summarizing.keeping.archive
    if replied is not None and replied.forum_topic_created is not None:
        replied = None
    seen, seen_all = [await _known(message, where, person, archive) for where in (topic(message) or 0, None)]
    now = await summarizing.now(message.chat.id)
    context = Context(
        now=now,
        topic=topic(message),
        replied=replied.message_id if replied is not None else None,
        replied_author=sender(replied) if replied is not None else None,
        seen=seen,
        seen_all=seen_all,
    )
    group = Group(message.chat.id, message.chat.username)
    return Wish(group, _read(words, message, context), topic(message), message.message_id)


async def _known(message: Message, where: int | None, person: Person, archive: ArchiveRepository) -> Known | None:
    seen = await archive.last_wrote(message.chat.id, where, person.id, message.message_id)
    return None if seen is None else Known(datetime.fromtimestamp(seen.at, UTC), seen.message_id)


def _read(words: str, message: Message, context: Context) -> Request:
    """Mentions of members who have no user name hold their names; they are read as ``@`` and their ids."""
    named = {
        f"@{entity.user.id}": clean(entity.extract_from(message.text or ""))
        for entity in message.entities or ()
        if entity.type == "text_mention" and entity.user is not None
    }
    for mark, name in named.items():
        words = words.replace(name, mark, 1) if name else words
    request = parse(words, context)
    question = request.question
    for mark, name in named.items():
        question = question.replace(mark, name)
    return replace(request, question=question)


def router() -> Router:
    router = Router(name="summarize")
    router.message.register(summarize, Command("summarize"), When(F.chat.type.in_(GROUPS)))
    router.message.register(elsewhere, Command("summarize"))
    return router
