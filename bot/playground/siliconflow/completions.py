"""POST /chat/completions: understood, measured, answered, and sent as fast as was ordered."""

import uuid
from dataclasses import dataclass
from secrets import randbits

from aiohttp import web

from bot.clock import Clock
from bot.playground.siliconflow import delivery, tokens
from bot.playground.siliconflow.answers import compose
from bot.playground.siliconflow.call import Call, read_call, read_model
from bot.playground.siliconflow.faults import PLAIN, Faults, Quirks, Reset, trick
from bot.playground.siliconflow.journal import Exchange
from bot.playground.siliconflow.meter import Arrival, Meter
from bot.playground.siliconflow.profiles import Profile
from bot.playground.siliconflow.prompt_cache import PromptCache
from bot.playground.siliconflow.refusals import Refusal, RefusedError, as_json, invalid, rate_limited
from bot.playground.siliconflow.script import Answers, Script
from bot.playground.siliconflow.speed import Speed
from bot.playground.siliconflow.stream import Envelope, reworded, steps
from bot.playground.siliconflow.tokens import Usage


@dataclass(frozen=True, slots=True)
class RateRefusal:
    """How a 429 looks: the API sends its code at times, and no Retry-After as far as is known."""

    with_code: bool = False
    with_retry_after: bool = False


AS_KNOWN = RateRefusal()


@dataclass(frozen=True, slots=True)
class Completions:
    """The endpoint and all that it depends on."""

    clock: Clock
    profile: Profile
    meter: Meter
    answers: Answers
    faults: Faults
    speed: Speed
    rate_refusal: RateRefusal
    cache: PromptCache

    async def answer(self, request: web.Request, account: str, exchange: Exchange) -> web.StreamResponse:
        """Raises RefusedError for what is wrong with the request (then it does not count), is too much, or was ordered
        to fail (then it does)."""
        body = exchange.body
        if body is None:
            raise RefusedError(invalid())
        model = read_model(body, self.profile.models)
        call = read_call(body, model)
        arrival = self._admit(account, call)
        fault = self.faults.take(model.id) or trick(call.question.text) or PLAIN
        if isinstance(fault, Refusal):
            raise RefusedError(fault)
        if isinstance(fault, Reset):
            delivery.reset(request)
            exchange.end = "broken off"
            return web.Response()
        script = reworded(self._script(call), fault)
        before = Usage(call.prompt_tokens, self.cache.hit(account, call, body))
        arrival.tokens = script.usage(before).total
        return await self._deliver(request, call, script, before, fault, exchange)

    def _admit(self, account: str, call: Call) -> Arrival:
        arrival = self.meter.arrive(account, call.model.id, "chat", tokens=call.prompt_tokens)
        if arrival.refused is None:
            return arrival
        wait = self.meter.retry_after(arrival) if self.rate_refusal.with_retry_after else None
        text, with_code = self.profile.rate_text, self.rate_refusal.with_code
        raise RefusedError(rate_limited(text, arrival.refused, with_code=with_code, retry_after=wait))

    def _script(self, call: Call) -> Script:
        if prepared := self.answers.take(call):
            return prepared
        answer, size = compose(call), self.speed.chunk
        return Script(tokens.groups(answer.text, size), tokens.groups(answer.thinking, size), finish=answer.finish)

    async def _deliver(
        self, request: web.Request, call: Call, script: Script, before: Usage, quirks: Quirks, exchange: Exchange
    ) -> web.StreamResponse:
        now = self.clock.now()
        envelope = Envelope(_new_id(now), int(now), call.model.id, self.profile.usage_details)
        whole = envelope.whole(script, script.usage(before), quirks)
        exchange.status, exchange.text, exchange.thinking = 200, script.text, script.thought
        exchange.usage = whole.get("usage")
        course = steps(script, envelope, before, self.speed, quirks)
        if call.stream:
            response, is_whole = await delivery.stream(request, course, self.clock)
        else:
            content = as_json(whole).encode("utf-8", "replace")
            response, is_whole = await delivery.whole(request, course, content, self.clock)
        exchange.end = "answered" if is_whole else "broken off"
        return response


def _new_id(now: float) -> str:
    """A UUIDv7 without dashes, as the API gives them."""
    milliseconds = int(now * 1000)
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | randbits(12) << 64 | 2 << 62 | randbits(62)).hex
