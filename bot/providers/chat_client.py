"""Chat over any OpenAI-compatible API."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import httpx

from bot import __version__
from bot.clock import Clock
from bot.domain import errors as e
from bot.domain.chat import Account, ChatRequest, Completion, Sink
from bot.domain.model_adjustments import MemoryAdjustments
from bot.domain.provider import Provider
from bot.providers import tokens
from bot.providers.chat_payload import chat_body
from bot.providers.chat_stream import IDLE_SECONDS, ChatStreamParser
from bot.providers.error_mapping import translate
from bot.providers.http import FAILURES, READ_SECONDS, SLICE, Slices, authorization, endpoint, failed, was_dropped
from bot.providers.rate_limit_headers import retry_after
from bot.providers.request_mending import MENDS, LearnedAdjustments, adjusted, is_lasting, mended
from bot.providers.server_sent_events import EventReader, Oversized, Spoiled, parsed

ERROR_BODY_LIMIT: Final = 64 << 10
LIST_LIMIT: Final = 8 << 20
_UNSTREAMED: Final = 3.0  # times as long as the beginning of an answer may all of it take, where it comes at once


class HttpChatClient:
    """Speaks to every provider in ``providers`` (by name) through one HTTP client, which it does not close."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        providers: Mapping[str, Provider],
        clock: Clock,
        learned: LearnedAdjustments | None = None,
    ) -> None:
        self._http = http
        self._providers = providers
        self._clock = clock
        self._learned = learned or LearnedAdjustments(MemoryAdjustments(), {}, providers)

    async def complete(self, account: Account, request: ChatRequest, sink: Sink) -> Completion:
        """Ask and stream into ``sink``. Raises UpstreamError; cancelled, it closes the connection at once.

        Mended in silence, as long as nothing has come: a kept-alive connection that the other side had closed, and
        what the model turns out not to take of a request, which is remembered with the model.
        """
        provider = self._providers[account.provider]
        usual = chat_body(provider, request)
        adjustments = dict(await self._learned.of(request.model))
        lasting: dict[str, str] = {}
        for attempt in range(MENDS + 1):
            body = adjusted(usual, adjustments)
            try:
                completion = await self._ask(account, provider, body, ChatStreamParser(sink, self._clock))
            except e.UpstreamError as error:
                if isinstance(error, e.TooLong):
                    self._learned.learn_context(request.model, error.limit)
                mend = mended(error, body)
                if mend is None or attempt == MENDS or adjusted(usual, {**adjustments, **mend}) == body:
                    if not isinstance(error, e.RequestError):  # what was left out was not the cause of this
                        self._learned.learn(request.model, lasting)
                    raise
                adjustments |= mend
                lasting |= mend if is_lasting(error) else {}
            else:
                self._learned.learn(request.model, lasting)
                return _counted(completion, request)
        raise AssertionError("the last attempt returns or raises")

    async def list_models(self, account: Account, *, chat: bool = False) -> frozenset[str]:
        """Ids of all models that the account may use; ``chat``: narrowed to chat where the provider can do that."""
        provider = self._providers[account.provider]
        query = f"?{provider.chat_query}" if chat and provider.chat_query else ""
        try:
            response = await self._send(_request("GET", f"/models{query}", account, provider))
            try:
                if not response.is_success:
                    raise await _refusal(response, account, self._clock.now())
                return _ids(await _body(response, LIST_LIMIT))
            finally:
                await response.aclose()
        except FAILURES as failure:
            raise failed(failure, answering=False, partial=False) from failure

    async def _ask(
        self, account: Account, provider: Provider, body: dict[str, Any], answer: ChatStreamParser
    ) -> Completion:
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        request = _request("POST", "/chat/completions", account, provider, content)
        start = provider.start_seconds * (1.0 if body["stream"] else _UNSTREAMED)
        read = self._http.timeout.read
        if start > READ_SECONDS == read:
            request.extensions["timeout"] = {**self._http.timeout.as_dict(), "read": start}
        response = None
        spent = 0.0
        try:
            async with asyncio.timeout(start) as patience:
                response = await self._send(request)
                if not response.is_success:
                    raise await _refusal(response, account, self._clock.now())
                spent = retry_after(response.headers, self._clock.now())
                await _read(response, answer, patience, min(IDLE_SECONDS, read or IDLE_SECONDS))
        except FAILURES as failure:
            if not answer.finished:
                raise failed(failure, answering=response is not None, partial=answer.started) from failure
        except TimeoutError as failure:
            if not answer.finished:
                begun = answer.started
                raise e.TimedOut(detail="no word in time", partial=begun, slow_start=not begun) from failure
        finally:
            if response is not None:
                await response.aclose()
        return replace(answer.end(), spent_for=spent)

    async def _send(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._http.send(request, stream=True)
        except FAILURES as failure:
            if not was_dropped(failure):
                raise
        return await self._http.send(request, stream=True)


def _request(
    method: str, path: str, account: Account, provider: Provider, content: bytes | None = None
) -> httpx.Request:
    headers = {
        "Accept": "application/json, text/event-stream",
        "Accept-Encoding": "identity",  # a compressed stream arrives late
        "User-Agent": f"SiliconBot/{__version__}",
        **provider.headers,
        **authorization(account),
    }
    url = endpoint(account.base_url, path)
    if content is not None:
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
    if content and len(content) > SLICE:
        return httpx.Request(method, url, headers=headers, stream=Slices(content))
    return httpx.Request(method, url, headers=headers, content=content)


async def _read(response: httpx.Response, answer: ChatStreamParser, patience: asyncio.Timeout, idle: float) -> None:
    """All events until the body ends. The clock runs from the last piece: bytes that say nothing do not set it back."""
    reader = EventReader()
    try:
        async for chunk in response.aiter_bytes():
            for event in reader.feed(chunk):
                answer.take(event)
            if answer.patience is not None:
                patience.reschedule(asyncio.get_running_loop().time() + min(answer.patience, idle))
                answer.patience = None
    except Oversized as error:
        raise e.BrokenStream(detail=str(error), partial=answer.started) from error
    for event in reader.close():
        answer.take(event)
    if not answer.finished:
        _take_aside(bytes(reader.stray).strip(), answer)


def _take_aside(body: bytes, answer: ChatStreamParser) -> None:
    """What came without the form of a stream: a whole answer, an error, or an answer in lines of JSON."""
    if body.startswith(b"<") and not answer.started:
        raise e.WrongAddress(status=200, detail=body[: e.DETAIL_LIMIT].decode("utf-8", "replace"))
    if not body:
        if not answer.started:
            raise (
                e.NoAnswer(status=200, detail="an empty body")
                if not answer.seen
                else e.BrokenStream(detail="the stream ended early")
            )
        return
    whole = parsed(body)
    if not isinstance(whole, Spoiled):
        answer.take_whole(whole)
        return
    for line in body.splitlines():
        answer.take(parsed(line))


def _counted(completion: Completion, request: ChatRequest) -> Completion:
    """With the prompt's tokens estimated where the provider counted the answer's alone."""
    usage = completion.usage
    if usage is None or usage.prompt:
        return completion
    return replace(completion, usage=replace(usage, prompt=tokens.prompt(request.messages)))


async def _refusal(response: httpx.Response, account: Account, now: float) -> e.UpstreamError:
    """The error for a status that is no success; its body is read as far as it comes."""
    body = b""
    with suppress(*FAILURES):
        body = await _body(response, ERROR_BODY_LIMIT)
    headers = response.headers
    return translate(
        response.status_code,
        body,
        retry_after=headers.get("retry-after") or _milliseconds(headers.get("retry-after-ms")),
        spent_for=retry_after(headers, now),
        trace=headers.get("x-siliconcloud-trace-id") or headers.get("x-request-id"),
        key=account.key,
        now=now,
    )


def _milliseconds(value: str | None) -> str | None:
    return f"{value}ms" if value else None


async def _body(response: httpx.Response, limit: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) >= limit:
            break
    return bytes(body[:limit])


def _ids(body: bytes) -> frozenset[str]:
    """What can be read of a list of models; raises BrokenStream where that is nothing."""
    ids = frozenset(_names(parsed(body)))
    if not ids:
        raise e.BrokenStream(detail="a list of models that is none")
    return ids


def _names(listed: Any) -> Iterator[str]:
    """OpenAI's ``data``, a bare list, and the ``models`` of Ollama and Google, whose entries have names."""
    keys: tuple[str, ...] = ("id",)
    if isinstance(listed, Mapping):
        keys = ("id",) if "data" in listed else ("id", "name", "model")
        listed = listed.get("data", listed.get("models"))
    for entry in listed if isinstance(listed, list) else ():
        found = [entry.get(key) for key in keys] if isinstance(entry, Mapping) else [entry]
        if name := next((name for name in found if isinstance(name, str) and name.strip()), ""):
            yield name
