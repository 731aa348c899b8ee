"""One request, in the dialect of each provider."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.chat import ChatRequest
from bot.domain.message import text_message
from bot.domain.provider import PRESETS
from bot.providers.chat_payload import chat_body
from bot.providers.models import siliconflow

SWITCH = siliconflow().models["Qwen/Qwen3-8B"]
PLAIN = siliconflow().models["Qwen/Qwen2.5-7B-Instruct"]
HI = (text_message("user", "Hi"),)
USUAL = {"model", "messages", "stream", "max_tokens", "temperature", "stream_options"}


def body(preset: str, *, thinking: bool = False, temperature: float = 0.7) -> dict[str, Any]:
    return chat_body(PRESETS[preset], ChatRequest(SWITCH, HI, 512, temperature, thinking))


@pytest.mark.parametrize(
    ("preset", "on", "off"),
    [
        ("siliconflow", {"enable_thinking": True}, {"enable_thinking": False}),
        ("dashscope", {"enable_thinking": True}, {"enable_thinking": False}),
        ("deepseek", {"thinking": {"type": "enabled"}}, {"thinking": {"type": "disabled"}}),
        ("zhipu", {"thinking": {"type": "enabled"}}, {"thinking": {"type": "disabled"}}),
        ("moonshot", {"thinking": {"type": "enabled"}}, {"thinking": {"type": "disabled"}}),
        ("openrouter", {"reasoning": {"enabled": True}}, {"reasoning": {"enabled": False}}),
        (
            "vllm",
            {"chat_template_kwargs": {"enable_thinking": True}},
            {"chat_template_kwargs": {"enable_thinking": False}},
        ),
        ("ollama", {}, {"reasoning_effort": "none"}),
        ("groq", {}, {}),
        ("custom", {}, {}),
    ],
)
def test_thinking_is_switched_in_the_providers_way(preset: str, on: dict[str, Any], off: dict[str, Any]) -> None:
    usual = USUAL | PRESETS[preset].always.keys()
    for thinking, expected in ((True, on), (False, off)):
        sent = body(preset, thinking=thinking)
        assert {name: value for name, value in sent.items() if name not in usual} == expected


@pytest.mark.parametrize("preset", PRESETS)
def test_model_without_the_switch_is_never_sent_one(preset: str) -> None:
    request = ChatRequest(PLAIN, HI, 512, 0.7, thinking=True)
    assert chat_body(PRESETS[preset], request).keys() <= USUAL | PRESETS[preset].always.keys()


def test_siliconflow_gets_its_sampling_and_no_stream_options() -> None:
    sent = body("siliconflow")
    assert "stream_options" not in sent
    assert {name: sent[name] for name in ("top_p", "top_k", "frequency_penalty")} == {
        "top_p": 0.7,
        "top_k": 50,
        "frequency_penalty": 0.0,
    }


@pytest.mark.parametrize(
    ("preset", "asked", "sent"),
    [("siliconflow", 9.0, 2.0), ("siliconflow", -1.0, 0.0), ("zhipu", 1.5, 0.99), ("moonshot", 0.7, None)],
)
def test_temperature_is_brought_into_range(preset: str, asked: float, sent: float | None) -> None:
    assert body(preset, temperature=asked).get("temperature") == sent


@pytest.mark.parametrize(
    ("preset", "taken"),
    [("siliconflow", True), ("deepseek", True), ("ollama", True), ("groq", False), ("custom", False)],
)
def test_json_is_asked_for_where_provider_and_model_take_that(preset: str, taken: bool) -> None:
    request = ChatRequest(PLAIN, HI, 512, 0.7, thinking=False, json=True)
    format_ = {"type": "json_object"} if taken else None
    assert chat_body(PRESETS[preset], request).get("response_format") == format_
    plain = replace(request, model=replace(PLAIN, json_mode=False))
    for other in (plain, replace(request, json=False)):
        assert "response_format" not in chat_body(PRESETS[preset], other)
