"""``parse_mode`` "MarkdownV2"."""

import re
from typing import Any

from bot.playground.telegram.markup_output import Output, fail, fail_at
from bot.playground.telegram.markup_v1 import code_block

Json = dict[str, Any]

_MARKS = {"*": "bold", "_": "italic", "__": "underline", "~": "strikethrough", "||": "spoiler"}
_NAMES = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
}
_RESERVED = frozenset("]()>#+-=|{}.!")
_ESCAPED = re.compile(r"\\([\x01-\x7e])")
_TARGET = re.compile(rf"((?:{_ESCAPED.pattern}|[^)])*+)\)")
_EXPANDABLE = re.compile(r"\|\|(?=\n(?!>)|\Z)")


def markdown_v2(source: str) -> tuple[str, list[Json]]:
    output = Output()
    at = 0
    while at < len(source):
        at = _step(output, source, at)
    for left in reversed(output.open):
        if left.name == ">":
            output.end()
        else:
            raise fail_at(f"Can't find end of {_NAMES.get(left.kind, 'TextUrl')} entity", source, left.at)
    return output.text, output.entities


def _step(output: Output, source: str, at: int) -> int:
    """Read one mark or character; the position after it."""
    if (after := _quote(output, source, at)) > at:
        return after
    if escaped := _ESCAPED.match(source, at):
        output.write(escaped[1])
        return at + 2
    character = source[at]
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
        raise fail(f"Character '{character}' is reserved and must be escaped with the preceding '\\'")
    output.write(character)
    return at + 1


def _quote(output: Output, source: str, at: int) -> int:
    """The position after a mark of a quotation; ``at`` itself where none stands, though a quotation may end there."""
    is_line_start = not output.text or output.text.endswith("\n")
    is_quoted = bool(output.open) and output.open[-1].name == ">"
    if is_line_start and source[at] == ">":
        if not is_quoted:
            output.begin(">", "blockquote", at)
        return at + 1
    if is_quoted and source[at - 1] == "\n":
        output.end()
    elif is_quoted and _EXPANDABLE.match(source, at):
        output.open[-1].kind = "expandable_blockquote"
        return at + 2
    return at


def _toggle(output: Output, mark: str, at: int) -> None:
    if output.open and output.open[-1].name == mark:
        output.end()
    else:
        output.begin(mark, _MARKS[mark], at)


def _code(output: Output, source: str, at: int) -> int:
    mark = "```" if source.startswith("```", at) else "`"
    found = re.compile(rf"((?:{_ESCAPED.pattern}|(?!{mark}).)*+){mark}", re.DOTALL).match(source, at + len(mark))
    if found is None:
        raise fail_at(f"Can't find end of {'Pre' if mark == '```' else 'Code'} entity", source, at)
    inside = found[1]
    if mark == "```":
        extra, begin = code_block(inside, 0)
        inside = inside[begin:]
        output.begin(mark, "pre", at, **extra)
    else:
        output.begin(mark, "code", at)
    output.write(_ESCAPED.sub(r"\1", inside))
    output.end()
    return found.end()


def _link(output: Output, source: str, at: int) -> int:
    """Without an address in parentheses the text is the address."""
    if not source.startswith("(", at + 1):
        output.open[-1].extra = {"url": output.under(output.open[-1])}
        output.end()
        return at + 1
    target = _TARGET.match(source, at + 2)
    if target is None:
        raise fail_at("Can't find end of a URL", source, at + 2)
    output.open[-1].extra = {"url": _ESCAPED.sub(r"\1", target[1])}
    output.end()
    return target.end()
