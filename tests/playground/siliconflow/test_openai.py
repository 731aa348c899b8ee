"""OpenAI's own client speaks with the local SiliconFlow: where the two APIs agree it gets what it expects, each refusal
becomes the exception that it has for it, and where they differ the test says how."""

import base64
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import aiohttp
import openai
import pytest
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam
from yarl import URL

from bot.clock import FakeClock
from bot.playground.siliconflow import LocalSiliconFlow, Quirks, RateRefusal, Reset, Script, refusals
from bot.playground.siliconflow.models import MODELS_NOW

THINKS = "Qwen/Qwen3-8B"
PLAIN = "Qwen/Qwen2.5-7B-Instruct"
SEES = "Qwen/Qwen3-VL-8B-Instruct"
DRAWS = "Kwai-Kolors/Kolors"
HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Hello 狐 🦊"}]


def another(server: LocalSiliconFlow, key: str = "sk-local", **options: Any) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(api_key=key, base_url=server.url, max_retries=0, **options)


@pytest.fixture
async def client(server: LocalSiliconFlow) -> AsyncIterator[openai.AsyncOpenAI]:
    async with another(server) as client:
        yield client


async def heard(stream: AsyncIterator[ChatCompletionChunk], into: list[ChatCompletionChunk]) -> None:
    """To the end, or to where it breaks."""
    async for chunk in stream:
        into.append(chunk)  # noqa: PERF401 - a comprehension would lose what came before it broke


# Chat
async def test_a_chat_is_answered(server: LocalSiliconFlow, client: openai.AsyncOpenAI) -> None:
    server.answers.push("狐 says hi 🦊")
    messages: list[ChatCompletionMessageParam] = [{"role": "system", "content": "Be brief."}, *HELLO]
    answer = await client.chat.completions.create(model=PLAIN, messages=messages, temperature=0.7, max_tokens=512)
    [choice] = answer.choices
    assert (choice.message.role, choice.message.content) == ("assistant", "狐 says hi 🦊")
    assert choice.finish_reason == "stop"
    assert (answer.object, answer.model, answer.created) == ("chat.completion", PLAIN, 1_800_000_000)
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.prompt_tokens_details is not None
    assert answer.usage.prompt_tokens_details.cached_tokens == 0
    assert server.journal.last.messages == messages


async def test_an_answer_beyond_max_tokens_says_so(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model=PLAIN, messages=HELLO, max_tokens=3)
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 3


async def test_the_trace_id_comes_back(client: openai.AsyncOpenAI) -> None:
    raw = await client.chat.completions.with_raw_response.create(
        model=PLAIN, messages=HELLO, extra_headers={"X-Trace-Id": "t-1"}
    )
    assert raw.headers["x-siliconcloud-trace-id"] == "t-1"


async def chunks(client: openai.AsyncOpenAI, model: str, **options: Any) -> list[ChatCompletionChunk]:
    stream = await client.chat.completions.create(
        model=model, messages=HELLO, stream=True, stream_options={"include_usage": True}, **options
    )
    return [chunk async for chunk in stream]


def said(stream: Sequence[ChatCompletionChunk], key: str = "content") -> str:
    """``reasoning_content`` is SiliconFlow's own: the client keeps it without knowing it."""
    deltas = [choice.delta for chunk in stream for choice in chunk.choices]
    return "".join(getattr(delta, key, None) or "" for delta in deltas)


async def test_a_stream_brings_the_pieces_and_its_usage(server: LocalSiliconFlow, client: openai.AsyncOpenAI) -> None:
    server.answers.push(Script(["狐", " 🦊", "!"]))
    stream = await chunks(client, PLAIN)
    assert said(stream) == "狐 🦊!"
    assert len({chunk.id for chunk in stream}) == 1
    assert stream[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in stream] == [None, None, None, None, "stop"]


async def test_usage_grows_on_every_chunk_where_openai_sends_it_once(
    server: LocalSiliconFlow, client: openai.AsyncOpenAI
) -> None:
    """Asked for or not: ``stream_options`` is taken and changes nothing, and there is no last chunk without choices."""
    server.answers.push(Script(["one", " two"]), Script(["one", " two"]))
    stream = await chunks(client, PLAIN)
    counted = [chunk.usage.completion_tokens for chunk in stream if chunk.usage]
    assert len(counted) == len(stream)
    assert counted == sorted(counted)
    assert counted[-1] > counted[0] == 0
    bare = await client.chat.completions.create(model=PLAIN, messages=HELLO, stream=True)
    assert [chunk.usage.completion_tokens async for chunk in bare if chunk.usage] == counted


async def test_the_clients_own_accumulator_agrees_with_the_whole_answer(
    server: LocalSiliconFlow, client: openai.AsyncOpenAI
) -> None:
    async with client.chat.completions.stream(model=PLAIN, messages=HELLO) as stream:
        streamed = await stream.get_final_completion()
    whole = await client.chat.completions.create(model=PLAIN, messages=HELLO)
    assert streamed.choices[0].message.content == whole.choices[0].message.content
    assert streamed.choices[0].finish_reason == whole.choices[0].finish_reason
    assert streamed.usage is not None
    assert whole.usage is not None
    assert streamed.usage.total_tokens == whole.usage.total_tokens


async def test_thoughts_come_beside_the_answer(server: LocalSiliconFlow, client: openai.AsyncOpenAI) -> None:
    script = Script(["42"], thinking=["Hm", "m…"])
    server.answers.push(script, script)
    answer = await client.chat.completions.create(model=THINKS, messages=HELLO)
    assert answer.choices[0].message.content == "42"
    assert answer.choices[0].message.model_extra == {"reasoning_content": "Hmm…"}
    assert answer.usage is not None
    assert answer.usage.completion_tokens_details is not None
    thought = answer.usage.completion_tokens_details.reasoning_tokens
    assert thought is not None
    assert 0 < thought < answer.usage.completion_tokens
    stream = await chunks(client, THINKS)
    assert (said(stream, "reasoning_content"), said(stream)) == ("Hmm…", "42")


async def test_thinking_is_switched_off_by_a_parameter_of_its_own(client: openai.AsyncOpenAI) -> None:
    off = {"enable_thinking": False}
    answer = await client.chat.completions.create(model=THINKS, messages=HELLO, extra_body=off)
    assert not answer.choices[0].message.model_extra
    with pytest.raises(openai.BadRequestError, match="does not support parameter `enable_thinking`"):
        await client.chat.completions.create(model=PLAIN, messages=HELLO, extra_body=off)


def looking(url: str) -> list[ChatCompletionMessageParam]:
    picture: Any = {"type": "image_url", "image_url": {"url": url, "detail": "low"}}
    return [{"role": "user", "content": [picture, {"type": "text", "text": "What is this?"}]}]


PNG = "data:image/png;base64," + base64.b64encode(b"\x89PNG, as far as anybody looks").decode()


@pytest.mark.parametrize("url", [PNG, "https://fox.example/fox.webp"])
async def test_a_picture_is_looked_at(client: openai.AsyncOpenAI, url: str) -> None:
    answer = await client.chat.completions.create(model=SEES, messages=looking(url))
    assert "Pictures with it: 1." in str(answer.choices[0].message.content)


@pytest.mark.parametrize(
    ("model", "url", "code"),
    [(PLAIN, PNG, "20041"), (SEES, "data:image/png;base64,###", "20040"), (SEES, "fox.png", "20038")],
)
async def test_a_picture_that_cannot_be_seen_is_a_bad_request(
    client: openai.AsyncOpenAI, model: str, url: str, code: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(model=model, messages=looking(url))
    assert caught.value.code == code


@pytest.mark.parametrize("question", ["Answer in JSON: who are you?", '用 JSON 回答："你"是谁？\\'])
async def test_who_asks_for_json_gets_an_object(client: openai.AsyncOpenAI, question: str) -> None:
    messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": question}]
    answer = await client.chat.completions.create(
        model=PLAIN, messages=messages, response_format={"type": "json_object"}
    )
    assert answer.choices[0].finish_reason == "stop"
    assert isinstance(json.loads(str(answer.choices[0].message.content)), dict)
    stream = await client.chat.completions.create(
        model=PLAIN, messages=messages, response_format={"type": "json_object"}, stream=True
    )
    assert json.loads(said([chunk async for chunk in stream])) == json.loads(str(answer.choices[0].message.content))


async def test_the_models_are_listed(client: openai.AsyncOpenAI) -> None:
    models = [model async for model in client.models.list()]
    assert [model.id for model in models] == list(MODELS_NOW)
    assert {(model.object, model.created, model.owned_by) for model in models} == {("model", 0, "")}
    drawing = [model.id async for model in client.models.list(extra_query={"sub_type": "text-to-image"})]
    assert DRAWS in drawing
    assert PLAIN not in drawing


# Pictures: the path, ``prompt``, ``data[].url`` and ``created`` agree; ``image_size``, ``seed``, ``images`` and
# ``timings`` are SiliconFlow's; there is no ``size``, ``n``, ``response_format`` or ``b64_json``.
async def test_a_picture_is_drawn_when_its_size_has_siliconflows_name(client: openai.AsyncOpenAI) -> None:
    answer = await client.images.generate(
        model=DRAWS, prompt="狐", extra_body={"image_size": "1024x1024", "seed": 42, "num_inference_steps": 20}
    )
    assert answer.data is not None
    [picture] = answer.data
    assert picture.b64_json is None
    assert picture.url is not None
    assert answer.created == 1_800_000_000
    assert answer.model_extra is not None
    assert answer.model_extra["images"] == [{"url": picture.url}]
    assert answer.model_extra["seed"] == 42
    async with aiohttp.ClientSession() as session, session.get(URL(picture.url, encoded=True)) as response:
        assert (response.status, (await response.read())[:4]) == (200, b"\x89PNG")


async def test_openais_name_of_the_size_is_not_known(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="Field required") as caught:
        await client.images.generate(model=DRAWS, prompt="狐", size="1024x1024")
    assert caught.value.code == "20015"


async def test_only_one_picture_comes_whatever_is_asked(client: openai.AsyncOpenAI) -> None:
    wanted = {"image_size": "1024x1024", "batch_size": 4}
    answer = await client.images.generate(model=DRAWS, prompt="狐", n=4, extra_body=wanted)
    assert answer.data is not None
    assert len(answer.data) == 1


async def test_the_limit_of_pictures_is_a_rate_limit(client: openai.AsyncOpenAI) -> None:
    size = {"image_size": "1024x1024"}
    for _ in range(2):
        await client.images.generate(model=DRAWS, prompt="狐", extra_body=size)
    with pytest.raises(openai.RateLimitError, match="IPM limit reached"):
        await client.images.generate(model=DRAWS, prompt="狐", extra_body=size)


# What is refused
REFUSALS = [
    (refusals.invalid(), openai.BadRequestError, "20015"),
    (refusals.NO_SUCH_MODEL, openai.BadRequestError, "20012"),
    (refusals.INVALID_TOKEN, openai.AuthenticationError, None),
    (refusals.TOKEN_IS_INVALID, openai.AuthenticationError, "30014"),
    (refusals.NO_BALANCE, openai.APIStatusError, "30001"),
    (refusals.FORBIDDEN, openai.PermissionDeniedError, None),
    (refusals.MODEL_DISABLED, openai.PermissionDeniedError, "30003"),
    (refusals.NOT_FOUND, openai.NotFoundError, None),
    (refusals.TOO_LARGE, openai.APIStatusError, "20042"),
    (refusals.rate_limited("Details:{metric} limit reached.", "tpm"), openai.RateLimitError, None),
    (refusals.rate_limited("Details:{metric} limit reached.", "ipm", with_code=True), openai.RateLimitError, "50604"),
    (refusals.MODERATED, openai.APIStatusError, "20021"),
    (refusals.INTERNAL, openai.InternalServerError, "50507"),
    (refusals.OVERLOADED, openai.InternalServerError, "50505"),
    (refusals.BUSY, openai.InternalServerError, "50603"),
    (refusals.TIMED_OUT, openai.InternalServerError, None),
    (refusals.GATEWAY_PAGE, openai.InternalServerError, None),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("refusal", "kind", "code"), REFUSALS, ids=lambda value: str(getattr(value, "status", "")))
async def test_each_refusal_is_the_exception_of_its_status(
    server: LocalSiliconFlow,
    client: openai.AsyncOpenAI,
    refusal: refusals.Refusal,
    kind: type[openai.APIStatusError],
    code: str | None,
    stream: bool,
) -> None:
    """By the status alone: no body has OpenAI's ``error``, and some are bare strings or HTML."""
    server.faults.add(refusal)
    with pytest.raises(openai.APIStatusError) as caught:
        await client.chat.completions.create(model=PLAIN, messages=HELLO, stream=stream)
    assert type(caught.value) is kind
    assert (caught.value.status_code, caught.value.code) == (refusal.status, code)
    assert caught.value.response.text == refusal.content


@pytest.mark.parametrize("key", ["sk-other", "sk"])
async def test_another_key_does_not_open(server: LocalSiliconFlow, key: str) -> None:
    async with another(server, key) as stranger:
        with pytest.raises(openai.AuthenticationError) as caught:
            await stranger.models.list()
    assert caught.value.body == "Api key is invalid"


async def test_the_rate_limit_is_met_without_a_word_on_how_long(client: openai.AsyncOpenAI) -> None:
    long: list[ChatCompletionMessageParam] = [{"role": "user", "content": "狐" * 30_000}]
    await client.chat.completions.create(model=THINKS, messages=long, max_tokens=1)
    with pytest.raises(openai.RateLimitError, match="TPM limit reached") as caught:
        await client.chat.completions.create(model=THINKS, messages=long, max_tokens=1)
    assert "retry-after" not in caught.value.response.headers


async def test_a_time_to_wait_is_heeded_where_it_is_given() -> None:
    clock = FakeClock()
    server = LocalSiliconFlow(
        clock, limits={PLAIN: {"rpm": 1}}, rate_refusal=RateRefusal(with_code=True, with_retry_after=True)
    )
    await server.start()
    async with another(server) as client:
        await client.chat.completions.create(model=PLAIN, messages=HELLO)
        with pytest.raises(openai.RateLimitError) as caught:
            await client.chat.completions.create(model=PLAIN, messages=HELLO)
    await server.stop()
    assert (caught.value.code, caught.value.response.headers["retry-after"]) == ("50601", "60")


async def test_what_siliconflow_does_not_have_is_not_found(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        await client.responses.create(model=PLAIN, input="Hi")
    assert caught.value.body == "404 page not found"


# What breaks on the way
@pytest.mark.parametrize("stream", [False, True])
async def test_a_reset_is_a_connection_error(
    server: LocalSiliconFlow, client: openai.AsyncOpenAI, stream: bool
) -> None:
    server.faults.add(Reset())
    with pytest.raises(openai.APIConnectionError):
        await client.chat.completions.create(model=PLAIN, messages=HELLO, stream=stream)


async def test_an_answer_that_never_begins_times_out(server: LocalSiliconFlow) -> None:
    server.faults.add(Quirks(hold_after=0))
    async with another(server, timeout=0.1) as client:
        with pytest.raises(openai.APITimeoutError):
            await client.chat.completions.create(model=PLAIN, messages=HELLO, stream=True)


async def test_a_stream_that_is_cut_raises_after_what_came(
    server: LocalSiliconFlow, client: openai.AsyncOpenAI
) -> None:
    server.answers.push(Script(["one", " two", " three"]))
    server.faults.add(Quirks(cut_after=3))
    came: list[ChatCompletionChunk] = []
    stream = await client.chat.completions.create(model=PLAIN, messages=HELLO, stream=True)
    with pytest.raises(openai.APIConnectionError):
        await heard(stream, came)
    assert said(came) == "one two"


async def test_a_stream_without_its_end_ends_in_silence(server: LocalSiliconFlow, client: openai.AsyncOpenAI) -> None:
    """OpenAI's client does not miss [DONE]: only the finish reason that never came tells."""
    server.answers.push(Script(["one", " two", " three"]))
    server.faults.add(Quirks(end_after=3))
    stream = await chunks(client, PLAIN)
    assert said(stream) == "one two"
    assert [choice.finish_reason for chunk in stream for choice in chunk.choices] == [None] * 3


async def test_an_error_within_a_stream_is_no_error_to_openais_client(
    server: LocalSiliconFlow, client: openai.AsyncOpenAI
) -> None:
    """It looks for the key ``error``, which SiliconFlow's object has not: a chunk without choices comes out."""
    server.answers.push(Script(["one", " two", " three"]))
    server.faults.add(Quirks(error_after=2))
    *came, last = await chunks(client, PLAIN)
    assert said(came) == "one"
    assert last.model_extra is not None
    assert last.model_extra["code"] == 50505


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(empty_choices=True),
        Quirks(null_content=True),
        Quirks(empty_finish=True),
        Quirks(filter_results=True),
        Quirks(usage="last"),
        Quirks(usage="none"),
        Quirks(comments=True),
        Quirks(crlf=True),
        Quirks(odd_borders=True),
    ],
    ids=lambda quirks: next(
        key for key in quirks.__dataclass_fields__ if getattr(quirks, key) != getattr(Quirks(), key)
    ),
)
async def test_odd_streams_say_the_same(server: LocalSiliconFlow, client: openai.AsyncOpenAI, quirks: Quirks) -> None:
    server.answers.push(Script(["狐", " 🦊"]))
    server.faults.add(quirks)
    assert said(await chunks(client, PLAIN)) == "狐 🦊"
