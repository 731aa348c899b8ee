"""Pictures that people send, one or an album, with a caption."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Base64Bytes, Field, StringConstraints

from bot.playground.page.action import Action, Json, Refused, message_of, topic_of
from bot.playground.telegram import TelegramSimulator
from bot.playground.telegram.errors import RefusedError
from bot.playground.telegram.text import CAPTION_LIMIT
from bot.providers.image_headers import HEAD, media_type


def _picture(data: bytes) -> bytes:
    """By what it holds: its name and what the browser says of it are not even sent."""
    if media_type(data[:HEAD]) is None:
        raise Refused("not_a_picture")
    return data


def _short(text: str) -> str:
    if len(text) > CAPTION_LIMIT:
        raise Refused("caption_too_long")
    return text


Picture = Annotated[Base64Bytes, AfterValidator(_picture)]
Caption = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_short)]


class Photos(Action):
    largest: ClassVar[int] = 32 * 1024 * 1024

    pictures: Annotated[list[Picture], Field(min_length=1, max_length=10)]
    caption: Caption = ""
    reply_to: int | None = None
    thread: int | None = None

    async def act(self, world: TelegramSimulator) -> Json:
        person, chat = self.place(world)
        reply_to = None if self.reply_to is None else message_of(chat, self.reply_to)
        thread = topic_of(chat, self.thread)
        try:
            first, *_ = world.send_photos(
                person, chat, self.pictures, caption=self.caption, reply_to=reply_to, thread=thread
            )
        except RefusedError:
            raise Refused("not_a_picture") from None
        return {"message": first.id, "thread": first.thread}
