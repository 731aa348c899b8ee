"""Chat over any OpenAI-compatible API."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx

from bot import __version__
from bot.clock import Clock
from bot.domain import errors as e
from bot.domain.chat import Account, ChatRequest, Completion, Sink
from bot.domain.provider import Provider
from bot.providers.chat_payload import REQUIRED, chat_body
from bot.providers.chat_stream import ChatStreamParser
from bot.providers.error_mapping import translate
from bot.providers.http import FAILURES, SLICE, Slices, failed, was_dropped
from bot.providers.rate_limit_headers import retry_after
from bot.providers.server_sent_events import DONE, EventLines, Oversized

ERROR_BODY_LIMIT = 64 << 10
LIST_LIMIT = 8 << 20
LINGER_SECONDS = 0.5  # after a whole answer: for its usage, and for the body's end, which frees the connection


class HttpChatClient:
    """Speaks to every provider in ``providers`` (by name) through one HTTP client, which it does not close."""

    def __init__(self, http: httpx.AsyncClient, providers: Mapping[str, Provider], clock: Clock) -> None:
        self._http = http
        self._providers = providers
        self._clock = clock

    async def complete(self, account: Account, request: ChatRequest, sink: Sink) -> Completion:
        """Ask and stream into ``sink``. Raises UpstreamError; cancelled, it closes the connection at once.

        Two things are mended in silence, once each and only while nothing has come: a kept-alive connection that the
        other side had closed, and a parameter that the model turns out not to know.
        """
        provider = self._providers[account.provider]
        body = chat_body(provider, request)
        answer = ChatStreamParser(sink, self._clock)
        try:
            return await self._ask(account, provider, body, answer)
        except e.Unsupported as error:
            if error.partial or error.parameter in REQUIRED or error.parameter not in body:
                raise
            del body[error.parameter]
        return await self._ask(account, provider, body, answer)

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
        response = None
        spent = 0.0
        try:
            response = await self._send(_request("POST", "/chat/completions", account, provider, content))
            if not response.is_success:
                raise await _refusal(response, account, self._clock.now())
            spent = retry_after(response.headers, self._clock.now())
            await _read(response, answer)
        except FAILURES as failure:
            if not answer.finished:
                raise failed(failure, answering=response is not None, partial=answer.started) from failure
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
    }
    if account.key:
        headers["Authorization"] = f"Bearer {account.key}"
    if content is not None:
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
    if content and len(content) > SLICE:
        return httpx.Request(method, account.base_url + path, headers=headers, stream=Slices(content))
    return httpx.Request(method, account.base_url + path, headers=headers, content=content)


async def _read(response: httpx.Response, answer: ChatStreamParser) -> None:
    """All events until the body ends; once the answer is whole nobody waits long for that."""
    lines = EventLines()
    leaving = False
    try:
        async with asyncio.timeout(None) as patience:
            async for chunk in response.aiter_bytes():
                for payload in lines.feed(chunk):
                    answer.take(payload)
                if answer.finished and not leaving:
                    patience.reschedule(asyncio.get_running_loop().time() + LINGER_SECONDS)
                    leaving = answer.done
    except TimeoutError:
        return
    except Oversized as error:
        raise e.BrokenStream(detail=str(error), partial=answer.started) from error
    for payload in lines.close():
        answer.take(payload)
    if not answer.started and not answer.finished and (body := bytes(lines.stray).strip()):
        _take_whole(body, answer)


def _take_whole(body: bytes, answer: ChatStreamParser) -> None:
    """An answer that came without a stream."""
    if body.startswith(b"<"):
        raise e.WrongAddress(status=200, detail=body[: e.DETAIL_LIMIT].decode("utf-8", "replace"))
    answer.take(body)
    answer.take(DONE)


async def _refusal(response: httpx.Response, account: Account, now: float) -> e.UpstreamError:
    """The error for a status that is no success; its body is read as far as it comes."""
    body = b""
    with suppress(*FAILURES):
        body = await _body(response, ERROR_BODY_LIMIT)
    headers = response.headers
    return translate(
        response.status_code,
        body,
        retry_after=headers.get("retry-after"),
        spent_for=retry_after(headers, now),
        trace=headers.get("x-siliconcloud-trace-id") or headers.get("x-request-id"),
        key=account.key,
    )


async def _body(response: httpx.Response, limit: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) >= limit:
            break
    return bytes(body[:limit])


def _ids(body: bytes) -> frozenset[str]:
    try:
        entries = json.loads(body)["data"]
        return frozenset(entry["id"] for entry in entries if isinstance(entry["id"], str))
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise e.BrokenStream(detail="a list of models that is none") from error
