"""``<details><summary>…</summary>``, the one HTML block that models use in chat: what is folded away."""

import re

from markdown_it.rules_block import StateBlock

_HEAD = re.compile(r"<details(?:\s+open)?>\s*(?:\n\s*)?<summary>(.*?)</summary>\s*(?:\n|$)", re.IGNORECASE)
_OPENING = re.compile(r"\s*<details\b", re.IGNORECASE)
_CLOSING = re.compile(r"\s*</details>\s*$", re.IGNORECASE)
_NESTED = 4


def block(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    begin = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("<", begin) or not _OPENING.match(state.src, begin):
        return False
    head = state.getLines(start, min(start + 3, end), state.blkIndent, keepLastLF=False).lstrip()
    opening = _HEAD.match(head)
    closing = _closing_line(state, start + 1, end) if opening else None
    if opening is None or closing is None:
        return False
    if silent:
        return True
    state.push("details_open", "details", 1)
    summary = state.push("inline", "", 0)
    summary.content, summary.children = opening[1].strip(), []
    body = start + opening[0].rstrip("\n").count("\n") + 1
    parent, maximum = state.parentType, state.lineMax
    state.parentType, state.lineMax = "container", closing
    state.md.block.tokenize(state, body, closing)
    state.parentType, state.lineMax = parent, maximum
    state.push("details_close", "details", -1)
    state.line = closing + 1
    return True


def _closing_line(state: StateBlock, start: int, end: int) -> int | None:
    """Where the details that opened above ``start`` end; None also where they nest too deep to be looked through."""
    nested = 0
    for line in range(start, end):
        text = state.src[state.bMarks[line] : state.eMarks[line]]
        if _CLOSING.match(text):
            if not nested:
                return line
            nested -= 1
        elif _OPENING.match(text):
            nested += 1
            if nested > _NESTED:
                return None
    return None
