"""A chat request as the body that a provider wants."""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bot.domain.provider import Provider
from bot.providers.chat import ChatMessage, ChatRequest, Picture

# What stays in a body although a model refuses it; without max_tokens nobody would know what a call may cost.
REQUIRED = frozenset({"model", "messages", "stream", "max_tokens"})


def chat_body(provider: Provider, request: ChatRequest) -> dict[str, Any]:
    """Always a stream: long answers that are none run into the provider's gateway."""
    body: dict[str, Any] = {
        "model": request.model.upstream,
        "messages": [_message(message) for message in merged(request.messages)],
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


def merged(messages: Iterable[ChatMessage]) -> list[ChatMessage]:
    """Without empty messages, and with neighbours of one role as one message: some models refuse both."""
    result: list[ChatMessage] = []
    for message in messages:
        if not message.text.strip() and not message.pictures:
            continue
        if result and result[-1].role == message.role:
            last = result[-1]
            text = "\n\n".join(part for part in (last.text, message.text) if part.strip())
            result[-1] = replace(last, text=text, pictures=last.pictures + message.pictures)
        else:
            result.append(message)
    return result


def _message(message: ChatMessage) -> dict[str, Any]:
    if not message.pictures:
        return {"role": message.role, "content": message.text}
    parts: list[dict[str, Any]] = [
        {"type": "image_url", "image_url": {"url": data_url(picture)}} for picture in message.pictures
    ]
    if message.text.strip():
        parts.append({"type": "text", "text": message.text})
    return {"role": message.role, "content": parts}


def data_url(picture: Picture) -> str:
    return f"data:{picture.media_type};base64,{b64encode(picture.data).decode('ascii')}"
