"""The local SiliconFlow keeps limits per account and model, and can prove that a client kept them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import FakeClock
from bot.domain.model import Metric
from bot.playground.siliconflow import LocalSiliconFlow, RateRefusal
from bot.playground.siliconflow.meter import Meter

CHAT = "Qwen/Qwen2.5-7B-Instruct"
OTHER = "THUDM/GLM-4-9B-0414"

Start = Callable[..., Awaitable[LocalSiliconFlow]]


@pytest.fixture
async def start(clock: FakeClock) -> AsyncIterator[Start]:
    """Starts servers with these settings, and stops them at the end."""
    servers: list[LocalSiliconFlow] = []

    async def start(**settings: Any) -> LocalSiliconFlow:
        servers.append(LocalSiliconFlow(clock, **settings))
        await servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        await server.stop()


async def ask(server: LocalSiliconFlow, model: str = CHAT, key: str = "sk-local") -> tuple[int, dict[str, str], Any]:
    body = {"model": model, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 10}
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as client,
        client.post(f"{server.url}/chat/completions", json=body) as response,
    ):
        return response.status, dict(response.headers), await response.json()


async def statuses(server: LocalSiliconFlow, count: int, **how: str) -> list[int]:
    return [(await ask(server, **how))[0] for _ in range(count)]


async def test_requests_a_minute_slide(start: Start, clock: FakeClock) -> None:
    server = await start(limits={"chat": {"rpm": 2}})
    assert await statuses(server, 1) == [200]
    await clock.advance(30)
    assert await statuses(server, 1) == [200]
    await clock.advance(29.9)
    assert await statuses(server, 1) == [429]
    await clock.advance(0.1)  # the first has left, but the refused one counts
    assert await statuses(server, 1) == [429]
    await clock.advance(60)
    assert await statuses(server, 1) == [200]


async def test_each_metric_is_named_in_the_refusal(start: Start) -> None:
    for metric, code in {"rps": 50601, "rpm": 50601, "rph": 50607, "rpd": 50608}.items():
        server = await start(limits={"chat": {metric: 1}}, rate_refusal=RateRefusal(with_code=True))
        assert await statuses(server, 1) == [200]
        status, _, body = await ask(server)
        assert (status, body["code"], body["data"]) == (429, code, None)
        assert body["message"].endswith(f"Details:{metric.upper()} limit reached.")


async def test_a_refusal_has_no_code_and_no_retry_after_unless_it_is_ordered(start: Start) -> None:
    plain = await start(limits={"chat": {"rpm": 1}})
    telling = await start(limits={"chat": {"rpm": 1}}, rate_refusal=RateRefusal(with_retry_after=True))
    await ask(plain)
    await ask(telling)
    _, headers, body = await ask(plain)
    assert "Retry-After" not in headers
    assert set(body) == {"message", "data"}
    assert (await ask(telling))[1]["Retry-After"] == "60"


async def test_tokens_count_with_the_answer_and_only_where_not_refused(start: Start, clock: FakeClock) -> None:
    server = await start(limits={"chat": {"tpm": 30}})
    assert await statuses(server, 2) == [200, 200]  # 4 tokens of prompt and 10 of answer each
    status, _, body = await ask(server)
    assert (status, "TPM limit reached" in body["message"]) == (429, True)
    await clock.advance(59)
    assert await statuses(server, 1) == [429]
    await clock.advance(1)
    assert await statuses(server, 2) == [200, 200]


async def test_a_day_ends_at_midnight_in_beijing(start: Start, clock: FakeClock) -> None:
    server = await start(limits={"chat": {"rpd": 1}}, rate_refusal=RateRefusal(with_retry_after=True))
    await ask(server)
    wait = int((await ask(server))[1]["Retry-After"])
    assert (clock.now() + 8 * 3600 + wait) % 86_400 == 0
    await clock.advance(wait - 1)
    assert await statuses(server, 1) == [429]
    await clock.advance(1)
    assert await statuses(server, 1) == [200]


async def test_models_and_accounts_have_limits_of_their_own_but_keys_of_one_account_share(start: Start) -> None:
    keys = {"sk-a": "first", "sk-b": "first", "sk-c": "second"}
    server = await start(keys=keys, limits={"chat": {"rpm": 1}, OTHER: {"rpm": 2}})
    assert await statuses(server, 1, key="sk-a") == [200]
    assert await statuses(server, 1, key="sk-b") == [429]
    assert await statuses(server, 1, key="sk-c") == [200]
    assert await statuses(server, 3, key="sk-a", model=OTHER) == [200, 200, 429]
    assert [exchange.account for exchange in server.journal][:3] == ["first", "first", "second"]


async def test_the_meter_remembers_what_came_and_what_was_too_much(start: Start, clock: FakeClock) -> None:
    server = await start(limits={"chat": {"rpm": 2}})
    await statuses(server, 2)
    await clock.advance(1)
    assert server.meter.violations() == []
    await statuses(server, 1)
    (violation,) = server.meter.violations()
    assert (violation.account, violation.model, violation.metric) == ("local", CHAT, "rpm")
    assert (violation.at, violation.used, violation.limit) == (1, 3, 2)
    assert server.meter.peak(1) == 2
    assert server.meter.peak(1.5) == 3
    assert server.meter.peak(60, OTHER) == 0
    assert [arrival.at for arrival in server.meter.arrivals(CHAT)] == [0, 0, 1]


async def test_tokens_of_the_answer_can_be_a_violation_though_nothing_was_refused(start: Start) -> None:
    server = await start(limits={"chat": {"tpm": 10}})
    assert await statuses(server, 1) == [200]
    assert [(v.metric, v.used) for v in server.meter.violations()] == [("tpm", 14)]


async def test_five_hundred_questions_at_once_are_all_answered(start: Start) -> None:
    server = await start(limits={"chat": {}})
    body = {"model": CHAT, "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer sk-local"}, connector=connector) as client:

        async def question() -> bool:
            async with client.post(f"{server.url}/chat/completions", json=body) as response:
                return (await response.text()).endswith("data: [DONE]\n\n")

        assert all(await asyncio.gather(*(question() for _ in range(500))))
    assert server.meter.peak(1) == 500


METRICS: tuple[Metric, ...] = ("rps", "rpm", "tpm", "ipm", "rpd", "ipd")


@given(
    limits=st.dictionaries(st.sampled_from(METRICS), st.integers(1, 6), min_size=1),
    arrivals=st.lists(
        st.tuples(st.sampled_from([0.0, 0.5, 1.0, 29.5, 60.0, 40_000.0]), st.integers(0, 4)), max_size=25
    ),
)
async def test_what_is_admitted_never_exceeds_a_window(
    limits: dict[Metric, int], arrivals: list[tuple[float, int]]
) -> None:
    """Against the plain definition: in no window do the admitted ones weigh more than the limit."""
    clock = FakeClock()
    meter = Meter(clock, {"chat": limits})
    came = []
    for pause, weight in arrivals:
        await clock.advance(pause)
        came.append((clock.now(), meter.arrive("a", "m", "chat", tokens=weight, pictures=weight)))
    for metric, limit in limits.items():
        for now, _ in came:
            inside = [
                arrival for at, arrival in came if not arrival.refused and at <= now and _same_window(metric, at, now)
            ]
            weights = [1 if metric.startswith("r") else arrival.tokens for arrival in inside]
            assert sum(weights) <= limit
    assert bool(meter.violations()) == any(arrival.refused for _, arrival in came)


def _same_window(metric: Metric, at: float, now: float) -> bool:
    if metric.endswith("d"):
        return (at + 28_800) // 86_400 == (now + 28_800) // 86_400
    return at > now - (1 if metric == "rps" else 60)
