"""Which addresses a model may make clickable: absolute, http or https, at a host of the public kind."""

import re
from collections.abc import Iterator

# Telegram refuses a whole rich message for one address it cannot use, hence the dot in the host's name.
_HOST = r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_](?:[\w-]*[^\W_])?"
_USABLE = re.compile(rf"https?://{_HOST}(?::\d{{1,5}})?(?:[/?#][^\s<>\"]*)?", re.IGNORECASE)
# Chinese text goes on right after an address: what is not ASCII ends it.
_BARE = re.compile(rf"(?<![A-Za-z0-9])https?://{_HOST}(?::\d{{1,5}})?(?:[/?#][!-~]*)?", re.IGNORECASE | re.ASCII)
_TRAILING = ".,;:!?'\"*_~`<>|"
_LONGEST = 2000


def usable(address: str) -> bool:
    return len(address) <= _LONGEST and _USABLE.fullmatch(address) is not None


def bare(text: str) -> Iterator[tuple[int, int]]:
    """Where addresses stand in ``text``; the punctuation and the bracket after one belong to the sentence."""
    if "://" not in text:
        return
    for found in _BARE.finditer(text):
        address = re.split(r"[<>\"]", found[0], maxsplit=1)[0].rstrip(_TRAILING)
        while address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1].rstrip(_TRAILING)
        if usable(address):
            yield found.start(), found.start() + len(address)
