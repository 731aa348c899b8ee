"""One answer while it comes in: events of a chat completion in, pieces to the sink, a completion at the end."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bot.clock import Clock
from bot.domain import errors as e
from bot.domain.chat import Completion, Finish, Sink
from bot.providers.delta_text import FAULTS, FINISHES, GOES_ON, NOT_YET, DeltaText, pieces, word
from bot.providers.error_body import is_refusal
from bot.providers.error_mapping import translate
from bot.providers.server_sent_events import DONE, Event, Spoiled
from bot.providers.thinking import Kind, ThinkingFilter, without_bare_channels
from bot.providers.token_usage import UsageReader
from bot.providers.tokens import estimate

IDLE_SECONDS: Final = 45.0  # after the last piece of an answer that goes on
LINGER_SECONDS: Final = 0.5  # after a whole answer: for its usage, and for the body's end, which frees the connection
DOUBTFUL_SECONDS: Final = 4.0  # after an end that came with a piece, as some servers write it into each event


_WRAPPERS: Final = ("data", "output", "result", "response")  # objects in which some gateways put the completion
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NOTHING: Final[Mapping[str, Any]] = {}


class ChatStreamParser:
    """Raises an UpstreamError for what is no answer."""

    __slots__ = (
        *("_clock", "_finish", "_first", "_goes_on", "_half", "_index", "_open_end", "_seen", "_sink", "_start"),
        *("_filter", "_text", "_text_deltas", "_thinking", "_thinking_deltas", "_usage", "done", "patience"),
    )

    def __init__(self, sink: Sink, clock: Clock) -> None:
        self.done = False  # the last event has come
        self.patience: float | None = None  # seconds for which the next event is waited for; None: as before
        self._sink = sink
        self._clock = clock
        self._start = clock.monotonic()
        self._first: float | None = None
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._text_deltas = DeltaText()
        self._thinking_deltas = DeltaText()
        self._filter = ThinkingFilter()
        self._half = ""
        self._index: Any = None  # of the choice that is the answer
        self._seen = False  # a choice has come
        self._open_end = False  # choices said that they were not the last
        self._goes_on = False  # in words
        self._finish: str | None = None
        self._usage = UsageReader()

    @property
    def started(self) -> bool:
        """The sink has got something."""
        return self._first is not None

    @property
    def seen(self) -> bool:
        """A choice has come, though perhaps an empty one."""
        return self._seen

    @property
    def finished(self) -> bool:
        """The provider has said that the answer is whole."""
        return self._finish is not None or self.done

    def take(self, event: Event) -> None:
        """One event of the stream."""
        if self.done or event is None:
            return
        if event is DONE:
            self.done, self.patience = True, LINGER_SECONDS
        elif isinstance(event, list):
            for each in event:
                self.take(each)
        elif isinstance(event, dict):
            self._take(_unwrapped(event))
        elif not self._answered:
            said = event.payload if isinstance(event, Spoiled) else str(event).encode()
            raise translate(200, said, partial=self.started)

    def take_whole(self, event: Event) -> None:
        """An answer that came without a stream."""
        self.take(event)
        self._open_end = False
        self.take(DONE)

    def end(self) -> Completion:
        """The completion. Raises NoAnswer, or BrokenStream where the provider never said that it was whole."""
        finish = self._ended()
        self._think(self._thinking_deltas.close())
        self._filtered(self._filter.feed(self._joined(self._text_deltas.close())))
        self._filtered(self._filter.close())
        self._put_right(finish)
        text, thinking = "".join(self._text), "".join(self._thinking)
        return Completion(
            text=text,
            thinking=thinking,
            finish=finish,
            usage=self._usage.usage(lambda: estimate(text) + estimate(thinking)),
            seconds_to_first=None if self._first is None else self._first - self._start,
            seconds=self._clock.monotonic() - self._start,
        )

    @property
    def _answered(self) -> bool:
        """What comes now cannot spoil the answer any more."""
        return self._finish is not None and self.started

    def _ended(self) -> Finish:
        if not self._seen:
            raise (
                e.NoAnswer(status=200, detail="no completion in the answer")
                if self.done
                else e.BrokenStream(detail="the stream ended before an answer", partial=self.started)
            )
        if self._finish is None and (not self.done or (self._open_end and not self._goes_on)):
            raise e.BrokenStream(detail="the stream ended early", partial=self.started)
        return FINISHES.get(self._finish or "stop", "stop")

    def _take(self, event: dict[str, Any]) -> None:
        choices = [choice for choice in _list(event.get("choices")) if isinstance(choice, dict)]
        mine = [choice for choice in choices if self._is_mine(choice)]
        failed = any(word(_finish(choice)) in FAULTS for choice in mine)
        if failed or is_refusal(event, beside_choice=bool(mine)):
            if self._answered:
                return
            raise translate(200, event, partial=self.started)
        for usage in (event.get("usage"), event.get("usageMetadata"), *(choice.get("usage") for choice in mine)):
            self._usage.take(usage)
        if "eval_count" in event:
            self._usage.take(event)
        for choice in mine:
            self._choice(choice)

    def _is_mine(self, choice: Mapping[str, Any]) -> bool:
        """Of several choices the first that came is the answer."""
        if not self._seen:
            self._seen, self._index = True, choice.get("index")
        return self._index is None or choice.get("index", self._index) == self._index

    def _choice(self, choice: Mapping[str, Any]) -> None:
        reason = word(_finish(choice))
        ends = reason not in NOT_YET and reason not in GOES_ON
        before = self._text_deltas.whole_size + self._thinking_deltas.whole_size
        delta = choice.get("delta") or ({"text": choice["text"]} if choice.get("text") else None)
        self._says({"content": delta} if isinstance(delta, str) else delta, last=ends)
        self._says(choice.get("message"), last=True, is_message=True)
        grown = self._text_deltas.whole_size + self._thinking_deltas.whole_size > before
        self._wait(ends=ends, grown=grown)
        self._goes_on = self._goes_on or reason in GOES_ON
        self._open_end = "finish_reason" in choice and not ends
        if ends:
            self._finish = reason

    def _wait(self, *, ends: bool, grown: bool) -> None:
        """An end in an event without a piece is the end; where one came with pieces, more of both may come."""
        if grown:
            self.patience = IDLE_SECONDS if not ends or self._finish is not None else DOUBTFUL_SECONDS
        elif ends and self._finish is None:
            self.patience = LINGER_SECONDS if self.started else DOUBTFUL_SECONDS

    def _says(self, said: Any, *, last: bool, is_message: bool = False) -> None:
        if not isinstance(said, Mapping):
            return
        for thinks, text in _merged(pieces(said)):
            deltas = self._thinking_deltas if thinks else self._text_deltas
            new = deltas.message(text) if is_message else deltas.delta(text, last=last)
            if thinks:
                self._think(new)
            else:
                self._filtered(self._filter.feed(self._joined(new)))

    def _filtered(self, found: Sequence[tuple[Kind, str]]) -> None:
        for kind, piece in found:
            if kind == "void":
                self._thinking += self._text
                self._text.clear()
                self._again()
            elif kind == "thinking":
                self._think(piece)
            else:
                self._say(piece)

    def _put_right(self, finish: Finish) -> None:
        """Where the whole text shows what of it is the answer."""
        text, thinking = "".join(self._text), "".join(self._thinking)
        if found := without_bare_channels(text):
            self._thinking, self._text = [thinking + found[0]], [found[1]]
            self._again()
        elif not text.strip() and thinking.strip() and finish == "stop" and not self._filter.thought:
            self._thinking, self._text = [], [thinking]  # servers that look for thinking where there was none
            self._again()

    def _again(self) -> None:
        """Give the sink all anew."""
        self._sink.restart()
        if thinking := "".join(self._thinking):
            self._sink.thinking(thinking)
        if text := "".join(self._text):
            self._sink.text(text)

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

    def _joined(self, piece: str) -> str:
        """Joins a character that JSON wrote as two halves in two events; a lone half could not be stored or sent."""
        if not piece or (not self._half and not _SURROGATE.search(piece)):
            return piece
        piece, self._half = self._half + piece, ""
        if "\ud800" <= piece[-1] <= "\udbff":
            piece, self._half = piece[:-1], piece[-1]
        return piece.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _unwrapped(event: dict[str, Any]) -> dict[str, Any]:
    """The event as a completion: out of its wrapper, and Ollama's own form as a choice."""
    if "choices" in event:
        return event
    for name in _WRAPPERS:
        inner = event.get(name)
        if isinstance(inner, dict) and "choices" in inner:
            return {**event, **inner}
    message = event.get("message")
    if isinstance(message, dict) and ("done" in event or "content" in message):
        reason = (event.get("done_reason") or "stop") if event.get("done") else None
        return {**event, "message": None, "choices": [{"message": message, "finish_reason": reason}]}
    return event


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _finish(choice: Mapping[str, Any]) -> Any:
    return choice.get("finish_reason") or choice.get("finishReason")


def _merged(said: Iterator[tuple[bool, str]]) -> list[tuple[bool, str]]:
    """Of one kind one text, so that repetitions are seen; thinking first."""
    texts = {True: "", False: ""}
    for thinks, text in said:
        texts[thinks] += text
    return [(thinks, text) for thinks, text in texts.items() if text]
