"""``parse_mode``: HTML and MarkdownV2 become text and entities, or the error that Telegram gives."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from bot.playground.telegram.errors import bad_request
from bot.playground.telegram.text import utf16

Json = dict[str, Any]
Parsed = tuple[str, list[Json]]

_HTML_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler", "span": "spoiler",
    "code": "code", "pre": "pre", "a": "text_link", "blockquote": "blockquote", "tg-emoji": "custom_emoji",
}  # fmt: skip
_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)?([^<>]*)>|<")
_ATTRIBUTE = re.compile(r"""([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?""")

_MARKS = {"*": "bold", "_": "italic", "__": "underline", "~": "strikethrough", "||": "spoiler"}
_NAMES = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
}
_RESERVED = frozenset("]()>#+-=|{}.!")
_FENCE_LANGUAGE = re.compile(r"([^\s`]*)\n")


def _fail(reason: str) -> Exception:
    return bad_request(f"can't parse entities: {reason}")


def _fail_at(reason: str, source: str, at: int, more: str = "") -> Exception:
    return _fail(f"{reason} at byte offset {len(source[:at].encode())}{more}")


@dataclass(slots=True)
class _Open:
    name: str
    kind: str
    begin: int
    at: int
    extra: Json = field(default_factory=dict)


@dataclass(slots=True)
class _Output:
    """Text so far and the entities that are open in it."""

    text: str = ""
    size: int = 0
    entities: list[Json] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)

    def write(self, text: str) -> None:
        self.text += text
        self.size += utf16(text)

    def begin(self, name: str, kind: str, at: int, **extra: Any) -> None:
        self.open.append(_Open(name, kind, self.size, at, extra))

    def end(self) -> None:
        done = self.open.pop()
        if self.size > done.begin:
            self.entities.append(
                {"type": done.kind, "offset": done.begin, "length": self.size - done.begin, **done.extra}
            )


def parse(text: str, mode: str) -> Parsed:
    parsers: dict[str, Callable[[str], Parsed]] = {"html": html, "markdownv2": markdown_v2}
    if mode.lower() not in parsers:
        raise bad_request("unsupported parse_mode")
    return parsers[mode.lower()](text)


def html(source: str) -> Parsed:
    output = _Output()
    at = 0
    for match in _TAG.finditer(source):
        output.write(unescape(source[at : match.start()]))
        at = match.end()
        if match[1]:
            _close_tag(output, source, match)
        else:
            _open_tag(output, source, match)
    output.write(unescape(source[at:]))
    if output.open:
        raise _fail(f'Can\'t find end tag corresponding to start tag "{output.open[-1].name}"')
    return output.text, output.entities


def _open_tag(output: _Output, source: str, match: re.Match[str]) -> None:
    tag = (match[2] or "").lower()
    attributes = {name.lower(): unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(match[3] or "")}
    kind = _HTML_TAGS.get(tag)
    if kind is None or (tag == "span" and attributes.get("class") != "tg-spoiler"):
        raise _fail_at(f'Unsupported start tag "{tag}"', source, match.start())
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


def _close_tag(output: _Output, source: str, match: re.Match[str]) -> None:
    tag = match[2] or ""
    if not output.open:
        raise _fail_at("Unexpected end tag", source, match.start())
    expected = output.open[-1].name
    if tag.lower() not in {expected, ""}:
        raise _fail_at("Unmatched end tag", source, match.start(), f', expected "</{expected}>", found "</{tag}>"')
    if expected == "code" and len(output.open) > 1 and output.open[-2].kind == "pre":
        output.open.pop()  # the language of the <pre> around it, no entity of its own
    else:
        output.end()


def markdown_v2(source: str) -> Parsed:
    output = _Output()
    at = 0
    while at < len(source):
        at = _step(output, source, at)
    for left in reversed(output.open):
        if left.kind == "blockquote":
            output.end()
        else:
            raise _fail_at(f"Can't find end of {_NAMES.get(left.kind, 'TextUrl')} entity", source, left.at)
    return output.text, output.entities


def _step(output: _Output, source: str, at: int) -> int:
    """Read one mark or character; the position after it."""
    character = source[at]
    is_line_start = at == 0 or source[at - 1] == "\n"
    if is_line_start and output.open and output.open[-1].kind == "blockquote" and character != ">":
        output.end()
    if character == "\\" and at + 1 < len(source):
        output.write(source[at + 1])
        return at + 2
    if character == ">" and is_line_start:
        if not (output.open and output.open[-1].kind == "blockquote"):
            output.begin(">", "blockquote", at)
        return at + 1
    if character == "`":
        return _code(output, source, at)
    if character == "[":
        output.begin("[", "text_link", at)
        return at + 1
    if character == "]" and output.open and output.open[-1].name == "[":
        return _link(output, source, at)
    mark = next((mark for mark in ("__", "||", "*", "_", "~") if source.startswith(mark, at)), None)
    if mark is not None:
        _toggle(output, mark, at)
        return at + len(mark)
    if character in _RESERVED:
        raise _fail(f"Character '{character}' is reserved and must be escaped with the preceding '\\'")
    output.write(character)
    return at + 1


def _toggle(output: _Output, mark: str, at: int) -> None:
    if output.open and output.open[-1].name == mark:
        output.end()
    else:
        output.begin(mark, _MARKS[mark], at)


def _code(output: _Output, source: str, at: int) -> int:
    mark = "```" if source.startswith("```", at) else "`"
    end = re.compile(rf"(?<!\\){mark}").search(source, at + len(mark))
    if end is None:
        raise _fail_at(f"Can't find end of {'Pre' if mark == '```' else 'Code'} entity", source, at)
    inside = source[at + len(mark) : end.start()]
    extra: Json = {}
    if mark == "```" and (language := _FENCE_LANGUAGE.match(inside)):
        inside = inside[language.end() :]
        extra = {"language": language[1]} if language[1] else {}
    output.begin(mark, "pre" if mark == "```" else "code", at, **extra)
    output.write(re.sub(r"\\(.)", r"\1", inside, flags=re.DOTALL))
    output.end()
    return end.end()


def _link(output: _Output, source: str, at: int) -> int:
    target = re.compile(r"\]\(((?:\\.|[^)\\])*)\)", re.DOTALL).match(source, at)
    if target is None:
        raise _fail_at("Can't find end of a URL", source, at)
    output.open[-1].extra = {"url": re.sub(r"\\(.)", r"\1", target[1], flags=re.DOTALL)}
    output.end()
    return target.end()
