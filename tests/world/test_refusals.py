"""Refusals as providers really word them: what is mended within one question, what is remembered, what each means."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.domain import errors as e
from bot.domain.message import text_message
from bot.providers.error_mapping import translate
from tests.world.provider import MODEL, Script, ScriptedChat, refused, reply, says, stream

HELLO = stream(*says("Hello"))


def detail(*location: str, kind: str = "extra_forbidden", message: str = "Extra inputs are not permitted") -> Script:
    """FastAPI's form."""
    return reply(422, {"detail": [{"type": kind, "loc": ["body", *location], "msg": message}]})


def litellm(message: str, status: int = 400) -> Script:
    """A proxy's words around those of the server behind it."""
    body = {"message": f"litellm.{message}", "type": None, "param": None, "code": str(status)}
    return reply(status, {"error": body})


# Parameters that are left out: (the refusal, the key)
LEFT_OUT = [
    # OpenAI's newer models (cases.md B)
    (
        refused(
            message="Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value "
            "is supported.",
            param="temperature",
            code="unsupported_value",
        ),
        "temperature",
    ),
    (
        refused(message="o3-mini and gpt-5 don't support temperature=0.7. Only temperature=1 is supported."),
        "temperature",
    ),
    (refused(message="invalid temperature: only 1 is allowed for this model"), "temperature"),  # Moonshot
    (refused(message="`temperature` is deprecated for this model.", type="invalid_request_error"), "temperature"),
    (detail("stream_options"), "stream_options"),  # Mistral
    (refused(message="Additional properties are not allowed ('enable_thinking' was unexpected)"), "enable_thinking"),
    (
        reply(  # Google
            400,
            [
                {
                    "error": {
                        "code": 400,
                        "message": 'Invalid JSON payload received. Unknown name "stream_options": Cannot find field.',
                        "status": "INVALID_ARGUMENT",
                    }
                }
            ],
        ),
        "stream_options",
    ),
    (
        refused(message="Unknown parameter: 'enable_thinking'.", param="enable_thinking", code="unknown_parameter"),
        "enable_thinking",
    ),
    # own
    (detail("enable_thinking", kind="value_error.extra", message="extra fields not permitted"), "enable_thinking"),
    (refused(message="Extra inputs are not permitted, field: 'stream_options', value: {...}"), "stream_options"),
    (refused(message='json: unknown field "enable_thinking"'), "enable_thinking"),
    (refused(message="参数 temperature 不支持"), "temperature"),
    (refused(422, "unexpected keyword argument 'enable_thinking'"), "enable_thinking"),
    (refused(message="temperature and top_p cannot both be specified for this model"), "temperature"),
    (detail("response_format", kind="unsupported_value", message="no"), "response_format"),
    (
        litellm(
            "UnsupportedParamsError: openai does not support parameters: ['enable_thinking'], for model=gpt-5. "
            "To drop these, set `litellm.drop_params=True`"
        ),
        "enable_thinking",
    ),
    (
        reply(400, {"code": 20015, "message": "Value error, stream_options is not allowed.", "data": None}),
        "stream_options",
    ),
    (
        refused(message="body.stream_options.include_usage: not supported", param="stream_options.include_usage"),
        "stream_options",
    ),
]


@pytest.mark.parametrize(("refusal", "key"), LEFT_OUT)
async def test_what_is_refused_is_left_out_and_remembered(chat: ScriptedChat, refusal: Script, key: str) -> None:
    assert (await chat.ask(refusal, HELLO, json_mode=True)).text == "Hello"
    assert [key in body for body in chat.provider.bodies] == [True, False]
    await chat.ask(HELLO, json_mode=True)  # after a restart
    assert key not in chat.provider.bodies[2]


async def test_a_changed_entry_is_asked_anew(chat: ScriptedChat) -> None:
    await chat.ask(LEFT_OUT[0][0], HELLO)
    await chat.ask(HELLO, model=replace(MODEL, context=65_536))
    assert "temperature" in chat.provider.bodies[2]
    assert chat.kept.rows == {}


MAX_TOKENS = (
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
)


@pytest.mark.parametrize(
    "refusal",
    [
        refused(message=MAX_TOKENS, param="max_tokens", code="unsupported_parameter"),  # cases.md B
        refused(message=MAX_TOKENS),
        litellm(f"BadRequestError: OpenAIException - {MAX_TOKENS}"),
        refused(422, "max_tokens is not supported"),  # own
    ],
)
async def test_a_key_has_another_name(chat: ScriptedChat, refusal: Script) -> None:
    assert (await chat.ask(refusal, HELLO)).text == "Hello"
    await chat.ask(HELLO)
    assert [body.get("max_completion_tokens") for body in chat.provider.bodies] == [None, 512, 512]
    assert ["max_tokens" in body for body in chat.provider.bodies] == [True, False, False]


@pytest.mark.parametrize(
    "message",
    [
        "max_tokens is too large: 512. This model supports at most 256 completion tokens, whereas you provided 512.",
        "Range of max_tokens should be [1, 256]",  # DashScope
        "max_tokens: 512 > 256, which is the maximum allowed number of output tokens",  # Anthropic
    ],
)
async def test_an_answer_may_be_shorter_than_was_told(chat: ScriptedChat, message: str) -> None:
    await chat.ask(refused(message=message), HELLO)
    await chat.ask(HELLO)
    assert [body["max_tokens"] for body in chat.provider.bodies] == [512, 256, 256]


async def test_two_refusals_in_turn_are_both_mended(chat: ScriptedChat) -> None:
    """cases.md B: an error after the second."""
    first, second = LEFT_OUT[0][0], refused(message=MAX_TOKENS, param="max_tokens", code="unsupported_parameter")
    assert (await chat.ask(first, second, LEFT_OUT[4][0], HELLO)).text == "Hello"
    assert chat.provider.bodies[-1].keys() & {"temperature", "max_tokens", "stream_options"} == set()
    await chat.ask(HELLO)
    assert chat.provider.bodies[-1] == chat.provider.bodies[-2]


async def test_mending_comes_to_an_end(chat: ScriptedChat) -> None:
    with pytest.raises(e.Unsupported):
        await chat.ask(*[refused(message="Unsupported parameter: 'temperature'")] * 2)


@pytest.mark.parametrize(
    "refusal",
    [
        refused(message="System role not supported"),  # Gemma's template; cases.md B
        refused(message="Developer instruction is not enabled for models/gemma-3-27b-it"),
        refused(
            message="Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            param="messages[0].role",
            code="unsupported_value",
        ),
        # own
        refused(message="Conversation roles must alternate user/assistant/user/assistant/..."),
        refused(message="This model does not support system prompts"),
        refused(message="Only user and assistant roles are supported!"),
        refused(message="该模型不支持 system 角色"),
    ],
)
async def test_the_systems_words_go_into_the_first_message(chat: ScriptedChat, refusal: Script) -> None:
    assert (await chat.ask(refusal, HELLO)).text == "Hello"
    await chat.ask(HELLO)
    for body in chat.provider.bodies[1:]:
        assert body["messages"] == [{"role": "user", "content": "Be brief.\n\nHi"}]


VERIFIED = "Your organization must be verified to stream this model. Please go to: https://platform.openai.com/"


@pytest.mark.parametrize(
    "refusal",
    [
        refused(message=VERIFIED, param="stream", code="unsupported_value"),  # cases.md B
        litellm(f"BadRequestError: OpenAIException - {VERIFIED}"),
        refused(message="Streaming is not supported for this model"),  # own
        refused(message="This model does not support streaming."),
    ],
)
async def test_who_may_not_stream_asks_without(chat: ScriptedChat, refusal: Script) -> None:
    answer = reply(200, {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]})
    assert (await chat.ask(refusal, answer)).text == "Hello"
    await chat.ask(answer)
    assert [body["stream"] for body in chat.provider.bodies] == [True, False, False]
    assert "stream_options" not in chat.provider.bodies[1]


# Too long: (status, body, what it takes)
TOO_LONG = [
    (  # cases.md B
        400,
        {"code": 20015, "message": "max_total_tokens (35210) must be less than or equal to max_seq_len (32768)"},
        32768,
    ),
    (400, {"error": {"message": "Your input exceeds the context window of this model.", "code": None}}, None),
    (
        400,
        {
            "object": "error",
            "message": "The decoder prompt (length 5000) is longer than the maximum model length of 4096. Make sure",
            "type": "BadRequestError",
            "code": 400,
        },
        4096,
    ),
    (
        400,
        [
            {
                "error": {
                    "code": 400,
                    "message": "Input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
                    "status": "INVALID_ARGUMENT",
                }
            }
        ],
        1048576,
    ),
    (
        400,
        {
            "error": "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded "
            "with context length of only 4096 tokens, which is not enough."
        },
        4096,
    ),
    (
        400,
        {"message": "The input (5000 tokens) is longer than the model's context length (4096 tokens)."},
        4096,
    ),
    (
        422,
        {
            "error": {
                "message": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 "
                "`inputs` tokens and 512 `max_new_tokens`",
                "type": "invalid_request_error",
            }
        },
        8193,
    ),
    (500, {"error": "Prompt length (5000) exceeds maximum input length (4096). Set log level to info"}, 4096),
    (  # llama.cpp
        400,
        {
            "error": {
                "code": 400,
                "message": "request (840 tokens) exceeds the available context size (512 tokens), try increasing it",
                "type": "exceed_context_size_error",
                "n_prompt_tokens": 840,
                "n_ctx": 512,
            }
        },
        512,
    ),
    # own: Anthropic, Mistral, xAI, Cohere, Bedrock, GitHub Models, Doubao, LiteLLM in front, Russian, Chinese
    (400, {"error": {"message": "prompt is too long: 208310 tokens > 200000 maximum"}}, 200000),
    (400, {"message": "Prompt contains 40000 tokens, too large for model with 32768 maximum context length"}, 32768),
    (400, {"error": "This model's maximum prompt length is 131072 but the request contains 537812 tokens."}, 131072),
    (400, {"message": "too many tokens: total number of tokens in the prompt cannot exceed 4081"}, 4081),
    (400, {"message": "Input is too long for requested model."}, None),
    (400, {"error": {"message": "total tokens 10000 exceed model limit 8192"}}, 8192),
    (400, {"error": {"message": "Input tokens exceed the configured limit of 272000 tokens."}}, 272000),
    (
        413,
        {"error": {"code": "tokens_limit_reached", "message": "Request body too large. Max size: 8000 tokens."}},
        8000,
    ),
    (400, {"error": {"message": "Input length 40000 exceeds the maximum length 32768"}}, 32768),
    (
        400,
        {
            "error": {
                "message": "litellm.ContextWindowExceededError: litellm.BadRequestError: OpenAIException - This "
                "model's maximum context length is 8192 tokens.",
                "code": "400",
            }
        },
        8192,
    ),
    (400, {"error": {"message": "输入内容超出模型的最大上下文长度"}}, None),
    (400, {"error": {"message": "Запрос слишком длинный для этой модели"}}, None),
]


@pytest.mark.parametrize(("status", "body", "limit"), TOO_LONG)
def test_too_long_is_known_in_all_words(status: int, body: Any, limit: int | None) -> None:
    error = translate(status, json.dumps(body).encode())
    assert isinstance(error, e.TooLong)
    assert error.limit == limit


async def test_the_real_size_is_learned(chat: ScriptedChat) -> None:
    status, body, _ = TOO_LONG[8]
    with pytest.raises(e.TooLong):
        await chat.ask(reply(status, body))
    assert [(row.parameter, row.instead) for row in chat.kept.rows.values()] == [("context", "512")]


async def test_only_the_answer_is_too_long(chat: ScriptedChat) -> None:
    """vLLM counts prompt and answer together: a shorter answer fits, and the history stays."""
    message = (
        "This model's maximum context length is 4096 tokens. However, you requested 4312 tokens (3800 in the "
        "messages, 512 in the completion). Please reduce the length of the messages or completion."
    )
    assert (await chat.ask(refused(message=message), HELLO)).text == "Hello"
    assert [body["max_tokens"] for body in chat.provider.bodies] == [512, 295]
    assert not any(row.parameter.startswith("max_tokens") for row in chat.kept.rows.values())


# What else a refusal means
MEANINGS: list[tuple[int, Any, type[e.UpstreamError]]] = [
    # cases.md B
    (400, {"error": {"message": "foo/bar is not a valid model ID", "code": 400}}, e.ModelGone),
    (400, {"error": {"message": "Content Exists Risk", "type": "invalid_request_error"}}, e.Moderated),
    (400, {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}, e.BalanceGone),
    (400, {"code": "insufficient_quota", "message": "x"}, e.BalanceGone),
    (
        400,
        [
            {
                "error": {
                    "code": 400,
                    "message": "API key not valid. Please pass a valid API key.",
                    "status": "INVALID_ARGUMENT",
                    "details": [{"reason": "API_KEY_INVALID"}],
                }
            }
        ],
        e.KeyRefused,
    ),
    # own
    (429, {"error": {"message": "You exceeded your current quota, please check your plan and billing"}}, e.BalanceGone),
    (
        403,
        {"error": {"message": "用户额度不足", "type": "new_api_error", "code": "insufficient_user_quota"}},
        e.BalanceGone,
    ),
    (400, {"error": {"message": "Your credit balance is too low to access the API"}}, e.BalanceGone),
    (400, {"error": {"message": "账户余额不足，请充值"}}, e.BalanceGone),
    (401, {"error": {"message": "无效的令牌", "type": "new_api_error"}}, e.KeyRefused),
    (503, {"error": {"message": "No available channel for model x", "code": "model_not_found"}}, e.ModelGone),
    (400, {"error": {"message": "模型 foo 不存在"}}, e.ModelGone),
    (404, {"error": {"message": "models/gemini-9 is not found for API version v1", "code": 404}}, e.ModelGone),
    (403, {"error": {"message": "Key limit exceeded (total limit).", "code": 403}}, e.BalanceGone),
    (400, {"error": {"message": "/chat/completions: Invalid model name passed in model=foo"}}, e.ModelGone),
    (
        400,
        {"error": {"message": "The prompt triggered Azure OpenAI's content management policy. Please modify it."}},
        e.Moderated,
    ),
    (400, {"error": {"message": "输入包含敏感信息"}}, e.Moderated),
    (
        403,
        {"error": {"code": "unsupported_country_region_territory", "message": "Country not supported"}},
        e.AccountBarred,
    ),
    (429, {"error": {"message": "当前分组上游负载已饱和，请稍后再试"}}, e.RateLimited),
    (
        400,
        {
            "error": {
                "code": 400,
                "message": "Provider returned error",
                "metadata": {"raw": '{"error":{"message":"Content Exists Risk"}}', "provider_name": "DeepSeek"},
            }
        },
        e.Moderated,
    ),
    # LiteLLM in front
    (408, {"error": {"message": "litellm.Timeout: APITimeoutError - Request timed out.", "code": "408"}}, e.TimedOut),
    (
        429,
        {"error": {"message": "litellm.RateLimitError: this is a mock rate limit error", "code": "429"}},
        e.RateLimited,
    ),
    (
        400,
        {
            "error": {
                "message": "litellm.BadRequestError: OpenAIException - Error code: 400 - {'code': 20012, 'message': "
                "'Please check it.', 'data': None}",
                "code": "400",
            }
        },
        e.ModelGone,
    ),
    (400, {"error": {"message": "litellm.ContentPolicyViolationError: x", "code": "400"}}, e.Moderated),
    (
        400,
        {"error": {"message": "Budget has been exceeded! Current cost: 1, Max budget: 1", "code": "400"}},
        e.BalanceGone,
    ),
    # what looks alike and is not
    (400, {"error": {"message": "Image size exceeds 5 MB"}}, e.InvalidRequest),
    (429, {"error": {"message": "Rate limit exceeded: tokens per minute"}}, e.RateLimited),
    (400, {"error": {"message": "bad request"}}, e.InvalidRequest),
    (500, {"error": {"message": "internal server error"}}, e.ServerFault),
]


@pytest.mark.parametrize(("status", "body", "kind"), MEANINGS)
def test_a_refusal_means_what_it_says(status: int, body: Any, kind: type[e.UpstreamError]) -> None:
    assert type(translate(status, json.dumps(body).encode())) is kind


NOW = 1_795_996_800.0  # Mon, 30 Nov 2026 00:00:00 GMT


@pytest.mark.parametrize(
    ("header", "body", "seconds"),
    [
        # cases.md B
        (None, {"error": {"message": "Please retry in 37.5s."}}, 37.5),
        ("Mon, 30 Nov 2026 00:00:42 GMT", {}, 42.0),
        # own
        ("7", {"error": {"message": "Please retry in 37.5s."}}, 7.0),
        ("1m5s", {}, 65.0),
        ("1500ms", {}, 1.5),
        (str(int(NOW) + 9), {}, 9.0),
        ("Sun, 29 Nov 2026 00:00:00 GMT", {}, 0.0),
        ("soon", {"error": {"message": "Please wait 20 seconds before trying again"}}, 20.0),
        (None, {"error": {"message": "Try again in 2 minutes"}}, 120.0),
        (None, {"error": {"message": "请求过于频繁，请在 30 秒后重试"}}, 30.0),
        (None, [{"error": {"details": [{"@type": "RetryInfo", "retryDelay": "12s"}]}}], 12.0),
        (None, {"error": {"message": "slow down", "retry_after": 3}}, 3.0),
        (None, {"error": {"metadata": {"headers": {"X-RateLimit-Reset": str(int(NOW * 1000) + 5000)}}}}, 5.0),
        (None, {"error": {"message": "too many requests"}}, None),
    ],
)
def test_the_wait_is_read_in_all_its_forms(header: str | None, body: Any, seconds: float | None) -> None:
    error = translate(429, json.dumps(body).encode(), retry_after=header, now=NOW)
    assert isinstance(error, e.RateLimited)
    assert error.retry_after == seconds


async def test_a_message_of_parts_takes_the_systems_words_too(chat: ScriptedChat) -> None:
    chat.messages = (text_message("system", "Be brief."), text_message("assistant", "Hi"), text_message("user", "x"))
    await chat.ask(refused(message="System role not supported"), HELLO)
    assert [message["role"] for message in chat.provider.bodies[1]["messages"]] == ["user", "assistant", "user"]
