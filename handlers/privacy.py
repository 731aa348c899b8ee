"""What the bot keeps of a group, said when it joins and by /privacy; /forget, /optout and /optin."""

from dataclasses import dataclass
from datetime import tzinfo
from zoneinfo import ZoneInfo

from aiogram import Bot, F, Router
from aiogram.exceptions import AiogramError
from aiogram.filters import JOIN_TRANSITION, LEAVE_TRANSITION, ChatMemberUpdatedFilter
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, ChatMemberUpdated, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.limits.members import Members
from bot.store.archive import EVERYWHERE, ArchiveRepository
from bot.store.erasure import ErasureRepository
from bot.store.groups import GroupRepository
from bot.telegram.texts import Texts, language_of
from handlers.archive import GROUPS
from handlers.draw_easel import Easel
from handlers.notice import notice
from handlers.person import Person
from handlers.when import When

_ADMINS = frozenset({"administrator", "creator"})


@dataclass(frozen=True, slots=True)
class Keeping:
    """``days`` 0: nothing of groups is kept. ``zone``: of the clock of groups that have chosen none."""

    archive: ArchiveRepository
    erasure: ErasureRepository
    groups: GroupRepository
    days: int
    zone: tzinfo

    async def zone_of(self, chat_id: int) -> tzinfo:
        """Of the clock by which the group's times are shown and meant."""
        chosen = await self.groups.zone(chat_id)
        return self.zone if chosen is None else ZoneInfo(chosen)

    @property
    def is_on(self) -> bool:
        return self.days > 0


class ForgetPress(CallbackData, prefix="f"):
    owner: int
    everywhere: bool


async def joined(event: ChatMemberUpdated, bot: Bot, keeping: Keeping, members: Members) -> None:
    if members.admits(event.chat.id, event.chat.id):
        texts = Texts(language_of(event.from_user.language_code))
        await bot.send_message(event.chat.id, await _statement(event.chat.id, bot, keeping, texts))


async def removed(event: ChatMemberUpdated, keeping: Keeping) -> None:
    await keeping.erasure.forget_group(event.chat.id)


async def show(message: Message, person: Person, bot: Bot, keeping: Keeping) -> None:
    if message.chat.type in GROUPS:
        await notice(message, await _statement(message.chat.id, bot, keeping, person.texts))
    else:
        await notice(message, person.texts("privacy.private"))


async def _statement(chat_id: int, bot: Bot, keeping: Keeping, texts: Texts) -> str:
    if not keeping.is_on:
        return texts("privacy.off")
    kept = texts("privacy.kept", days=keeping.days)
    return kept if await hears_all(bot, chat_id) else f"{kept}\n\n{texts('privacy.blind')}"


async def hears_all(bot: Bot, chat_id: int) -> bool:
    """Whether Telegram tells the bot all that is said in the group, or only what is meant for it."""
    try:
        return bool((await bot.get_me()).can_read_all_group_messages) or await is_admin(bot, chat_id, bot.id)
    except AiogramError:  # a server that does not know: then what it tells is what there is
        return True


async def is_admin(bot: Bot, chat_id: int, user_id: int) -> bool:
    return (await bot.get_chat_member(chat_id, user_id)).status in _ADMINS


async def ask_what_to_forget(message: Message, person: Person) -> None:
    """Nothing is erased by a slip of the finger."""
    here = "forget.group" if message.chat.type in GROUPS else "forget.private"
    buttons = [
        InlineKeyboardButton(
            text=person.texts(key), callback_data=ForgetPress(owner=person.id, everywhere=everywhere).pack()
        )
        for key, everywhere in ((here, False), ("forget.everywhere", True))
    ]
    await notice(
        message, person.texts("forget.ask"), InlineKeyboardMarkup(inline_keyboard=[[each] for each in buttons])
    )


async def forget(
    query: CallbackQuery, callback_data: ForgetPress, person: Person, keeping: Keeping, easel: Easel
) -> None:
    message = query.message
    if callback_data.owner != person.id:
        await query.answer(person.texts("forget.not_yours"), show_alert=True)
    elif not isinstance(message, Message):
        await query.answer(person.texts("buttons.outdated"), show_alert=True)
    else:
        await easel.gallery.forget(person.id, None if callback_data.everywhere else message.chat.id)
        await keeping.erasure.forget(person.id, EVERYWHERE if callback_data.everywhere else message.chat.id)
        await query.answer()
        await message.edit_text(person.texts("forget.done"))


async def leave_out(message: Message, person: Person, keeping: Keeping) -> None:
    await keeping.erasure.leave_out(person.id, _where(message))
    await notice(message, person.texts("optout.group" if _where(message) else "optout.everywhere"))


async def take_in(message: Message, person: Person, keeping: Keeping) -> None:
    await keeping.erasure.take_in(person.id, _where(message))
    await notice(message, person.texts("optout.back"))


def _where(message: Message) -> int:
    return message.chat.id if message.chat.type in GROUPS else EVERYWHERE


def router() -> Router:
    router = Router(name="privacy")
    in_groups = When(F.chat.type.in_(GROUPS))
    router.my_chat_member.register(joined, in_groups, ChatMemberUpdatedFilter(JOIN_TRANSITION))
    router.my_chat_member.register(removed, in_groups, ChatMemberUpdatedFilter(LEAVE_TRANSITION))
    router.callback_query.register(forget, ForgetPress.filter())
    return router
