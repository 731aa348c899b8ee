"""Refused requests mended: a key left out, renamed or bounded; and what is remembered of it with the model."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from bot.domain import errors as e
from bot.domain.model import Model
from bot.domain.model_adjustments import ModelAdjustment, ModelAdjustmentRepository
from bot.domain.provider import Provider

CONTEXT: Final = "context"
_SMALLEST_CONTEXT: Final = 256  # tokens; less is no size of a model but a misread sentence

Adjustments = Mapping[str, str]
"""By parameter, what takes its place; empty: it is left out."""


class LearnedAdjustments:
    """Adjustments by model, as long as the entries of model and provider stay as they are."""

    def __init__(
        self,
        repository: ModelAdjustmentRepository,
        entries: Mapping[str, Model],
        providers: Mapping[str, Provider],
    ) -> None:
        self.version = 0  # grows with each change of what is known
        self._repository = repository
        self._entries = entries  # models as they are described, by id
        self._providers = providers
        self._known: dict[tuple[str, str], dict[str, str]] = {}
        self._loaded = False

    async def load(self) -> None:
        """What was learned in earlier runs; once."""
        if self._loaded:
            return
        self._loaded = True
        for row in await self._repository.every():
            model = self._entries.get(row.model)
            if model is not None and model.provider == row.provider and row.entry != self._digest(model):
                self._repository.forget_other_entries(row.provider, row.model, self._digest(model))
            else:
                self._known.setdefault((row.provider, row.model), {}).setdefault(row.parameter, row.instead)
        self.version += 1

    async def of(self, model: Model) -> Adjustments:
        await self.load()
        return dict(self._known.get((model.provider, model.id), {}))

    def learn(self, model: Model, learned: Adjustments) -> None:
        known = self._known.setdefault((model.provider, model.id), {})
        entry = self._digest(model)
        for parameter, instead in learned.items():
            if known.get(parameter) != instead:
                known[parameter] = instead
                self.version += 1
                self._repository.remember(ModelAdjustment(model.provider, model.id, entry, parameter, instead))

    def learn_context(self, model: Model, limit: int | None) -> None:
        """That the model takes no more than ``limit`` tokens; nothing where that is no news."""
        if limit is not None and _SMALLEST_CONTEXT <= limit < model.context:
            self.learn(model, {CONTEXT: str(limit)})

    def contexts(self) -> dict[str, int]:
        """The real size of each model that has told one, by id."""
        return {model: int(known[CONTEXT]) for (_, model), known in self._known.items() if CONTEXT in known}

    def _digest(self, model: Model) -> str:
        described = self._entries.get(model.id, model)
        return sha256(repr((described, self._providers.get(model.provider))).encode()).hexdigest()[:32]


Json = dict[str, Any]

MENDS: Final = 8  # in turn, within one question
_REQUIRED: Final = frozenset({"model", "messages", "stream"})  # what stays in a body although a model refuses it
_LENGTHS: Final = ("max_tokens", "max_completion_tokens")  # one of them stays: what a call may cost must be bounded
_BOUND: Final = "max_tokens<="
_SYSTEM: Final = "system"
_STREAM: Final = "stream"
_LEAST: Final = 64  # tokens that an answer needs
_NUMBER: Final = re.compile(r"(?<![\w.])\d{1,9}(?![\w.]*\d)")


def adjusted(body: Json, adjustments: Adjustments) -> Json:
    """The request as the model takes it; ``body`` stays as it is."""
    result = dict(body)
    if _SYSTEM in adjustments:
        result["messages"] = _without_system(body["messages"])
    if _STREAM in adjustments:
        result["stream"] = False
        result.pop("stream_options", None)
    for parameter, instead in adjustments.items():
        if parameter in (_SYSTEM, _STREAM, _BOUND, CONTEXT) or parameter not in result:
            continue
        value = result.pop(parameter)
        if instead:
            result[instead] = value
    length = _length_key(result)
    if length and _BOUND in adjustments:
        result[length] = min(result[length], int(adjustments[_BOUND]))
    return result


def mended(error: e.UpstreamError, body: Json) -> Adjustments | None:
    """What is to be done otherwise than in the refused ``body``; None where nothing can be."""
    if error.partial:
        return None
    if isinstance(error, e.TooLong):
        return _shorter_answer(error, body)
    if not isinstance(error, e.Unsupported | e.InvalidRequest):
        return None
    named = _named(error)
    if named == _SYSTEM and any(message["role"] == _SYSTEM for message in body["messages"]):
        return {_SYSTEM: "user"}
    if named == _STREAM and body["stream"]:
        return {_STREAM: ""}
    key = _key(named, body) or _mentioned(error.detail, body)
    if key in _LENGTHS:
        return _other_length(error, key, body)
    return {key: ""} if key else None


def is_lasting(error: e.UpstreamError) -> bool:
    """Whether the mend holds for the model's next requests, too; how long an answer may be depends on the prompt."""
    return not isinstance(error, e.TooLong)


def _named(error: e.UpstreamError) -> str:
    return error.parameter if isinstance(error, e.Unsupported) else ""


def _key(named: str, body: Json) -> str:
    """The key of the body that holds what is named: itself, or an object with it inside; empty where none may go."""
    parts = [part for part in re.split(r"[.\[\]]+", named) if part not in ("", "body")]
    for part in parts:
        if part in body and part not in _REQUIRED:
            return part
    inner = parts[-1] if parts else ""
    return next((key for key, value in body.items() if inner and isinstance(value, Mapping) and inner in value), "")


def _mentioned(text: str, body: Json) -> str:
    """The key that the sentence names, whatever else it says."""
    keys = sorted(body.keys() - _REQUIRED, key=len, reverse=True)
    return next((key for key in keys if re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", text)), "")


def _length_key(body: Json) -> str:
    return next((key for key in _LENGTHS if key in body), "")


def _other_length(error: e.UpstreamError, key: str, body: Json) -> Adjustments | None:
    """A smaller number where the sentence has one, or else the key's other name."""
    sent = body[key]
    smaller = [number for found in _NUMBER.findall(error.detail) if _LEAST <= (number := int(found)) < sent]
    other = _LENGTHS[1 - _LENGTHS.index(key)]
    instead = error.instead if isinstance(error, e.Unsupported) else ""
    if smaller and other not in (instead, *re.findall(r"\w+", error.detail)):
        return {_BOUND: str(max(smaller))}
    return {key: instead if instead in _LENGTHS else other} if key == _LENGTHS[0] else None


def _shorter_answer(error: e.TooLong, body: Json) -> Adjustments | None:
    """Where the prompt fits and only the answer's greatest length does not."""
    key = _length_key(body)
    if not key or error.limit is None or error.prompt is None:
        return None
    room = error.limit - error.prompt - 1
    return {_BOUND: str(room)} if _LEAST <= room < body[key] else None


def _without_system(messages: list[Json]) -> list[Json]:
    """The system's words at the beginning of the first message of the user."""
    words = "\n\n".join(str(message["content"]) for message in messages if message["role"] == _SYSTEM)
    others = [message for message in messages if message["role"] != _SYSTEM]
    if not others or others[0]["role"] != "user":
        return [{"role": "user", "content": words}, *others]
    first = others[0]
    content = first["content"]
    joined = f"{words}\n\n{content}" if isinstance(content, str) else [{"type": "text", "text": words}, *content]
    return [{**first, "content": joined}, *others[1:]]
