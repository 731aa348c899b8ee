"""``parse_mode`` "Markdown", the old one: no nesting, and escapes outside of entities only."""

import re
from typing import Any

from bot.playground.telegram.markup_output import Output, fail_at

Json = dict[str, Any]

_MARK = re.compile(r"\\([_*`\[])|(```|[_*`\[])")
_KINDS = {"_": "italic", "*": "bold", "`": "code", "```": "pre", "[": "text_link"}
_LANGUAGE = re.compile(r"[^\s`]+(?=\s)")
_LINE_END = re.compile(r"\r\n|\n\r|\r|\n")


def markdown(source: str) -> tuple[str, list[Json]]:
    """An entity ends at the next mark of its kind, whatever stands between them."""
    output = Output()
    at = 0
    while found := _MARK.search(source, at):
        output.write(source[at : found.start()] + (found[1] or ""))
        at = _entity(output, source, found) if found[2] else found.end()
    output.write(source[at:])
    return output.text, output.entities


def _entity(output: Output, source: str, mark: re.Match[str]) -> int:
    """Read the entity that begins with ``mark``; the position after it."""
    extra, begin = code_block(source, mark.end()) if mark[2] == "```" else ({}, mark.end())
    end_mark = "]" if mark[2] == "[" else mark[2]
    end = source.find(end_mark, begin)
    if end < 0:
        raise fail_at("Can't find end of the entity starting", source, mark.start())
    inside, after = source[begin:end], end + len(end_mark)
    if mark[2] == "[":
        extra["url"], after = _address(source, inside, after)
    output.begin(mark[2], _KINDS[mark[2]], mark.start(), **extra)
    output.write(inside)
    output.end()
    return after


def code_block(source: str, begin: int) -> tuple[Json, int]:
    """What follows the three marks: the language, if any, and where the code itself begins."""
    extra: Json = {}
    if language := _LANGUAGE.match(source, begin):
        extra["language"] = language[0]
        begin = language.end()
    line_end = _LINE_END.match(source, begin)
    return extra, line_end.end() if line_end else begin


def _address(source: str, inside: str, after: int) -> tuple[str, int]:
    """What stands in parentheses, which may lack their end, or else the text; and the position after it."""
    if not source.startswith("(", after):
        return inside, after
    end = source.find(")", after)
    end = len(source) if end < 0 else end
    return source[after + 1 : end], end + 1
