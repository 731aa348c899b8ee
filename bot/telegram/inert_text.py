"""What people wrote, shown as data: nothing in it is a link, a mention or a command, and every character stays.

Telegram makes these of whatever looks like one, but for what is set as code.
"""

import re
from collections.abc import Iterator
from typing import Final

from bot.telegram.markdown.tree import Code, Inlines, Text

_MOST: Final = 3  # pieces of code in one text; a message shows a hundred entities at most
_LIVE: Final = re.compile(
    r"""\w:/ | \b(?:mailto|tg|tel|sms):   # an address with its scheme
      | \w\.\w*[^\W\d_]                  # a domain, in any script
      | @\w                               # a mention, or an address of mail
      | (?<!\w)[/\#$]\w                   # a command, a tag
    """,
    re.VERBOSE | re.IGNORECASE,
)


def inert(text: str) -> Inlines:
    """In pieces: what Telegram might take for more than words is code."""
    spans = list(_spans(text))
    if len(spans) > _MOST:
        spans = [(spans[0][0], spans[-1][1])]
    pieces: list[Text | Code] = []
    place = 0
    for begin, end in spans:
        pieces += [Text(text[place:begin]), Code(text[begin:end])]
        place = end
    return tuple(piece for piece in (*pieces, Text(text[place:])) if piece.text)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Runs of words that may be live; neighbours are one."""
    begin = end = -1
    for word in re.finditer(r"\S+", text):
        if _LIVE.search(word[0]) is None:
            continue
        if begin >= 0 and not text[end : word.start()].strip():
            end = word.end()
            continue
        if begin >= 0:
            yield begin, end
        begin, end = word.span()
    if begin >= 0:
        yield begin, end
