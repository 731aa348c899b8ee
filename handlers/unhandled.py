"""What no other handler took: unknown commands, kinds of messages that cannot be read, buttons of the past, and
Telegram's refusals that are nobody's error."""

import logging
from typing import Final

from aiogram import F, Router
from aiogram.enums import ContentType
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.filters import CommandObject, Filter
from aiogram.types import CallbackQuery, ErrorEvent, Message

from bot.billing.quota_plan import Members
from bot.domain.message import slash_command
from bot.telegram.message_sender import is_about_the_place, reply
from handlers.filters import IN_PRIVATE, Albums, LoopFilter
from handlers.menu import Menu
from handlers.person import Person

log = logging.getLogger(__name__)

_KINDS: Final = {
    ContentType.ANIMATION,
    ContentType.AUDIO,
    ContentType.CHECKLIST,
    ContentType.CONTACT,
    ContentType.DICE,
    ContentType.DOCUMENT,
    ContentType.GAME,
    ContentType.LIVE_PHOTO,
    ContentType.LOCATION,
    ContentType.PAID_MEDIA,
    ContentType.PHOTO,
    ContentType.POLL,
    ContentType.STICKER,
    ContentType.STORY,
    ContentType.VENUE,
    ContentType.VIDEO,
    ContentType.VIDEO_NOTE,
    ContentType.VOICE,
}
_TOO_OLD: Final = "query is too old"


async def only_in_groups(message: Message, command: CommandObject, person: Person) -> None:
    """A command of groups, elsewhere."""
    await reply(message, person.texts(f"command.{command.command}.groups_only"))


async def unknown_command(message: Message, person: Person, members: Members, menu: Menu) -> None:
    written = slash_command(message.text or "")
    meant = menu.nearest(written.name, is_owner=person.id in members.owners) if written else None
    unknown = person.texts("ask.unknown_command")
    await reply(message, f"{unknown}\n{person.texts('ask.meant', name=meant)}" if meant else unknown)


async def cannot_read(message: Message, person: Person) -> None:
    await reply(message, person.texts("draw.photo_hint" if message.photo else "ask.unknown_kind"))


async def outdated(query: CallbackQuery, person: Person) -> None:
    await query.answer(person.texts("buttons.outdated"), show_alert=True)


async def let_be(event: ErrorEvent) -> None:
    """Running the update again would change nothing, and there is nobody to tell."""
    log.info("Update %d could not be answered: %s", event.update.update_id, event.exception)


class FirstOfAlbum(Filter):
    """A message of no album, or of one that was not answered yet."""

    async def __call__(self, message: Message, albums: Albums) -> bool:
        return albums.mark(message)


class IsFinal(Filter):
    """A refusal that would come again: a chat that cannot be written to, a press that is too old to answer."""

    async def __call__(self, event: ErrorEvent) -> bool:
        error = event.exception
        if isinstance(error, TelegramBadRequest):
            return is_about_the_place(error) or _TOO_OLD in error.message.lower()
        return isinstance(error, TelegramForbiddenError)


def router() -> Router:
    router = Router(name="unhandled")
    router.message.register(cannot_read, IN_PRIVATE, LoopFilter(F.content_type.in_(_KINDS)), FirstOfAlbum())
    router.message.register(unknown_command, IN_PRIVATE, LoopFilter(F.text))
    router.callback_query.register(outdated)
    router.errors.register(let_be, IsFinal())
    return router
