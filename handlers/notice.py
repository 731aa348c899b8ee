"""A sentence from the bot itself, about a message of a person."""

from aiogram.types import InlineKeyboardMarkup, Message, ReplyParameters

from bot.telegram.courier import NO_PREVIEW


async def notice(message: Message, sentence: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
    """Say it where the message stands."""
    await message.answer(
        sentence, reply_parameters=about(message), reply_markup=keyboard, link_preview_options=NO_PREVIEW
    )


def about(message: Message) -> ReplyParameters | None:
    """In a group what is said is a reply to the message, so that all see who is meant."""
    if message.chat.type == "private":
        return None
    return ReplyParameters(message_id=message.message_id, allow_sending_without_reply=True)
