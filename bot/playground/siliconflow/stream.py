"""A streamed answer as steps: bytes to send, and what to wait for between them. Pure; the server performs the steps."""

import asyncio
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final

from bot.playground.siliconflow import refusals, tokens
from bot.playground.siliconflow.faults import Quirks
from bot.playground.siliconflow.refusals import as_json
from bot.playground.siliconflow.script import Script
from bot.playground.siliconflow.speed import Speed
from bot.playground.siliconflow.tokens import Usage

Json = dict[str, Any]


class Break(Enum):
    """The connection closes here, though the answer is not whole."""

    HERE = "here"


# A float: seconds to sleep, 0 where only a write of its own is wanted.
Wait = asyncio.Event | float
Step = bytes | Wait | Break

_DONE: Final = b"data: [DONE]\n\n"
_COMMENT: Final = b": keep-alive\n\n"
_FILTER_RESULTS: Final = {name: {"filtered": False} for name in ("hate", "self_harm", "sexual", "violence")}


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is the same in all chunks of an answer. ``details``: usage has more than three counters."""

    id: str
    created: int
    model: str
    details: bool

    def chunk(self, choices: list[Json], usage: Usage) -> Json:
        counted = usage.running() if self.details else usage.counters()
        return self._head("chat.completion.chunk", choices) | {"system_fingerprint": "", "usage": counted}

    def whole(self, script: Script, usage: Usage, quirks: Quirks) -> Json:
        """The answer where nobody asked for a stream."""
        message: Json = {"role": "assistant", "content": None if quirks.null_content else script.text}
        if script.thinking:
            message[quirks.reasoning_key] = script.thought
        choice: Json = {"index": 0, "message": message, "finish_reason": script.finish}
        if quirks.filter_results:
            choice["content_filter_results"] = _FILTER_RESULTS
        answer = self._head("chat.completion", [choice])
        if quirks.usage != "none":
            answer["usage"] = usage.whole() if self.details else usage.counters()
        return answer | {"system_fingerprint": ""}

    def _head(self, kind: str, choices: list[Json]) -> Json:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model, "choices": choices}


def reworded(script: Script, quirks: Quirks) -> Script:
    """What of the quirks changes the words themselves."""
    if quirks.empty_answer:
        script = replace(script, pieces=())
    if quirks.think_tags and script.thinking:
        pieces = ["<think>\n", *script.thinking, "\n</think>\n\n", *script.pieces]
        script = replace(script, pieces=pieces, thinking=())
    return script


def steps(script: Script, envelope: Envelope, usage: Usage, speed: Speed, quirks: Quirks) -> Iterator[Step]:
    """The whole stream; ``usage`` is what was counted before it."""
    for item in _bent(_chunks(script, envelope, usage, speed), quirks):
        if isinstance(item, dict):
            yield from _framed(b"data: " + as_json(item).encode("utf-8", "replace") + b"\n\n", quirks)
        elif isinstance(item, bytes):
            yield from _framed(item, quirks)
        else:
            yield item


def _chunks(script: Script, envelope: Envelope, usage: Usage, speed: Speed) -> Iterator[Json | Wait]:
    """The plain form: thinking first, then text, then the reason why it ended; each with the usage until then."""
    if script.hold:
        yield script.hold
    if speed.to_first:
        yield speed.to_first
    first = _delta(None, "") if script.thinking else _delta("", None)
    yield envelope.chunk([_choice(first | {"role": "assistant"})], usage)
    said = [*((piece, True) for piece in script.thinking), *((piece, False) for piece in script.pieces)]
    for piece, thinks in said:
        if isinstance(piece, asyncio.Event):
            yield piece
            continue
        size = tokens.count(piece)
        if speed.per_second != math.inf:
            yield size / speed.per_second
        if thinks:
            usage = replace(usage, thinking=usage.thinking + size)
            yield envelope.chunk([_choice(_delta(None, piece))], usage)
        else:
            usage = replace(usage, text=usage.text + size)
            yield envelope.chunk([_choice(_delta(piece, None))], usage)
    yield envelope.chunk([_choice(_delta("", None), script.finish)], usage)


def _delta(content: str | None, reasoning: str | None) -> Json:
    return {"content": content, "reasoning_content": reasoning}


def _choice(delta: Json, finish: str | None = None) -> Json:
    return {"index": 0, "delta": delta, "finish_reason": finish}


def _bent(items: Iterator[Json | Wait], quirks: Quirks) -> Iterator[Json | Wait | bytes | Break]:
    """The stream with what the quirks add to it, take from it, and how they end it."""
    sent = 0
    last: Json = {}
    for item in items:
        if not isinstance(item, dict):
            yield item
            continue
        if sent == quirks.hold_after:
            yield quirks.release or asyncio.Event()
        if sent in (quirks.cut_after, quirks.end_after, quirks.error_after):
            break
        last = item
        yield from _changed(item, quirks, first=sent == 0)
        sent += 1
    else:
        if quirks.hold_after is not None and quirks.hold_after >= sent:
            yield quirks.release or asyncio.Event()
    yield from _ending(last, quirks)


def _changed(chunk: Json, quirks: Quirks, *, first: bool) -> Iterator[Json]:
    changed = chunk | {"choices": [_changed_choice(choice, quirks) for choice in chunk["choices"]]}
    extra = []
    if first and quirks.empty_choices:
        extra.append(chunk | {"choices": []})
    if first and quirks.null_content:
        extra.append(chunk | {"choices": [_choice(_delta(None, None))]})
    for one in (changed, *extra):
        if quirks.usage != "each":
            del one["usage"]
        yield one


def _changed_choice(choice: Json, quirks: Quirks) -> Json:
    delta = {quirks.reasoning_key if key == "reasoning_content" else key: said for key, said in choice["delta"].items()}
    changed = choice | {"delta": delta}
    if quirks.empty_finish and changed["finish_reason"] is None:
        changed["finish_reason"] = ""
    if quirks.filter_results:
        changed["content_filter_results"] = _FILTER_RESULTS
    return changed


def _ending(last: Json, quirks: Quirks) -> Iterator[Json | bytes | Break]:
    if quirks.cut_after is not None:
        yield Break.HERE
    elif quirks.error_after is not None:
        yield b"data: " + refusals.OVERLOADED.content.encode() + b"\n\n"
    elif quirks.end_after is None:
        if quirks.usage == "last":
            yield last | {"choices": []}
        yield _DONE


def _framed(event: bytes, quirks: Quirks) -> Iterator[bytes | Wait]:
    if quirks.comments:
        event = _COMMENT + event
    if quirks.crlf:
        event = event.replace(b"\n", b"\r\n")  # JSON holds no raw line ends
    if not quirks.odd_borders:
        yield event
        return
    border = next((i for i, byte in enumerate(event) if 0x80 <= byte < 0xC0), len(event) // 2)
    yield event[:border]
    yield 0.0
    yield event[border:]
    yield 0.0
