"""The buttons around summaries: go on with a large one, have it alone, post for all what one member has."""

import contextlib
from dataclasses import replace

from aiogram import F, Router
from aiogram.exceptions import AiogramError
from aiogram.types import CallbackQuery, Message

from bot.telegram.courier import Undeliverable
from handlers.person import Person
from handlers.summarize import carry_out, refused
from handlers.summarizing import Summarizing
from handlers.summary_buttons import SummaryPress


async def go_on(query: CallbackQuery, callback_data: SummaryPress, person: Person, summarizing: Summarizing) -> None:
    message = query.message
    if callback_data.owner != person.id:
        await query.answer(person.texts("summarize.not_yours"), show_alert=True)
        return
    async with summarizing.wishes.held(callback_data.name) as wish:
        if wish is None or not isinstance(message, Message) or wish.group.id != message.chat.id:
            await query.answer(person.texts("buttons.outdated"), show_alert=True)
            return
        if callback_data.what == "mine":
            wish = replace(wish, request=replace(wish.request, privately=True))
        if (refusal := await refused(wish, person, summarizing)) is not None:
            await query.answer(refusal, show_alert=True)
            return
        with contextlib.suppress(AiogramError):  # the press may be one of an earlier run, too old to be answered
            await query.answer()
        await _without_buttons(message)
        await carry_out(await summarizing.job(wish, person), message, summarizing)


async def post(query: CallbackQuery, callback_data: SummaryPress, person: Person, summarizing: Summarizing) -> None:
    """Those who have left the group meanwhile have no say in it."""
    message = query.message
    async with summarizing.private.held(callback_data.name) as page:
        if (
            page is None
            or not isinstance(message, Message)
            or not await summarizing.is_member(page.group.id, person.id)
        ):
            await query.answer(person.texts("buttons.outdated"), show_alert=True)
            return
        try:
            await summarizing.post(page, person)
        except Undeliverable:
            await query.answer(person.texts("summarize.not_posted"), show_alert=True)
            return
    with contextlib.suppress(AiogramError):
        await query.answer(person.texts("summarize.posted"))
    await _without_buttons(message)


async def _without_buttons(message: Message) -> None:
    with contextlib.suppress(AiogramError):
        if message.ephemeral_message_id is not None:
            await message.edit_ephemeral_reply_markup()
        else:
            await message.edit_reply_markup()


def router() -> Router:
    router = Router(name="summary presses")
    router.callback_query.register(go_on, SummaryPress.filter(F.what.in_({"go", "mine"})))
    router.callback_query.register(post, SummaryPress.filter(F.what == "post"))
    return router
