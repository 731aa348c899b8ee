"""/summarize and /digest: summaries on request and at set times, and the buttons around them."""

import contextlib
from typing import Final

from aiogram import Bot, F, Router
from aiogram.exceptions import AiogramError
from aiogram.filters import CommandObject
from aiogram.types import CallbackQuery, Message, Update

from bot.domain.digest import Digest
from bot.domain.group import GroupRef
from bot.groups.digest_orders import DigestAnswer, DigestOrder, DigestOverview, OrderDigests
from bot.groups.ports import NotDelivered
from bot.groups.summary_command import SummaryCommand, SummaryJob
from bot.groups.summary_requests import (
    Confirmation,
    NothingSaid,
    PrivateSummaries,
    SummarizeGroup,
    SummaryRefusal,
    SummaryReply,
)
from bot.telegram import summary_view
from bot.telegram.figures import count, yuan
from bot.telegram.message_sender import reply
from bot.telegram.message_text import clean
from bot.telegram.summary_view import SummaryPress, SummaryViews, TelegramSummaryView
from bot.telegram.texts import Texts
from handlers.ask import own_name
from handlers.messages import idempotency_key
from handlers.person import Person, sender, topic


async def summarize(
    message: Message,
    command: CommandObject,
    person: Person,
    summarize_group: SummarizeGroup,
    summary_views: SummaryViews,
    event_update: Update,
    bot: Bot,
) -> None:
    key = idempotency_key(bot.id, event_update.update_id)
    asked = _command(key, message, clean(command.args or ""), person)
    outcome = await summarize_group.ask(asked, message.date.timestamp(), _view(summary_views, person))
    await _tell(message, outcome, person, bot)


async def go_on(
    query: CallbackQuery,
    callback_data: SummaryPress,
    person: Person,
    summarize_group: SummarizeGroup,
    summary_views: SummaryViews,
    bot: Bot,
) -> None:
    message = query.message
    if callback_data.owner != person.id:
        await query.answer(person.texts("summarize.not_yours"), show_alert=True)
        return
    if not isinstance(message, Message):
        await query.answer(person.texts("buttons.outdated"), show_alert=True)
        return
    is_private = callback_data.what == "mine"
    async with summarize_group.agreed(callback_data.name, message.chat.id, person.id, privately=is_private) as found:
        if not isinstance(found, SummaryJob):
            await query.answer(person.texts(_key(found)), show_alert=True)
            return
        with contextlib.suppress(AiogramError):  # the press may be one of an earlier run, too old to be answered
            await query.answer()
        await _without_buttons(message)
        outcome = await summarize_group.carry_out(found, message.date.timestamp(), _view(summary_views, person))
        await _tell(message, outcome, person, bot)


async def post(
    query: CallbackQuery,
    callback_data: SummaryPress,
    person: Person,
    summarize_group: SummarizeGroup,
    summary_views: SummaryViews,
) -> None:
    message, view = query.message, _view(summary_views, person)
    try:
        if not isinstance(message, Message) or not await summarize_group.post(callback_data.name, person.id, view):
            await query.answer(person.texts("buttons.outdated"), show_alert=True)
            return
    except NotDelivered:
        await query.answer(person.texts("summarize.not_posted"), show_alert=True)
        return
    with contextlib.suppress(AiogramError):
        await query.answer(person.texts("summarize.posted"))
    await _without_buttons(message)


def _command(key: str, message: Message, words: str, person: Person) -> SummaryCommand:
    replied = message.reply_to_message
    if replied is not None and replied.forum_topic_created is not None:
        replied = None
    return SummaryCommand(
        key=key,
        group=GroupRef(message.chat.id, message.chat.username),
        topic=topic(message),
        message_id=message.message_id,
        user_id=person.id,
        words=words,
        replied=replied.message_id if replied is not None else None,
        replied_author=sender(replied) if replied is not None else None,
        mentioned={
            f"@{entity.user.id}": clean(entity.extract_from(message.text or ""))
            for entity in message.entities or ()
            if entity.type == "text_mention" and entity.user is not None
        },
    )


def _view(views: SummaryViews, person: Person) -> TelegramSummaryView:
    return views.view(person.texts, "off" if person.preferences.rich == "off" else "auto")


async def _tell(message: Message, outcome: SummaryReply | None, person: Person, bot: Bot) -> None:
    texts = person.texts
    match outcome:
        case None:
            return
        case PrivateSummaries(allowed):
            await reply(message, texts("summarize.private_on" if allowed else "summarize.private_off"))
        case NothingSaid():
            await reply(message, _nothing(outcome, texts))
        case Confirmation(name, estimate, may_be_private):
            cost = yuan(estimate.cost)
            calls = count(estimate.calls)
            sentence = texts("summarize.large", count=estimate.messages, calls=calls, cost=cost)
            await reply(message, sentence, summary_view.estimated(person.id, name, texts, mine=may_be_private))
        case "write_first":
            await reply(message, texts("summarize.write_first", link=f"https://t.me/{await own_name(bot)}"))
        case _:
            await reply(message, texts(_key(outcome)))


def _key(refusal: SummaryRefusal) -> str:
    return "buttons.outdated" if refusal == "outdated" else f"summarize.{refusal}"


def _nothing(said: NothingSaid, texts: Texts) -> str:
    """By whom or from when on, since that is not always what was asked for; and whether it could have been heard."""
    if said.of_the_named:
        sentence = texts("summarize.nothing_of")
    elif said.since is None:
        sentence = texts("summarize.nothing")
    else:
        sentence = texts("summarize.nothing_since", since=f"{said.since:%m-%d %H:%M}")
    return sentence if said.hears_all else f"{sentence}\n\n{texts('privacy.blind')}"


async def _without_buttons(message: Message) -> None:
    with contextlib.suppress(AiogramError):
        if message.ephemeral_message_id is not None:
            await message.edit_ephemeral_reply_markup()
        else:
            await message.edit_reply_markup()


def router() -> Router:
    router = Router(name="summarize")
    router.callback_query.register(go_on, SummaryPress.filter(F.what.in_({"go", "mine"})))
    router.callback_query.register(post, SummaryPress.filter(F.what == "post"))
    return router


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
    outcome = await order_digests.order(DigestOrder(group, topic(message), person.id, person.texts.language, words))
    if isinstance(outcome, DigestOverview):
        await reply(message, _overview(outcome, clean(words)[:_SHOWN], person.texts))
    else:
        await reply(message, person.texts(_KEYS[outcome]))


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
