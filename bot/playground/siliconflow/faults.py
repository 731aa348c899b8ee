"""Everything that goes wrong with such an API, on order: by a rule of a test, or by a word in a question."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.playground.siliconflow import refusals
from bot.playground.siliconflow.profiles import PROFILES
from bot.playground.siliconflow.refusals import Refusal, rate_limited


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset before the first byte of an answer."""


@dataclass(frozen=True, slots=True)
class Quirks:
    """How an answer departs from its plain form. ``*_after`` count the chunks that come before, and happen at the end
    where there are fewer. An answer that is not streamed knows those marked *; ``cut_after`` breaks it midway."""

    hold_after: int | None = None
    """* Held until ``release`` is set; without one, for good. 0: not even a status line comes."""
    release: asyncio.Event | None = None
    cut_after: int | None = None
    """The connection closes, in the midst of the body."""
    end_after: int | None = None
    """The body ends as it should, but without [DONE]."""
    error_after: int | None = None
    """An error object comes in place of the rest."""
    empty_answer: bool = False
    """* No text; thinking, if any, stays."""
    null_content: bool = False
    """* A chunk whose content is null, or a whole message of that kind."""
    empty_choices: bool = False
    """A chunk whose ``choices`` are []."""
    empty_finish: bool = False
    """``finish_reason`` is "" where it should be null."""
    filter_results: bool = False
    """* ``content_filter_results`` in each choice, as in early 2025."""
    usage: Literal["each", "last", "none"] = "each"
    """* "last": only in one more chunk, whose ``choices`` are []."""
    reasoning_key: Literal["reasoning_content", "reasoning"] = "reasoning_content"
    """* As newer vLLM and Ollama name it."""
    think_tags: bool = False
    """* Thinking comes as <think>…</think> in the content."""
    comments: bool = False
    """A comment line before each event, as OpenRouter and DeepSeek send them."""
    crlf: bool = False
    odd_borders: bool = False
    """Each event is written in two parts, cut within a character that has several bytes if there is one."""


Fault = Refusal | Reset | Quirks

PLAIN = Quirks()

_TPM_TEXT = PROFILES["now"].rate_text

# What people can try by hand: a question that ends with "!" and one of these words.
TRICKS: Mapping[str, Fault] = {
    "400": refusals.invalid(),
    "401": refusals.UNKNOWN_KEY,
    "402": refusals.NO_BALANCE,
    "403": refusals.FORBIDDEN,
    "disabled": refusals.MODEL_DISABLED,
    "gone": refusals.NO_SUCH_MODEL,
    "429": rate_limited(_TPM_TEXT, "tpm"),
    "451": refusals.MODERATED,
    "500": refusals.INTERNAL,
    "503": refusals.OVERLOADED,
    "busy": refusals.BUSY,
    "504": refusals.TIMED_OUT,
    "html": refusals.GATEWAY_PAGE,
    "reset": Reset(),  # before the first byte
    "cut": Quirks(cut_after=3),  # the connection closes in the midst of the answer
    "end": Quirks(end_after=3),  # the answer ends without [DONE]
    "error": Quirks(error_after=3),  # an error object takes the place of its rest
    "stall": Quirks(hold_after=3),  # it never goes on: try /stop
    "silent": Quirks(hold_after=0),  # it never begins
    "empty": Quirks(empty_answer=True),
    "tags": Quirks(think_tags=True),  # a thinking model's thoughts come within the text
}
_TRICK = re.compile(r"(?:^|\s)[!！]([a-z0-9]+)\s*$")


def trick(question: str) -> Fault | None:
    match = _TRICK.search(question)
    return TRICKS.get(match.group(1)) if match else None


@dataclass(slots=True, eq=False)
class Rule:
    """``model`` None: any. ``left`` None: until it is removed. ``used`` counts how often it struck."""

    fault: Fault
    model: str | None
    left: int | None
    used: int = field(default=0, init=False)


class Faults:
    """The oldest rule that fits is used, and only that one."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def add(self, fault: Fault, *, model: str | None = None, times: int | None = 1) -> Rule:
        rule = Rule(fault, model, times)
        self._rules.append(rule)
        return rule

    def remove(self, rule: Rule) -> None:
        """It may have been used up already."""
        if rule in self._rules:
            self._rules.remove(rule)

    def take(self, model: str) -> Fault | None:
        rule = next((rule for rule in self._rules if rule.model in (None, model)), None)
        if rule is None:
            return None
        rule.used += 1
        if rule.left is not None:
            rule.left -= 1
            if rule.left == 0:
                self._rules.remove(rule)
        return rule.fault
