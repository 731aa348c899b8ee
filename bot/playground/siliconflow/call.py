"""A chat call as it was understood, and what is wrong with those that were not."""

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.playground.siliconflow import refusals, tokens
from bot.playground.siliconflow.models import Model
from bot.playground.siliconflow.refusals import Refusal, RefusedError

_DEFAULT_MAX_TOKENS = 4096
_DEFAULT_THINKING_BUDGET = 4096
_ROLES = frozenset({"system", "user", "assistant", "tool"})
_FORMATS = frozenset({"text", "json_object", "json_schema"})
_DATA_URL = re.compile(r"data:image/(?:png|jpeg|webp);base64,", re.ASCII)


@dataclass(frozen=True, slots=True)
class Message:
    role: str
    text: str
    pictures: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Call:
    """``thinks``: whether this call thinks before it answers; ``wants_json``: the answer is to be a JSON object."""

    model: Model
    messages: tuple[Message, ...]
    stream: bool
    thinks: bool
    thinking_budget: int
    max_tokens: int
    stop: tuple[str, ...]
    wants_json: bool

    @property
    def prompt_tokens(self) -> int:
        return sum(message.tokens for message in self.messages)

    @property
    def question(self) -> Message:
        """The last message of a user; an empty one where there is none."""
        return next((m for m in reversed(self.messages) if m.role == "user"), Message("user", "", 0, 0))


def read_body(raw: bytes) -> dict[str, Any] | None:
    """None where it is not a JSON object."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def read_model(body: Mapping[str, Any], models: Mapping[str, Model]) -> Model:
    """Raises RefusedError where none is named, or one that nobody knows or that only draws."""
    name = body.get("model")
    _require(name is not None and name != "", refusals.NO_MODEL)
    model = models.get(name) if isinstance(name, str) else None
    if model is None or model.kind not in ("chat", "vision"):
        raise RefusedError(refusals.NO_SUCH_MODEL)
    return model


def read_call(body: Mapping[str, Any], model: Model) -> Call:
    """Raises RefusedError for the first thing that is wrong."""
    _check_sampling(body)
    switch = _flag(body, "enable_thinking")
    _require(switch is None or model.thinks == "switch", refusals.NO_THINKING_SWITCH)
    call = Call(
        model=model,
        messages=_messages(body, model),
        stream=_flag(body, "stream") or False,
        thinks=model.thinks == "always" or (model.thinks == "switch" and switch is not False),
        thinking_budget=_whole(body, "thinking_budget", 128, 32768) or _DEFAULT_THINKING_BUDGET,
        max_tokens=_whole(body, "max_tokens", 1, 2**31) or _DEFAULT_MAX_TOKENS,
        stop=_stop(body),
        wants_json=_wants_json(body),
    )
    prompt = call.prompt_tokens
    if model.context is not None and prompt >= model.context:
        raise RefusedError(refusals.prompt_too_long(prompt, model.context))
    return call


def _require(right: bool, refusal: Refusal | None = None) -> None:  # noqa: FBT001 - an assertion, not a switch
    if not right:
        raise RefusedError(refusal or refusals.invalid())


def _check_sampling(body: Mapping[str, Any]) -> None:
    _number(body, "temperature", 0, 2)
    _number(body, "top_p", 0, 1)
    _number(body, "min_p", 0, 1)
    _number(body, "frequency_penalty", -2, 2)
    _require(
        body.get("top_k") in (None, -1) or 1 <= _number(body, "top_k", -math.inf, math.inf) <= 100, refusals.BAD_TOP_K
    )
    n = _whole(body, "n", 1, 2**31) or 1
    _require(n <= 20, refusals.N_ABOVE_TWENTY)
    _require(n == 1, refusals.N_ABOVE_ONE)
    _require(body.get("tool_choice") != "required", refusals.NO_FORCED_TOOL)


def _flag(body: Mapping[str, Any], key: str) -> bool | None:
    value = body.get(key)
    _require(value is None or isinstance(value, bool))
    return value


def _number(body: Mapping[str, Any], key: str, low: float, high: float) -> float:
    """Zero where it is absent."""
    value = body.get(key)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise RefusedError(refusals.invalid())
    return value


def _whole(body: Mapping[str, Any], key: str, low: int, high: int) -> int:
    """Zero where it is absent."""
    value = _number(body, key, low, high)
    _require(isinstance(value, int))
    return int(value)


def _stop(body: Mapping[str, Any]) -> tuple[str, ...]:
    value = body.get("stop")
    words = [] if value is None else [value] if isinstance(value, str) else value
    _require(isinstance(words, list) and len(words) <= 4 and all(isinstance(w, str) and w for w in words))
    return tuple(words)


def _wants_json(body: Mapping[str, Any]) -> bool:
    wanted = body.get("response_format") or {"type": "text"}
    _require(isinstance(wanted, dict) and wanted.get("type") in _FORMATS)
    return bool(wanted["type"] != "text")


def _messages(body: Mapping[str, Any], model: Model) -> tuple[Message, ...]:
    messages = body.get("messages")
    _require(messages is not None and messages != [], refusals.NO_MESSAGES)
    if not isinstance(messages, list):
        raise RefusedError(refusals.invalid())
    return tuple(_message(message, model) for message in messages)


def _message(message: Any, model: Model) -> Message:
    role = message.get("role") if isinstance(message, dict) else None
    if not isinstance(role, str) or role not in _ROLES:
        raise RefusedError(refusals.invalid())
    _require(role != "tool" or isinstance(message.get("tool_call_id"), str))
    content = message.get("content")
    if isinstance(content, list):
        return _message_of_parts(role, content, model)
    # Only a turn that called tools may say nothing.
    _require(isinstance(content, str) or (content is None and bool(message.get("tool_calls"))), refusals.BAD_PART)
    text = content or ""
    return Message(role, text, 0, tokens.MESSAGE_TOKENS + tokens.count(text))


def _message_of_parts(role: str, parts: list[Any], model: Model) -> Message:
    texts: list[str] = []
    pictures: list[int] = []
    for part in parts:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text" and isinstance(part.get("text"), str):
            texts.append(part["text"])
        elif kind == "image_url":
            _require(model.kind == "vision", refusals.NOT_A_VISION_MODEL)
            pictures.append(_picture(part.get("image_url")))
        else:
            raise RefusedError(refusals.BAD_PART)
    text = "\n".join(texts)
    return Message(role, text, len(pictures), tokens.MESSAGE_TOKENS + tokens.count(text) + sum(pictures))


def _picture(image: Any) -> int:
    """What it costs, in tokens."""
    url = image.get("url") if isinstance(image, dict) else None
    if not isinstance(url, str):
        raise RefusedError(refusals.BAD_PART)
    if data := _DATA_URL.match(url):
        try:
            base64.b64decode(url[data.end() :], validate=True)
        except (binascii.Error, ValueError) as error:
            raise RefusedError(refusals.BAD_IMAGE_DATA) from error
    else:
        _require(url.startswith(("http://", "https://")), refusals.BAD_IMAGE_URL)
    return tokens.PICTURE_TOKENS_LOW if image.get("detail") in ("low", "auto") else tokens.PICTURE_TOKENS_HIGH
