"""Addresses in a text: where one ends, whether a person may press it, and what a client would link by itself."""

import re
from collections.abc import Iterator

_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
# Telegram refuses a whole rich message for one address it cannot use, hence the dot in the host's name.
_HOST = rf"(?:{_LABEL}\.)+{_LABEL}"
_USABLE = re.compile(rf"https?://{_HOST}\.?(?::\d{{1,5}})?(?:[/?#][^\s<>\"]*)?", re.IGNORECASE)
_SCHEME = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{1,15}\Z")
_HEAD = re.compile(rf"{_HOST}(?::\d{{1,5}})?(?=[/?#]|(?![\w.:@-])|[.:](?![\w@]))", re.IGNORECASE)
# Punctuation of any language that is not ASCII ends an address, as it does in a sentence.
_RUN = re.compile(
    r"(?:[^\s<>\"`|\\\u00ab\u00bb\u2000-\u200b\u200e-\u206f\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]|\\(?=[_*&~#])){1,2000}"
)
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_IN_PATH = re.compile(r"/(?:wiki|item|baike|entry|view|tag|tags|search)/")
_ENDS = re.compile(r"\*\*|~~|\]\(")
_TRAILING = ".,;:!?'*~।॥،؛؟۔·"
_CLOSING = {")": "(", "]": "[", "}": "{"}
_LONGEST = 2000
# What Telegram's clients take into an address: all but white space and these. They drop some marks at its end again.
_LINKED = re.compile(r"[^\s<>\"\u00ab\u00bb\u2000-\u200b\u200e-\u206f]*")
_LINKED_TRAILING = ".:;,('?!`"


def usable(address: str) -> bool:
    """Whether it may be pressed: absolute, http or https, at a host of the public kind."""
    return len(address) <= _LONGEST and _USABLE.fullmatch(address) is not None


def is_address(target: str) -> bool:
    """Whether the target of a link can be an address at all: ``[1](2)`` is an index and a call."""
    return not target or any(char in target for char in "/.#:?@=")


def at_colon(text: str, colon: int, end: int) -> tuple[int, int] | None:
    """Where the address begins and ends that has its ``://`` at ``colon``; None where there is none."""
    scheme = _SCHEME.search(text, max(0, colon - 17), colon)
    run = _RUN.match(text, colon + 3, end) if scheme and text.startswith("://", colon) else None
    if not scheme or not run:
        return None
    before = text[scheme.start() - 1] if scheme.start() else ""
    size = _end_of(run[0], is_web=scheme[0].lower() in {"http", "https"}, before=before)
    return (scheme.start(), run.start() + size) if size else None


def _end_of(run: str, *, is_web: bool, before: str) -> int:
    """How much of a run without spaces is the address."""
    if cut := _ENDS.search(run):
        run = run[: cut.start()]
    head = _HEAD.match(run)
    host = _host_end(run, head.end()) if head and is_web else _plain_host_end(run)
    run = run[: _path_end(run, host)] if run[host : host + 1] in {"/", "?", "#", ":"} else run[:host]
    run = run[: _balanced(run)].rstrip(_TRAILING)
    return len(run.rstrip("_") if before == "_" else run)


def _host_end(run: str, end: int) -> int:
    """A host in ASCII ends where Chinese begins: ``e.com然后``."""
    last = run[:end].rpartition(".")[2]
    sentence = _UNSPACED.search(last)
    return end - len(last) + sentence.start() if sentence and last[0].isascii() and sentence.start() else end


def _plain_host_end(run: str) -> int:
    found = re.match(r"[\w.:@%+-]*", run, re.ASCII)
    return found.end() if found else 0


def _path_end(run: str, host: int) -> int:
    """Chinese belongs to a path where a part of the path begins with it; otherwise the sentence goes on."""
    if _IN_PATH.search(run, host):
        return len(run)
    for found in _UNSPACED.finditer(run, host):
        if run[found.start() - 1] not in "/=_-#+":
            return found.start()
    return len(run)


def _balanced(run: str) -> int:
    """The length up to a bracket that nothing in the address opens."""
    if not any(char in run for char in _CLOSING):
        return len(run)
    stack: list[str] = []
    for place, char in enumerate(run):
        if char in "([{":
            stack.append(char)
        elif char in _CLOSING and (not stack or stack.pop() != _CLOSING[char]):
            return place
    return len(run)


def linked_by_clients(text: str, start: int) -> int:
    """Where the link ends that a client makes by itself of the address at ``start``."""
    found = _LINKED.match(text, start, start + _LONGEST)
    run = found[0] if found else ""
    return start + len(run[: _balanced(run)].rstrip(_LINKED_TRAILING))


def bare(text: str) -> Iterator[tuple[int, int]]:
    """Where pressable addresses stand in a text that is not parsed any further."""
    done = 0
    colon = text.find("://")
    while colon >= 0:
        found = at_colon(text, colon, len(text))
        if found and found[0] >= done and usable(text[slice(*found)]):
            yield found
            done = found[1]
        colon = text.find("://", max(done, colon + 3))
