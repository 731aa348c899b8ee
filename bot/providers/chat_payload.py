"""A chat request as the body that a provider wants: each part of a message as the model takes it, or else in words."""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, Final

from bot.domain.chat import ChatRequest
from bot.domain.message import (
    AudioPart,
    ChatMessage,
    MessagePart,
    PicturePart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    message_text,
    part_in_words,
)
from bot.domain.model import Model
from bot.domain.provider import Provider

Json = dict[str, Any]

# What ``input_audio`` may be, by media type (platform.openai.com, chat completions).
_AUDIO_FORMATS: Final = {
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
}


def chat_body(provider: Provider, request: ChatRequest) -> dict[str, Any]:
    """Always a stream: long answers that are none run into the provider's gateway."""
    body: dict[str, Any] = {
        "model": request.model.upstream,
        "messages": messages_payload(request.messages, request.model),
        "stream": True,
        "max_tokens": min(request.max_tokens, request.model.max_output or request.max_tokens),
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


def messages_payload(messages: Iterable[ChatMessage], model: Model) -> list[Json]:
    """Parts that ``model`` cannot take, and tool calls without exactly one result right behind them, are in words."""
    readable = merged(_readable(merged(messages), model))
    return [payload for message in readable for payload in _payloads(message)]


def merged(messages: Iterable[ChatMessage]) -> list[ChatMessage]:
    """Without empty messages, and with neighbours of one role as one message: some models refuse both."""
    result: list[ChatMessage] = []
    for message in messages:
        parts = tuple(part for part in message.parts if not _is_blank(part))
        if not parts:
            continue
        if result and result[-1].role == message.role:
            result[-1] = ChatMessage(message.role, (*result[-1].parts, *parts))
        else:
            result.append(ChatMessage(message.role, parts))
    return result


def data_url(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{_base64(data)}"


def _readable(messages: Sequence[ChatMessage], model: Model) -> Iterator[ChatMessage]:
    """With all in words that cannot be sent as it is; what is no result of a call is said by the user."""
    paired: frozenset[str] = frozenset()
    for message, following in zip_longest(messages, messages[1:]):
        if message.role == "tool":
            results = tuple(part for part in message.parts if _is_of(part, paired))
            yield ChatMessage("tool", results)
            yield ChatMessage("user", tuple(_worded(part) for part in message.parts if part not in results))
        else:
            paired = _paired(message, following) if model.calls_tools else frozenset()
            parts = (part if _is_taken(part, message, model, paired) else _worded(part) for part in message.parts)
            yield ChatMessage(message.role, tuple(parts))


def _paired(message: ChatMessage, following: ChatMessage | None) -> frozenset[str]:
    """The ids of the calls in an assistant's message that the next message answers, each once.

    Arguments that are no JSON object are refused by servers that put them into a template.
    """
    if message.role != "assistant" or following is None or following.role != "tool":
        return frozenset()
    calls = Counter(part.call_id for part in message.parts if isinstance(part, ToolCallPart))
    results = Counter(part.call_id for part in following.parts if isinstance(part, ToolResultPart))
    broken = {
        part.call_id for part in message.parts if isinstance(part, ToolCallPart) and not _is_object(part.arguments)
    }
    return frozenset(name for name in calls if calls[name] == results[name] == 1 and name not in broken)


def _is_object(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        return False


def _is_taken(part: MessagePart, message: ChatMessage, model: Model, paired: frozenset[str]) -> bool:
    """Whether the model takes the part in this message as it is; files only from users."""
    match part:
        case TextPart():
            return True
        case PicturePart(file):
            return message.role == "user" and model.sees and file.data is not None
        case AudioPart(file):
            known = file.media_type in _AUDIO_FORMATS
            return message.role == "user" and model.hears and known and file.data is not None
        case ToolCallPart():
            return _is_of(part, paired)
        case _:
            return False


def _is_of(part: MessagePart, paired: frozenset[str]) -> bool:
    return isinstance(part, ToolCallPart | ToolResultPart) and part.call_id in paired


def _worded(part: MessagePart) -> TextPart:
    return TextPart(part_in_words(part))


def _is_blank(part: MessagePart) -> bool:
    return isinstance(part, TextPart) and not part.text.strip()


def _payloads(message: ChatMessage) -> Iterator[Json]:
    """One for each message, but one for each result of a tool."""
    if message.role == "tool":
        for result in message.parts:
            if isinstance(result, ToolResultPart):
                yield {"role": "tool", "tool_call_id": result.call_id, "content": result.text}
        return
    calls = [_call(part) for part in message.parts if isinstance(part, ToolCallPart)]
    content = _content([part for part in message.parts if not isinstance(part, ToolCallPart)])
    yield {"role": message.role, "content": content} | ({"tool_calls": calls} if calls else {})


def _content(parts: Sequence[MessagePart]) -> str | list[Json]:
    """A string where all is text, which every server takes; texts that follow each other as one."""
    if all(isinstance(part, TextPart) for part in parts):
        return message_text(parts)
    content: list[Json] = []
    texts: list[MessagePart] = []
    for part in parts:
        if isinstance(part, TextPart):
            texts.append(part)
        else:
            content += [*_text(texts), _file(part)]
            texts = []
    return [*content, *_text(texts)]


def _text(parts: Sequence[MessagePart]) -> list[Json]:
    return [{"type": "text", "text": message_text(parts)}] if parts else []


def _file(part: MessagePart) -> Json:
    if isinstance(part, PicturePart):
        return {"type": "image_url", "image_url": {"url": data_url(part.file.media_type, part.file.data or b"")}}
    if isinstance(part, AudioPart):
        audio = {"data": _base64(part.file.data or b""), "format": _AUDIO_FORMATS[part.file.media_type]}
        return {"type": "input_audio", "input_audio": audio}
    raise TypeError(f"a {type(part).__name__} is sent in words")


def _call(part: ToolCallPart) -> Json:
    function = {"name": part.name, "arguments": part.arguments}
    return {"id": part.call_id, "type": "function", "function": function}


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
