"""What the bot keeps of a group, said when it joins and by /privacy; /forget, /optout and /optin."""

from aiogram import Bot, F, Router
from aiogram.filters import JOIN_TRANSITION, LEAVE_TRANSITION, ChatMemberUpdatedFilter
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, ChatMemberUpdated, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.groups.archive_policy import GroupPrivacy, PrivacyStatement
from bot.telegram.message_sender import reply
from bot.telegram.texts import Texts, language_of
from handlers.filters import LoopFilter
from handlers.group_archive import GROUPS
from handlers.person import Person


class ForgetPress(CallbackData, prefix="f"):
    owner: int
    everywhere: bool


async def joined(event: ChatMemberUpdated, bot: Bot, group_privacy: GroupPrivacy) -> None:
    if (statement := await group_privacy.joined(event.chat.id)) is not None:
        texts = Texts(language_of(event.from_user.language_code))
        await bot.send_message(event.chat.id, _told(statement, texts))


async def removed(event: ChatMemberUpdated, group_privacy: GroupPrivacy) -> None:
    await group_privacy.left(event.chat.id)


async def show(message: Message, person: Person, group_privacy: GroupPrivacy) -> None:
    if message.chat.type in GROUPS:
        await reply(message, _told(await group_privacy.statement(message.chat.id), person.texts))
    else:
        await reply(message, person.texts("privacy.private"))


def _told(statement: PrivacyStatement, texts: Texts) -> str:
    if not statement.days:
        return texts("privacy.off")
    kept = texts("privacy.kept", days=statement.days)
    return kept if statement.hears_all else f"{kept}\n\n{texts('privacy.blind')}"


async def ask_what_to_forget(message: Message, person: Person) -> None:
    """Nothing is erased by a slip of the finger."""
    here = "forget.group" if message.chat.type in GROUPS else "forget.private"
    buttons = [
        InlineKeyboardButton(
            text=person.texts(key), callback_data=ForgetPress(owner=person.id, everywhere=everywhere).pack()
        )
        for key, everywhere in ((here, False), ("forget.everywhere", True))
    ]
    await reply(message, person.texts("forget.ask"), InlineKeyboardMarkup(inline_keyboard=[[each] for each in buttons]))


async def forget(query: CallbackQuery, callback_data: ForgetPress, person: Person, group_privacy: GroupPrivacy) -> None:
    message = query.message
    if callback_data.owner != person.id:
        await query.answer(person.texts("forget.not_yours"), show_alert=True)
    elif not isinstance(message, Message):
        await query.answer(person.texts("buttons.outdated"), show_alert=True)
    else:
        await group_privacy.forget(person.id, None if callback_data.everywhere else message.chat.id)
        await query.answer()
        await message.edit_text(person.texts("forget.done"))


async def leave_out(message: Message, person: Person, group_privacy: GroupPrivacy) -> None:
    await group_privacy.leave_out(person.id, _where(message))
    await reply(message, person.texts("optout.everywhere" if _where(message) is None else "optout.group"))


async def take_in(message: Message, person: Person, group_privacy: GroupPrivacy) -> None:
    await group_privacy.take_in(person.id, _where(message))
    await reply(message, person.texts("optout.back"))


def _where(message: Message) -> int | None:
    return message.chat.id if message.chat.type in GROUPS else None


def router() -> Router:
    router = Router(name="privacy")
    in_groups = LoopFilter(F.chat.type.in_(GROUPS))
    router.my_chat_member.register(joined, in_groups, ChatMemberUpdatedFilter(JOIN_TRANSITION))
    router.my_chat_member.register(removed, in_groups, ChatMemberUpdatedFilter(LEAVE_TRANSITION))
    router.callback_query.register(forget, ForgetPress.filter())
    return router
