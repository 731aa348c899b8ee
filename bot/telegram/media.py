"""Pictures into chats, as photos, files and albums, and out of them."""

import asyncio
import io
import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

import aiohttp
from aiogram import Bot
from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from aiogram.methods import SendDocument, SendMediaGroup, SendPhoto, TelegramMethod
from aiogram.types import (
    FSInputFile,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaDocument,
    InputMediaPhoto,
    MediaUnion,
    MessageEntity,
)

from bot.telegram.message_sender import DeliveryError, Destination, OutcomeUnknown, Undeliverable, is_about_the_place
from bot.telegram.session import message_id

log = logging.getLogger(__name__)

Kind = Literal["photo", "document"]

_UPLOAD_SECONDS: Final = 300
_DOWNLOAD_SECONDS: Final = 60
_NO_TOPIC: Final = "thread not found"


class MediaRefused(DeliveryError):
    """Telegram does not take it in this form, for certain."""


@dataclass(frozen=True, slots=True)
class Sendable:
    """``file``: on our disk, or the id of one that Telegram has. ``name``: what it is called where it is saved."""

    file: Path | str
    name: str

    @property
    def input(self) -> InputFile | str:
        return self.file if isinstance(self.file, str) else FSInputFile(self.file, self.name)


@dataclass(frozen=True, slots=True)
class Caption:
    text: str = ""
    entities: tuple[MessageEntity, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """None: the server did not say."""

    message_id: int | None
    file_id: str | None


class Media:
    """All sending verbs raise :class:`bot.telegram.message_sender.DeliveryError`."""

    def __init__(self, telegram: Bot) -> None:
        self.telegram = telegram

    async def send(
        self,
        destination: Destination,
        kind: Kind,
        picture: Sendable,
        caption: Caption,
        keyboard: InlineKeyboardMarkup | None = None,
    ) -> Sent:
        def method(destination: Destination) -> TelegramMethod[Any]:
            common = {
                **_place(destination),
                "caption": caption.text or None,
                "caption_entities": list(caption.entities) or None,
                "parse_mode": None,
                "reply_markup": keyboard,
            }
            if kind == "photo":
                return SendPhoto(**common, photo=picture.input)
            return SendDocument(**common, document=picture.input, disable_content_type_detection=True)

        return _sent(await self._certain(method, destination), kind)

    async def send_album(
        self, destination: Destination, kind: Kind, pictures: Sequence[Sendable], caption: Caption
    ) -> list[Sent]:
        """Two to ten, in one go; the caption stands below all of them. A server that says little gives fewer."""

        def method(destination: Destination) -> TelegramMethod[Any]:
            first, *rest = pictures
            items: list[MediaUnion] = [
                _item(kind, first, caption),
                *(_item(kind, picture, Caption()) for picture in rest),
            ]
            return SendMediaGroup(**_place(destination), media=items)

        messages = await self._certain(method, destination)
        return [_sent(message, kind) for message in messages] if isinstance(messages, list) else []

    async def download(self, file_id: str, most: int) -> bytes | None:
        """A file, up to so many bytes; None where it cannot be had."""
        try:
            found = await self.telegram.get_file(file_id)
            if not found.file_path or (found.file_size or 0) > most:
                return None
            return await self._read(found.file_path, most)
        except (AiogramError, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("A file of Telegram's could not be fetched: %s", type(error).__name__)
            return None

    async def _read(self, path: str, most: int) -> bytes | None:
        session = self.telegram.session
        url = session.api.file_url(self.telegram.token, path)
        content = io.BytesIO()
        async with asyncio.timeout(_DOWNLOAD_SECONDS), aclosing(session.stream_content(url)) as chunks:
            async for chunk in chunks:
                content.write(chunk)
                if content.tell() > most:
                    return None
        return content.getvalue()

    async def _certain(self, method: Callable[[Destination], TelegramMethod[Any]], destination: Destination) -> Any:
        try:
            return await self.telegram(method(destination), request_timeout=_UPLOAD_SECONDS)
        except TelegramMigrateToChat as error:
            return await self._certain(method, replace(destination, chat_id=error.migrate_to_chat_id, reply_to=None))
        except TelegramBadRequest as error:
            if destination.topic_id is not None and _NO_TOPIC in error.message.lower():
                return await self._certain(method, replace(destination, topic_id=None))
            raise (Undeliverable if is_about_the_place(error) else MediaRefused)(error.message) from error
        except (TelegramNotFound, TelegramEntityTooLarge) as error:
            raise MediaRefused(type(error).__name__) from error
        except (TelegramForbiddenError, TelegramUnauthorizedError) as error:
            raise Undeliverable(error.message) from error
        except AiogramError as error:
            raise OutcomeUnknown(type(error).__name__) from error


def _place(destination: Destination) -> dict[str, Any]:
    return {
        "chat_id": destination.chat_id,
        "message_thread_id": destination.topic_id,
        "reply_parameters": destination.reply_parameters,
    }


def _item(kind: Kind, picture: Sendable, caption: Caption) -> MediaUnion:
    common: dict[str, Any] = {
        "media": picture.input,
        "caption": caption.text or None,
        "caption_entities": list(caption.entities) or None,
        "parse_mode": None,
    }
    if kind == "photo":
        return InputMediaPhoto(**common)
    return InputMediaDocument(**common, disable_content_type_detection=True)


def _sent(message: Any, kind: Kind) -> Sent:
    """A server may say less than it should; photos come in several sizes, the largest last."""
    file = getattr(message, kind, None)
    if isinstance(file, list):
        file = file[-1] if file else None
    found = file.get("file_id") if isinstance(file, dict) else getattr(file, "file_id", None)
    return Sent(message_id(message), found if isinstance(found, str) else None)
