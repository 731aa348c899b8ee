"""A question that asks for a picture is answered in words; a button below offers to draw it."""

import re
from typing import Final

from aiogram.types import Message, ReplyParameters

from handlers.draw_buttons import offer as button
from handlers.person import Person

_ENGLISH: Final = re.compile(
    r"(?:please\s+|hey,?\s+|(?:can|could|would|will)\s+you\s+(?:please\s+)?|i\s+(?:want|would\s+like)\s+you\s+to\s+)*"
    r"(?:draw|paint|sketch|illustrate)\s+(?:(?:me|us)\s+)?(?:(?:a|the)\s+(?:picture|image|drawing)\s+of\s+)?"
    r"(?P<what>(?:an?|the|some|my|our|two|three|four)\s.+)",
    re.IGNORECASE | re.DOTALL,
)
_CHINESE: Final = re.compile(
    r"(?:请|麻烦|你|能不能|能|可以|帮我|给我|替我|帮忙|我想让你|我想要你)*"
    r"(?:画|绘制|画出|画下)(?P<what>(?:一|两|三|几|个|张|幅|只|条|朵|座|位|片|我|这|那).+)",
    re.DOTALL,
)


def wanted(words: str) -> str | None:
    """What is to be drawn, where the first words say so; None: no picture is asked for."""
    found = _ENGLISH.fullmatch(words.strip()) or _CHINESE.fullmatch(words.strip())
    return found["what"].strip() if found else None


async def offer(message: Message, words: str, person: Person) -> None:
    """As a reply to the question, which then is at hand when the button is pressed."""
    if wanted(words) is not None:
        about = ReplyParameters(message_id=message.message_id, allow_sending_without_reply=True)
        await message.answer(person.texts("draw.offer"), reply_parameters=about, reply_markup=button(person.texts))
