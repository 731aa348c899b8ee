"""One answer while it comes in: chunks of a chat completion in, pieces to the sink, a completion at the end."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json

from bot.clock import Clock
from bot.domain import errors as e
from bot.domain.chat import Completion, Finish, Sink
from bot.domain.money import TokenUsage
from bot.providers.error_mapping import translate
from bot.providers.server_sent_events import DONE
from bot.providers.thinking import ThinkSplitter

# What other words than "stop" mean; unknown ones, and "eos", are a stop.
FINISHES: Mapping[str, Finish] = {
    "length": "length",
    "max_tokens": "length",
    "content_filter": "filtered",
    "sensitive": "filtered",
}
_FAULTS = ("error", "network_error")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOTHING: Mapping[str, Any] = {}


class ChatStreamParser:
    """Raises an UpstreamError for what is no answer.

    ``started``: the sink has got something; ``finished``: the provider has said that the answer is whole; ``done``: its
    last event has come.
    """

    __slots__ = (
        "_clock",
        "_finish",
        "_first",
        "_half",
        "_sink",
        "_splitter",
        "_start",
        "_text",
        "_thinking",
        "_usage",
        "done",
    )

    def __init__(self, sink: Sink, clock: Clock) -> None:
        self._sink = sink
        self._clock = clock
        self._start = clock.monotonic()
        self._first: float | None = None
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._splitter = ThinkSplitter()
        self._half = ""
        self._finish: str | None = None
        self._usage: Mapping[str, Any] | None = None
        self.done = False

    @property
    def started(self) -> bool:
        return self._first is not None

    @property
    def finished(self) -> bool:
        return self._finish is not None

    def take(self, payload: bytes) -> None:
        """One event of the stream, or a whole completion that came without a stream."""
        if self.done:
            return
        if payload == DONE:
            self.done = True
            self._finish = self._finish or "stop"
            return
        try:
            event = _parsed(payload)
        except (ValueError, RecursionError) as error:
            raise e.BrokenStream(detail="an event that is no JSON", partial=self.started) from error
        if not isinstance(event, dict):
            raise translate(200, payload, partial=self.started)
        choice = self._choice(event)
        usage = event.get("usage") or choice.get("usage")
        if isinstance(usage, dict):
            self._usage = usage  # cumulative: the last one counts
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            self._delta(delta)
        if (reason := choice.get("finish_reason")) and reason != "null":  # DashScope's word for none
            self._finish = str(reason)

    def end(self) -> Completion:
        """The completion. Raises BrokenStream where the provider never said that it was whole."""
        if self._finish is None:
            raise e.BrokenStream(detail="the stream ended early", partial=self.started)
        thinking, text = self._splitter.close()
        self._think(thinking)
        self._say(text)
        return Completion(
            text="".join(self._text),
            thinking="".join(self._thinking),
            finish=FINISHES.get(self._finish, "stop"),
            usage=_usage(self._usage),
            seconds_to_first=None if self._first is None else self._first - self._start,
            seconds=self._clock.monotonic() - self._start,
        )

    def _choice(self, event: dict[str, Any]) -> Mapping[str, Any]:
        """The first choice; an empty one where a chunk has none. Raises where the event tells of an error."""
        choices = event.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else _NOTHING
        if not isinstance(choice, dict):
            choice = _NOTHING
        if (
            event.get("error")
            or choice.get("finish_reason") in _FAULTS
            or (choices is None and (event.get("code") or event.get("message")))
        ):
            raise translate(200, event, partial=self.started)
        return choice

    def _delta(self, delta: dict[str, Any]) -> None:
        thinking = delta.get("reasoning_content") or delta.get("reasoning")
        if thinking and isinstance(thinking, str):
            self._think(thinking)
        text = delta.get("content")
        if text and isinstance(text, str):
            leaked, text = self._splitter.feed(self._whole(text))
            self._think(leaked)
            self._say(text)

    def _think(self, piece: str) -> None:
        if piece:
            self._mark()
            piece = _SURROGATE.sub("\ufffd", piece)
            self._thinking.append(piece)
            self._sink.thinking(piece)

    def _say(self, piece: str) -> None:
        if piece:
            self._mark()
            self._text.append(piece)
            self._sink.text(piece)

    def _mark(self) -> None:
        if self._first is None:
            self._first = self._clock.monotonic()

    def _whole(self, piece: str) -> str:
        """Joins a character that JSON wrote as two halves in two events; a lone half could not be stored or sent."""
        if not self._half and not _SURROGATE.search(piece):
            return piece
        piece, self._half = self._half + piece, ""
        if "\ud800" <= piece[-1] <= "\udbff":
            piece, self._half = piece[:-1], piece[-1]
        return piece.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _parsed(payload: bytes) -> Any:
    """Raises ValueError and RecursionError. The quick parser refuses broken text and halves of characters."""
    try:
        return from_json(payload)
    except ValueError:
        return json.loads(payload.decode("utf-8", "replace"))


def _usage(sent: Mapping[str, Any] | None) -> TokenUsage | None:
    if sent is None:
        return None
    prompt, output = _count(sent, "prompt_tokens"), _count(sent, "completion_tokens")
    cached = _count(sent.get("prompt_tokens_details"), "cached_tokens") or _count(sent, "prompt_cache_hit_tokens")
    reasoning = _count(sent.get("completion_tokens_details"), "reasoning_tokens")
    return TokenUsage(prompt, output, min(cached or _count(sent, "cached_tokens"), prompt), min(reasoning, output))


def _count(counters: Any, name: str) -> int:
    value = counters.get(name) if isinstance(counters, dict) else None
    return value if isinstance(value, int) and value > 0 else 0
