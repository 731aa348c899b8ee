"""/summarize: what a group said, with links; large windows and what is for all are confirmed by buttons."""

from datetime import datetime
from typing import Final, Literal

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.limits.quotas import Payer
from bot.summaries.arguments import Context, parse
from bot.telegram.courier import Spot, Undeliverable
from bot.telegram.markdown import Part
from bot.telegram.texts import Texts
from handlers.archive import GROUPS
from handlers.ask import own_name
from handlers.asking import clean
from handlers.figures import count, yuan
from handlers.notice import notice
from handlers.pages import show
from handlers.person import Person, sender, topic
from handlers.privacy import hears_all
from handlers.summarizing import Group, Job, Posting, Summarizing

_MANY_CALLS: Final = 8
_MUCH_MONEY: Final = 0.05  # yuan


class SummaryPress(CallbackData, prefix="sum"):
    """``owner``: who may press it; ``name``: of what waits for it."""

    what: Literal["go", "post"]
    owner: int
    name: str


async def summarize(
    message: Message, command: CommandObject, person: Person, summarizing: Summarizing, bot: Bot
) -> None:
    if not summarizing.keeping.is_on:
        await notice(message, person.texts("summarize.off"))
        return
    job = await _job(message, clean(command.args or ""), person, summarizing)
    if job.task.request.privately and not await summarizing.is_member(message.chat.id, person.id):
        await notice(message, person.texts("summarize.members_only"))
        return
    estimate = await summarizing.summaries.plan(job.task)
    if not estimate.messages:
        blind = "" if await hears_all(bot, message.chat.id) else f"\n\n{person.texts('privacy.blind')}"
        await notice(message, person.texts("summarize.nothing") + blind)
    elif estimate.calls > _MANY_CALLS or estimate.yuan > _MUCH_MONEY:
        go_on = _button(person.texts, "go", person.id, summarizing.jobs.add(job))
        cost = yuan(round(estimate.yuan * 1_000_000))
        sentence = person.texts("summarize.large", count=estimate.messages, calls=count(estimate.calls), cost=cost)
        await notice(message, sentence, go_on)
    else:
        await _carry_out(job, _payer(person, job, summarizing), message, person, summarizing)


async def elsewhere(message: Message, person: Person) -> None:
    await notice(message, person.texts("summarize.groups_only"))


async def go_on(query: CallbackQuery, callback_data: SummaryPress, person: Person, summarizing: Summarizing) -> None:
    message = query.message
    if callback_data.owner != person.id:
        await query.answer(person.texts("summarize.not_yours"), show_alert=True)
        return
    job = summarizing.jobs.take(callback_data.name)
    if job is None or not isinstance(message, Message):
        await query.answer(person.texts("buttons.outdated"), show_alert=True)
        return
    await query.answer()
    await message.edit_reply_markup(reply_markup=None)
    await _carry_out(job, _payer(person, job, summarizing), message, person, summarizing)


async def post(query: CallbackQuery, callback_data: SummaryPress, person: Person, summarizing: Summarizing) -> None:
    """Those who have left the group meanwhile have no say in it."""
    message = query.message
    posting = summarizing.postings.take(callback_data.name)
    if (
        posting is None
        or not isinstance(message, Message)
        or not await summarizing.is_member(posting.spot.chat_id, person.id)
    ):
        await query.answer(person.texts("buttons.outdated"), show_alert=True)
        return
    await show(summarizing.courier, posting.spot, posting.parts)
    await query.answer(person.texts("summarize.posted"))
    await message.edit_reply_markup(reply_markup=None)


async def _job(message: Message, words: str, person: Person, summarizing: Summarizing) -> Job:
    replied, archive = message.reply_to_message, summarizing.keeping.archive
    if replied is not None and replied.forum_topic_created is not None:
        replied = None
    seen = await archive.last_wrote(message.chat.id, person.id, message.message_id)
    now = summarizing.now()
    context = Context(
        now=now,
        topic=topic(message),
        replied=replied.message_id if replied is not None else None,
        replied_author=sender(replied) if replied is not None else None,
        seen=None if seen is None else datetime.fromtimestamp(seen, now.tzinfo),
    )
    request = parse(words, context)
    task = await summarizing.task(message.chat.id, request, summarizing.model(person.model))
    public = Spot(message.chat.id, topic(message), message.message_id)
    spot = Spot(person.id) if request.privately else public
    rich = "off" if person.preferences.rich == "off" else "auto"
    return Job(
        Group(message.chat.id, message.chat.username), task, spot, person.texts, "off" if rich == "off" else "auto"
    )


async def _carry_out(job: Job, payer: Payer, message: Message, person: Person, summarizing: Summarizing) -> None:
    """``message``: in the group."""
    group, privately = job.group.id, job.task.request.privately

    def keyboard(parts: list[Part]) -> InlineKeyboardMarkup | None:
        if not privately:
            return None
        name = summarizing.postings.add(Posting(Spot(group, topic(message)), parts))
        return _button(person.texts, "post", person.id, name)

    try:
        if await summarizing.carry_out(job, payer, keyboard):
            await summarizing.keeping.archive.asked(group, person.id, message.date.timestamp())
    except Undeliverable:
        if not privately:
            raise
        link = f"https://t.me/{await own_name(summarizing.telegram)}"
        await notice(message, person.texts("summarize.write_first", link=link))


def _payer(person: Person, job: Job, summarizing: Summarizing) -> Payer:
    return summarizing.quotas.payer(person.id, job.group.id, "summary")


def _button(texts: Texts, what: Literal["go", "post"], owner: int, name: str) -> InlineKeyboardMarkup:
    data = SummaryPress(what=what, owner=owner, name=name).pack()
    return InlineKeyboardMarkup(
        inline_keyboard=[[InlineKeyboardButton(text=texts(f"summarize.{what}"), callback_data=data)]]
    )


def router() -> Router:
    router = Router(name="summarize")
    router.message.register(summarize, Command("summarize"), F.chat.type.in_(GROUPS))
    router.message.register(elsewhere, Command("summarize"))
    router.callback_query.register(go_on, SummaryPress.filter(F.what == "go"))
    router.callback_query.register(post, SummaryPress.filter(F.what == "post"))
    return router
