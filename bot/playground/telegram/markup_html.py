"""``parse_mode`` "HTML"."""

import re
from typing import Any

from bot.playground.telegram.markup_output import Output, fail, fail_at

Json = dict[str, Any]

_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler", "span": "spoiler",
    "code": "code", "pre": "pre", "a": "text_link", "blockquote": "blockquote", "tg-emoji": "custom_emoji",
}  # fmt: skip
_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)?([^<>]*)>|<")
_REFERENCE = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|([A-Za-z]+));?", re.ASCII)
_CHARACTERS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ATTRIBUTE = re.compile(r"""([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?""")


def html(source: str) -> tuple[str, list[Json]]:
    output = Output()
    at = 0
    for match in _TAG.finditer(source):
        output.write(_unescaped(source[at : match.start()]))
        at = match.end()
        if match[1]:
            _close_tag(output, source, match)
        else:
            _open_tag(output, source, match)
    output.write(_unescaped(source[at:]))
    if output.open:
        raise fail(f'Can\'t find end tag corresponding to start tag "{output.open[-1].name}"')
    return _paired(output.text), output.entities


def _unescaped(source: str) -> str:
    """Numbers and the four names that Telegram knows; anything else is text."""
    return _REFERENCE.sub(_character, source)


def _character(reference: re.Match[str]) -> str:
    if reference[3]:
        return _CHARACTERS.get(reference[3], reference[0])
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    return chr(code) if 0 < code < 0x10FFFF and len(reference[0].rstrip(";")) < 10 else reference[0]


def _paired(text: str) -> str:
    """Halves of a character, as numbers can spell them, put together."""
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise fail(
            "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched"
            " surrogate code units"
        ) from None


def _open_tag(output: Output, source: str, match: re.Match[str]) -> None:
    tag = (match[2] or "").lower()
    attributes = {name.lower(): _unescaped(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(match[3] or "")}
    kind = _TAGS.get(tag)
    if kind is None:
        raise fail_at(f'Unsupported start tag "{tag}"', source, match.start())
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise fail_at('Tag "span" must have class "tg-spoiler"', source, match.start())
    extra: Json = {}
    if kind == "text_link":
        extra = {"url": attributes.get("href", "")}
    elif kind == "custom_emoji":
        extra = {"custom_emoji_id": attributes.get("emoji-id", "")}
    elif kind == "blockquote" and "expandable" in attributes:
        kind = "expandable_blockquote"
    elif tag == "code" and output.open and output.open[-1].kind == "pre":
        language = attributes.get("class", "").removeprefix("language-")
        output.open[-1].extra = {"language": language} if language else {}
    output.begin(tag, kind, match.start(), **extra)


def _close_tag(output: Output, source: str, match: re.Match[str]) -> None:
    tag = match[2] or ""
    if not output.open:
        raise fail_at("Unexpected end tag", source, match.start())
    expected = output.open[-1].name
    if tag.lower() not in {expected, ""}:
        raise fail_at("Unmatched end tag", source, match.start(), f', expected "</{expected}>", found "</{tag}>"')
    if expected == "a":
        output.open[-1].extra["url"] = output.open[-1].extra["url"] or output.under(output.open[-1])
    if expected == "code" and len(output.open) > 1 and output.open[-2].kind == "pre":
        output.open.pop()  # the language of the <pre> around it, no entity of its own
    else:
        output.end()
