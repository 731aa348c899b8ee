"""What the bot cannot work with; last in the order, because it takes whatever is left."""

from collections import deque

from aiogram import F, Router
from aiogram.enums import ContentType
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from handlers.notice import notice
from handlers.person import Person
from handlers.when import When

_KINDS = {
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
_ALBUMS = 100  # of the newest ones is remembered that they were answered


class FirstOfAlbum(Filter):
    """An album comes as a message for each picture; one of them is answered."""

    def __init__(self) -> None:
        self._answered: deque[str] = deque(maxlen=_ALBUMS)

    async def __call__(self, message: Message) -> bool:
        album = message.media_group_id
        if album is None:
            return True
        if album in self._answered:
            return False
        self._answered.append(album)
        return True


async def cannot_read(message: Message, person: Person) -> None:
    await notice(message, person.texts("draw.photo_hint" if message.photo else "ask.unknown_kind"))


async def outdated(query: CallbackQuery, person: Person) -> None:
    await query.answer(person.texts("buttons.outdated"), show_alert=True)


async def unknown_command(message: Message, person: Person) -> None:
    await notice(message, person.texts("ask.unknown_command"))


def router() -> Router:
    router = Router(name="other")
    private = When(F.chat.type == "private")
    router.message.register(cannot_read, private, When(F.content_type.in_(_KINDS)), FirstOfAlbum())
    router.message.register(unknown_command, private, When(F.text))
    router.callback_query.register(outdated)
    return router
