"""A chat request as the body that a provider wants."""

from typing import Any

from bot.domain.provider import Provider
from bot.providers.chat import ChatRequest
from bot.providers.message_payload import messages_payload

# What stays in a body although a model refuses it; without max_tokens nobody would know what a call may cost.
REQUIRED = frozenset({"model", "messages", "stream", "max_tokens"})


def chat_body(provider: Provider, request: ChatRequest) -> dict[str, Any]:
    """Always a stream: long answers that are none run into the provider's gateway."""
    body: dict[str, Any] = {
        "model": request.model.upstream,
        "messages": messages_payload(request.messages, request.model),
        "stream": True,
        "max_tokens": request.max_tokens,
        **provider.always,
    }
    if provider.temperature:
        low, high = provider.temperature
        body["temperature"] = min(max(request.temperature, low), high)
    if provider.stream_usage:
        body["stream_options"] = {"include_usage": True}
    if request.model.thinks == "switch":
        body |= provider.thinking.on if request.thinking else provider.thinking.off
    if request.json and provider.json_mode and request.model.json_mode:
        body["response_format"] = {"type": "json_object"}
    return body
