"""The tags that models put into a line: styles, line breaks, and addresses in angle brackets. Others are text."""

import re

from markdown_it.rules_inline import StateInline

_TAGS = {"b": "strong", "i": "em", "del": "s"}  # the others bear their token's name
_TAG = re.compile(r"<(b|strong|i|em|u|s|del|sub|sup)>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>\n?", re.IGNORECASE)
_ADDRESS = re.compile(r"<(https?://[^\s<>]+)>", re.IGNORECASE)
_REACH = 2000  # characters in which a tag must be closed; keeps many open tags from costing the square of their number


def inline(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    if state.src[state.pos] != "<":
        return False
    return _line_break(state, silent=silent) or _address(state, silent=silent) or _style(state, silent=silent)


def _line_break(state: StateInline, *, silent: bool) -> bool:
    found = _BREAK.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.push("hardbreak", "br", 0)
    state.pos = found.end()
    return True


def _address(state: StateInline, *, silent: bool) -> bool:
    found = _ADDRESS.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.push("text", "", 0).content = found[1]
    state.pos = found.end()
    return True


def _style(state: StateInline, *, silent: bool) -> bool:
    found = _TAG.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    closing = f"</{found[1]}>"
    end = state.src.find(closing, found.end(), min(state.posMax, found.end() + _REACH))
    if end < 0:
        return False
    if not silent:
        name, maximum = _TAGS.get(found[1].lower(), found[1].lower()), state.posMax
        state.push(f"{name}_open", name, 1)
        state.pos, state.posMax = found.end(), end
        state.md.inline.tokenize(state)
        state.push(f"{name}_close", name, -1)
        state.posMax = maximum
    state.pos = end + len(closing)
    return True
