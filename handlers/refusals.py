"""Telegram's refusals that are nobody's error: a chat that cannot be written to, a press that is too old to answer.

Running the update again would change nothing, and there is nobody to tell.
"""

import logging

from aiogram import Router
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.filters import Filter
from aiogram.types import ErrorEvent

from bot.telegram.courier import is_about_the_place

log = logging.getLogger(__name__)

_TOO_OLD = "query is too old"


class Final(Filter):
    async def __call__(self, event: ErrorEvent) -> bool:
        error = event.exception
        if isinstance(error, TelegramBadRequest):
            return is_about_the_place(error) or _TOO_OLD in error.message.lower()
        return isinstance(error, TelegramForbiddenError)


async def let_be(event: ErrorEvent) -> None:
    log.info("Update %d could not be answered: %s", event.update.update_id, event.exception)


def router() -> Router:
    router = Router(name="refusals")
    router.errors.register(let_be, Final())
    return router
