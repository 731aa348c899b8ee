"""The drawing endpoints, of today and of 2024: understood, measured, painted, and laid into the store."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.clock import Clock
from bot.playground.siliconflow import delivery
from bot.playground.siliconflow.completions import RateRefusal
from bot.playground.siliconflow.faults import Faults, Quirks, Reset, trick
from bot.playground.siliconflow.journal import Exchange
from bot.playground.siliconflow.meter import Meter
from bot.playground.siliconflow.picture_art import SUFFIXES, FileType, paint
from bot.playground.siliconflow.picture_call import PictureCall, read_drawing_model, read_old_call, read_picture_call
from bot.playground.siliconflow.picture_storage import Storage, spoil_of
from bot.playground.siliconflow.profiles import Profile
from bot.playground.siliconflow.refusals import JSON_TYPE, Refusal, RefusedError, as_json, invalid, rate_limited
from bot.playground.siliconflow.speed import Speed

_INFERENCE = 0.385  # seconds, as the API reports them


@dataclass(frozen=True, slots=True)
class Pictures:
    """The endpoints and all that they depend on. ``strict_sizes``: only the documented sizes are taken.
    ``is_old``: the API is that of mid-2024."""

    clock: Clock
    profile: Profile
    meter: Meter
    faults: Faults
    speed: Speed
    rate_refusal: RateRefusal
    storage: Storage
    strict_sizes: bool
    is_old: bool

    async def generate(self, request: web.Request, account: str, exchange: Exchange) -> web.StreamResponse:
        """Today's form; one picture, whatever ``batch_size`` says (it is gone since 2026-09-30)."""
        body = _object(exchange)
        model = read_drawing_model(body.get("model"), self.profile.models)
        call = read_picture_call(body, model, strict_sizes=self.strict_sizes)
        return await self._draw(request, account, exchange, call, 1)

    async def generate_old(self, request: web.Request, account: str, exchange: Exchange) -> web.StreamResponse:
        """The form of 2024, where the path names the model."""
        body = _object(exchange)
        place = request.match_info
        model = read_drawing_model(f"{place['owner']}/{place['model']}", self.profile.models)
        from_image = place["kind"] == "image-to-image"
        call = read_old_call(body, model, from_image=from_image, strict_sizes=self.strict_sizes)
        return await self._draw(request, account, exchange, call, call.batch)

    async def _draw(
        self, request: web.Request, account: str, exchange: Exchange, call: PictureCall, count: int
    ) -> web.StreamResponse:
        self._admit(account, call, count)
        fault = self.faults.take(call.model.id) or trick(call.prompt)
        if isinstance(fault, Refusal):
            raise RefusedError(fault)
        if isinstance(fault, Reset):
            delivery.reset(request)
            exchange.end = "broken off"
            return web.Response()
        await self._wait(fault)
        seed = random.randrange(2**31) if call.seed is None else call.seed  # noqa: S311 - no secret
        addresses = [await self._paint(call, seed + number) for number in range(count)]
        answer = self._answer(addresses, seed)
        exchange.text = answer["images"][0]["url"]
        return web.Response(body=as_json(answer).encode(), headers={"Content-Type": JSON_TYPE})

    async def _wait(self, quirks: Quirks | None) -> None:
        """Of the quirks of an answer, a picture knows only that it is held up."""
        if quirks is not None and quirks.hold_after is not None:
            await (quirks.release or asyncio.Event()).wait()
        if self.speed.to_first:
            await self.clock.sleep(self.speed.to_first)

    def _admit(self, account: str, call: PictureCall, count: int) -> None:
        arrival = self.meter.arrive(account, call.model.id, "image", pictures=count)
        if arrival.refused is None:
            return
        wait = self.meter.retry_after(arrival) if self.rate_refusal.with_retry_after else None
        text, with_code = self.profile.rate_text, self.rate_refusal.with_code
        raise RefusedError(rate_limited(text, arrival.refused, with_code=with_code, retry_after=wait))

    async def _paint(self, call: PictureCall, seed: int) -> str:
        """The address of the picture."""
        file_type = self._file_type(seed)
        data = await asyncio.to_thread(paint, call, seed, file_type)
        return self.storage.put(data, SUFFIXES[file_type], spoil_of(call.prompt))

    def _file_type(self, seed: int) -> FileType:
        """Nobody is told beforehand which type comes."""
        if self.is_old:
            return "WEBP"
        return "JPEG" if seed % 2 else "PNG"

    def _answer(self, addresses: list[str], seed: int) -> dict[str, Any]:
        entries = [{"url": address} for address in addresses]
        answer = {"images": entries, "timings": {"inference": _INFERENCE}, "seed": seed, "shared_id": "0"}
        return answer if self.is_old else answer | {"data": entries, "created": int(self.clock.now())}


def _object(exchange: Exchange) -> Mapping[str, Any]:
    if exchange.body is None:
        raise RefusedError(invalid())
    return exchange.body
