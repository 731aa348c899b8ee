"""The bot's calls to providers, overheard on its own HTTP client, so that real providers are seen as well."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from itertools import count
from typing import Any, Final, Literal

import httpx

from bot.clock import Clock
from bot.playground.process.excerpt import excerpt, short
from bot.playground.process.reports import Answered, Asked, Said
from bot.providers import tokens
from bot.providers.server_sent_events import EventReader, Oversized, parsed

Json = dict[str, Any]
Tell = Callable[[Asked | Answered], None]

_KEPT: Final = 2 << 20  # bytes of an answer that are looked at
_MESSAGES: Final = 60  # the newest ones of a context


class Overheard(httpx.AsyncBaseTransport):
    """Tells of every call. No header is told; ``redact`` takes out what else may hold a key."""

    def __init__(self, inner: httpx.AsyncBaseTransport, tell: Tell, clock: Clock, redact: Callable[[str], str]) -> None:
        self._inner = inner
        self._tell = tell
        self._clock = clock
        self._redact = redact
        self._numbers = count(1)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        number = next(self._numbers)
        self._tell(_asked(number, self._clock.now(), request, await _content(request), self._redact))
        call = _Call(number, self._tell, self._clock, self._redact)
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException as error:
            call.end("broken", error)
            raise
        call.status = response.status_code
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - an async transport gives no other
        response.stream = _Body(response.stream, call)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Call:
    def __init__(self, number: int, tell: Tell, clock: Clock, redact: Callable[[str], str]) -> None:
        self.status: int | None = None
        self._number = number
        self._tell = tell
        self._clock = clock
        self._redact = redact
        self._begun = clock.monotonic()
        self._first_ms: float | None = None
        self._body = bytearray()
        self._is_over = False

    def hear(self, chunk: bytes) -> None:
        if self._first_ms is None:
            self._first_ms = self._milliseconds()
        self._body += chunk[: _KEPT - len(self._body)]

    def end(self, how: Literal["whole", "left", "broken"], error: BaseException | None = None) -> None:
        """Tell how it went; what is said of a call that is over already is not told."""
        if self._is_over:
            return
        self._is_over = True
        text, thinking, usage = _heard(bytes(self._body))
        answered = Answered(
            number=self._number,
            status=self.status,
            first_ms=self._first_ms,
            ms=self._milliseconds(),
            end=how,
            text=short(self._redact(text)),
            thinking=short(self._redact(thinking)),
            usage=excerpt(usage, self._redact),
            error="" if error is None else short(self._redact(f"{type(error).__name__}: {error}")),
        )
        self._tell(answered)

    def _milliseconds(self) -> float:
        return 1000 * (self._clock.monotonic() - self._begun)


class _Body(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, call: _Call) -> None:
        self._inner = inner
        self._call = call

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._inner:
                self._call.hear(chunk)
                yield chunk
        except Exception as error:
            self._call.end("broken", error)
            raise
        self._call.end("whole")

    async def aclose(self) -> None:
        await self._inner.aclose()
        self._call.end("left")


async def _content(request: httpx.Request) -> bytes:
    """Also of a body that is sent in slices, which may be read only once: it goes out as what was read."""
    try:
        return request.content
    except httpx.RequestNotRead:
        assert isinstance(request.stream, httpx.AsyncByteStream)  # noqa: S101 - an async client sends no other
        content = b"".join([part async for part in request.stream])
        request.stream = httpx.ByteStream(content)
        return content


def _asked(number: int, at: float, request: httpx.Request, content: bytes, redact: Callable[[str], str]) -> Asked:
    body = _object(content)
    messages = body.pop("messages", None)
    said = [_said(each, redact) for each in messages if isinstance(each, dict)] if isinstance(messages, list) else []
    return Asked(
        number=number,
        at=at,
        method=request.method,
        address=redact(str(request.url)),
        model=short(str(body.get("model", ""))),
        size=len(content),
        messages=tuple(said[-_MESSAGES:]),
        earlier=max(len(said) - _MESSAGES, 0),
        rest=excerpt(body, redact),
    )


def _said(message: Json, redact: Callable[[str], str]) -> Said:
    text = _text_of(message.get("content"))
    return Said(str(message.get("role", "")), short(redact(text)), tokens.MESSAGE_OVERHEAD + tokens.estimate(text))


def _text_of(content: Any) -> str:
    """Pictures are named, not shown: they are megabytes of base64."""
    if not isinstance(content, list):
        return content if isinstance(content, str) else ""
    parts = [part for part in content if isinstance(part, dict)]
    return "\n".join(str(part["text"]) if "text" in part else f"[{part.get('type', '')}]" for part in parts)


def _object(content: bytes) -> Json:
    with suppress(ValueError, RecursionError):
        found = json.loads(content)
        if isinstance(found, dict):
            return found
    return {}


def _heard(body: bytes) -> tuple[str, str, Json]:
    """Text, thinking and usage of an answer, streamed or not; what is no answer of a chat is text as it stands."""
    reader = EventReader()
    events: list[Any] = []
    with suppress(Oversized):
        events = [*reader.feed(body), *reader.close()]
    chunks = [event for event in events or [parsed(body)] if isinstance(event, dict)]
    said = [_delta(chunk) for chunk in chunks]
    text, thinking = ("".join(str(one.get(key) or "") for one in said) for key in ("content", "reasoning_content"))
    usage: Json = next((chunk["usage"] for chunk in reversed(chunks) if isinstance(chunk.get("usage"), dict)), {})
    if not events and not (text or thinking):
        text = body.decode("utf-8", "replace")
    return text, thinking, usage


def _delta(chunk: Json) -> Json:
    match chunk.get("choices"):
        case [{"delta": dict(said)}, *_] | [{"message": dict(said)}, *_]:
            return said
    return {}
