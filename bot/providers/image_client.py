"""Drawing over SiliconFlow's API in both its forms, and over any that speaks OpenAI's."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import httpx

from bot import __version__
from bot.clock import Clock
from bot.domain import errors as e
from bot.domain.calls import Drawn, PictureRequest
from bot.domain.chat import Account
from bot.domain.model import ImageApiFormat, Model, image_api_format
from bot.domain.model_adjustments import MemoryAdjustments
from bot.domain.provider import Provider
from bot.providers.error_mapping import translate
from bot.providers.http import FAILURES, Slices, authorization, endpoint, failed
from bot.providers.image_answer import ANSWER_LIMIT, read
from bot.providers.image_payload import fields, missing, path, spare, uploads
from bot.providers.rate_limit_headers import retry_after
from bot.providers.request_mending import MENDS, LearnedAdjustments

_ERROR_LIMIT = 64 << 10


class HttpPictureClient:
    """Speaks to every provider in ``providers`` (by name) through one HTTP client, which it does not close.

    A call is never repeated here, since each may cost: whoever admits calls admits the next one too. ``watermark``: the
    provider marks its pictures visibly as made by a machine.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        providers: Mapping[str, Provider],
        clock: Clock,
        forms: Callable[[Model], ImageApiFormat] = image_api_format,
        *,
        learned: LearnedAdjustments | None = None,
        watermark: bool = True,
    ) -> None:
        self._http = http
        self._providers = providers
        self._clock = clock
        self._forms = forms
        self._learned = learned or LearnedAdjustments(MemoryAdjustments(), {}, providers)
        self._watermark = watermark

    async def draw(self, account: Account, request: PictureRequest) -> Drawn:
        """Raises UpstreamError.

        What a model need not be told is left out where it refuses it, and remembered so; what a gateway forgets to
        translate for the provider behind it is added.
        """
        form = self._forms(request.model)
        adjustments = dict(await self._learned.of(request.model))
        body = {key: value for key, value in fields(form, request).items() if key not in adjustments}
        left_out: dict[str, str] = {}
        for _ in range(MENDS):
            try:
                drawn = await self._ask(account, form, request, body)
            except e.RequestError as error:
                if key := spare(error, form, body):
                    del body[key]
                    left_out[key] = ""
                elif lacking := missing(error, body, request):
                    body |= lacking
                else:
                    raise
            else:
                self._learned.learn(request.model, left_out)
                return drawn
        return await self._ask(account, form, request, body)

    async def _ask(
        self, account: Account, form: ImageApiFormat, request: PictureRequest, body: dict[str, Any]
    ) -> Drawn:
        headers = {**self._providers[account.provider].headers, **({} if self._watermark else form.unmarked)}
        asked = _http_request(account, headers, form, request, body)
        started = self._clock.monotonic()
        response = None
        try:
            response = await self._http.send(asked, stream=True)
            if not response.is_success:
                raise await _refusal(response, account, form, self._clock.now())
            answer = await _content(response, ANSWER_LIMIT)
        except FAILURES as failure:
            raise failed(failure, answering=response is not None, partial=False) from failure
        finally:
            if response is not None:
                await response.aclose()
        if len(answer) > ANSWER_LIMIT:
            raise e.NoPicture(detail="an answer that is too long")
        encoding = response.headers.get("content-encoding", "")
        took = self._clock.monotonic() - started
        return read(answer, request, took, base_url=account.base_url, encoding=encoding)


def _http_request(
    account: Account, own: Mapping[str, str], form: ImageApiFormat, request: PictureRequest, body: Mapping[str, Any]
) -> httpx.Request:
    url = endpoint(account.base_url, path(form, request))
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",  # so that a small body cannot become a large one
        "User-Agent": f"SiliconBot/{__version__}",
        **own,
        **authorization(account),
    }
    if files := uploads(form, request):
        return httpx.Request("POST", url, headers=headers, data=body, files=files)
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    headers |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
    return httpx.Request("POST", url, headers=headers, stream=Slices(content))


async def _refusal(response: httpx.Response, account: Account, form: ImageApiFormat, now: float) -> e.UpstreamError:
    body = bytearray()
    with suppress(*FAILURES):
        body = await _content(response, _ERROR_LIMIT)
    headers = response.headers
    error = translate(
        response.status_code,
        bytes(body[:_ERROR_LIMIT]),
        retry_after=headers.get("retry-after"),
        spent_for=retry_after(headers, now),
        trace=headers.get("x-siliconcloud-trace-id") or headers.get("x-request-id"),
        key=account.key,
        now=now,
    )
    if (
        isinstance(error, e.WrongAddress) and "{model}" in form.path
    ):  # the path names the model: it is that which is gone
        return e.ModelGone(detail=error.detail, status=error.status, code=error.code, trace=error.trace)
    return error


async def _content(response: httpx.Response, limit: int) -> bytearray:
    """The body, or of a longer one a little more than ``limit`` bytes."""
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > limit:
            break
    return content
