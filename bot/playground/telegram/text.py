"""Text and entities as Telegram treats them: offsets in UTF-16 units, limits in code points."""

import re
from collections.abc import Iterable
from itertools import accumulate
from typing import Any
from urllib.parse import urlsplit

from bot.playground.telegram.errors import bad_request

Json = dict[str, Any]
Formatted = tuple[str, tuple[Json, ...]]

MESSAGE_LIMIT = 4096
CAPTION_LIMIT = 1024
RAW_BYTES_LIMIT = 32_768
ENTITIES_SHOWN = 100

_PLAIN = frozenset(
    {"bold", "italic", "underline", "strikethrough", "spoiler", "code", "blockquote", "expandable_blockquote"}
)
_WITH = {
    "pre": None,
    "text_link": "url",
    "text_mention": "user",
    "custom_emoji": "custom_emoji_id",
    "date_time": "unix_time",
}
_DETECTED_ONLY = frozenset(
    {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card"}
)
_BLANK = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f]")
_DROPPED = re.compile(r"[\r\u2028-\u202e\u030a\u0333\u033f]")
_OPAQUE = frozenset({"pre", "code", "text_link", "text_mention"})
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_AFTER_ADDRESS = ".:;,('?!`"  # dropped at an address's end by Telegram's clients
_DETECT = re.compile(
    r"""(?P<url>(?:https?|tg)://[^\s<>"\xab\xbb\u2000-\u200b\u200e-\u206f]+|(?<![\w/@.])t\.me/\w+)
      |(?P<email>[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)
      |(?P<mention>(?<![\w@/])@[A-Za-z]\w{3,31}\b)
      |(?P<hashtag>(?<![\w#/])\#\w*[^\W\d]\w*)
      |(?P<cashtag>(?<![\w$])\$[A-Z]{1,8}\b)
      |(?P<bot_command>(?<![^\s("'])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z]\w{3,31})?(?![\w/]))""",
    re.VERBOSE,
)


def utf16(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def offsets(text: str) -> list[int]:
    """The UTF-16 offset at which each code point begins, and the end as the last."""
    return list(accumulate((2 if character > "\uffff" else 1 for character in text), initial=0))


def detected(text: str, taken: Iterable[Json] = ()) -> list[Json]:
    """Commands, mentions, links and tags that clients highlight by themselves, outside of code and links."""
    starts = offsets(text)
    closed = [(entity["offset"], entity["offset"] + entity["length"]) for entity in taken if entity["type"] in _OPAQUE]
    found = []
    for match in _DETECT.finditer(text):
        size = _linked_size(match[0]) if match.lastgroup == "url" else len(match[0])
        begin, end = starts[match.start()], starts[match.start() + size]
        if not any(begin < stop and start < end for start, stop in closed):
            found.append({"type": str(match.lastgroup), "offset": begin, "length": end - begin})
    return found


def _linked_size(address: str) -> int:
    """All but separators belongs to an address, but for its last marks and a bracket that it does not open."""
    stack: list[str] = []
    for place, char in enumerate(address):
        if char in _BRACKETS.values():
            stack.append(char)
        elif char in _BRACKETS and (not stack or stack.pop() != _BRACKETS[char]):
            return len(address[:place].rstrip(_AFTER_ADDRESS))
    return len(address.rstrip(_AFTER_ADDRESS))


def parse_entities(given: list[Any]) -> list[Json]:
    """The entities a caller may set; those that Telegram only detects are ignored."""
    parsed = (_entity(entity) for entity in given)
    return [entity for entity in parsed if entity is not None]


def formatted(text: str, entities: list[Json], *, limit: int, too_long: str) -> Formatted:
    """Check, clean, trim and complete what is about to be shown; the limit counts what is left after that."""
    _check_bounds(text, entities)
    text, entities = _trimmed(*_cleaned(text, entities))
    if len(text) > limit:
        raise bad_request(too_long)
    entities = sorted(entities + detected(text, entities), key=lambda entity: (entity["offset"], -entity["length"]))
    return text, tuple(entities[:ENTITIES_SHOWN])


def _entity(given: Any) -> Json | None:
    if not isinstance(given, dict):
        raise bad_request("can't parse MessageEntity: expected an Object")
    for name, kind, label in (("type", str, "String"), ("offset", int, "Number"), ("length", int, "Number")):
        if name not in given:
            raise bad_request(f"can't parse MessageEntity: Can't find field \"{name}\"")
        if not isinstance(given[name], kind):
            raise bad_request(f'can\'t parse MessageEntity: Field "{name}" must be of type {label}')
    entity = {"type": given["type"], "offset": given["offset"], "length": given["length"]}
    if entity["type"] in _DETECTED_ONLY:
        return None
    if entity["type"] in _WITH:
        return entity | _extra(given)
    if entity["type"] not in _PLAIN:
        raise bad_request("can't parse MessageEntity: Unsupported type specified")
    return entity


def _extra(given: Json) -> Json:
    required = _WITH[given["type"]]
    if required is None:
        return {"language": given["language"]} if given.get("language") else {}
    if required not in given:
        raise bad_request(f"can't parse MessageEntity: Can't find field \"{required}\"")
    if required == "url":
        check_link(given["url"], "entity")
    optional = {"date_time_format": given["date_time_format"]} if "date_time_format" in given else {}
    return {required: given[required]} | optional


def is_link(url: Any) -> bool:
    """An address that Telegram would open: http(s) with a dotted or literal host, or tg; the scheme may be missing."""
    try:
        parts = urlsplit(str(url))
    except ValueError:
        return False
    is_whole = parts.scheme == "tg" or (parts.scheme in {"http", "https"} and "." in (parts.hostname or ""))
    return is_whole or bool(re.fullmatch(r"[\w-]+(\.[\w-]+)+([/?#].*)?", str(url)))


def check_link(url: Any, owner: str) -> None:
    if not is_link(url):
        raise bad_request(f"{owner} URL '{url}' is invalid: Wrong HTTP URL")


def _check_bounds(text: str, entities: list[Json]) -> None:
    if not entities:
        return
    starts = offsets(text)
    inside = set(starts)
    for entity in entities:
        begin, end = entity["offset"], entity["offset"] + entity["length"]
        if begin < 0 or entity["length"] < 0 or begin > 1_000_000 or entity["length"] > 1_000_000:
            raise bad_request("receive an entity with incorrect offset or length")
        if end > starts[-1]:
            raise bad_request(
                f"entity beginning at UTF-16 offset {begin} ends after the end of the text at UTF-16 offset {end}"
            )
        if begin not in inside:
            raise bad_request(f"entity begins in a middle of a UTF-16 symbol at byte offset {_byte(text, begin)}")
        if end not in inside:
            raise bad_request(
                f"entity beginning at UTF-16 offset {begin} ends in a middle of a UTF-16 symbol"
                f" at byte offset {_byte(text, end)}"
            )


def _byte(text: str, offset: int) -> int:
    """The byte offset of the first code point that begins after the UTF-16 ``offset``."""
    return len(text.encode("utf-16-le")[: 2 * (offset + 1)].decode("utf-16-le", "ignore").encode())


def _cleaned(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Control characters become spaces; carriage returns, marks of direction and a few combining lines go."""
    text = _BLANK.sub(" ", text)
    if not _DROPPED.search(text):
        return text, entities
    sizes = (0 if _DROPPED.match(character) else utf16(character) for character in text)
    places = dict(zip(offsets(text), accumulate(sizes, initial=0), strict=True))
    moved = []
    for entity in entities:
        begin, end = places[entity["offset"]], places[entity["offset"] + entity["length"]]
        moved.append(entity | {"offset": begin, "length": end - begin})
    return _DROPPED.sub("", text), moved


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Outer white space goes, though not what precedes it inside of an entity; empty entities go too."""
    starts = offsets(text)
    lead = len(text) - len(text.lstrip())
    first = min((entity["offset"] for entity in entities), default=starts[-1])
    while lead and starts[lead] > first:
        lead -= 1
    kept = text[lead:].rstrip()
    size = utf16(kept)
    moved = []
    for entity in entities:
        begin = entity["offset"] - starts[lead]
        end = min(begin + entity["length"], size)
        if end > begin:
            moved.append(entity | {"offset": begin, "length": end - begin})
    return kept, moved
