"""A provider's refusal becomes one of the errors of this house.

A known code decides; else a status that can mean one thing only; else the words; else the status.
"""

import re
from collections.abc import Mapping
from functools import partial as bound
from typing import Any, Final, get_args

from bot.domain import errors as e
from bot.domain.model import Metric
from bot.providers.error_body import Refusal, read_refusal
from bot.providers.error_codes import ABOUT_A_PARAMETER, DECISIVE, OTHERS, PLAIN, SILICONFLOW, VAGUE, Make
from bot.providers.error_wordings import LIMITS, PROMPTS, TEXTS
from bot.providers.rate_limit_headers import LONGEST_WAIT, field_wait, header_wait, text_wait

_METRICS: Final[Mapping[str, Metric]] = {name.upper(): name for name in get_args(Metric)}
_METRIC: Final = re.compile(rf"\b({'|'.join(_METRICS)})\b")
_CODE_IN_TEXT: Final = re.compile(r"[\"']code[\"']\s{0,4}:\s{0,4}[\"']?(\w{2,40})")


def translate(
    status: int,
    body: bytes | Mapping[str, Any],
    *,
    retry_after: str | None = None,
    spent_for: float = 0.0,
    trace: str | None = None,
    partial: bool = False,
    key: str = "",
    now: float = 0.0,
) -> e.UpstreamError:
    """The error to raise for an answer that is none.

    ``body``: bytes of a response, or an object met in a stream (``status`` is 200 then). ``retry_after``: the header;
    ``spent_for``: what other headers say, where that one is missing. ``now``: Unix seconds, for waits that are dates.
    ``key`` is struck out wherever the text repeats it.
    """
    said = read_refusal(body)
    status_said = next((int(code) for code in said.codes if re.fullmatch(r"[45]\d\d", code)), None)
    meant = status_said if status == 200 and status_said else status
    error = _make(status, meant, said)(
        detail=said.text.replace(key, "[key]") if key else said.text,
        status=status,
        code=said.codes[0][:64] if said.codes else None,
        trace=trace,
        partial=partial,
    )
    if isinstance(error, e.RateLimited):
        _fill_limit(error, said, header_wait(retry_after, now), spent_for, now)
    elif isinstance(error, e.TooLong):
        _fill_size(error, said)
    return error


def _make(status: int, meant: int, said: Refusal) -> Make:
    """The most particular that is known of what was said."""
    if status == 413:  # Groq calls a prompt that can never fit a rate limit
        return e.TooLong
    return (
        _by_code(said.table or SILICONFLOW, said)
        or _by_parameter(meant, said)
        or _decisive(meant, said)
        or _by_text(meant, said.text)
        or _by_code_in_text(meant, said.text)
        or _by_code(VAGUE, said)
        or _by_status(meant)
    )


def _by_code(table: Mapping[str, Make], said: Refusal) -> Make | None:
    """Numbers mean what their table says; names mean the same everywhere."""
    for code in said.codes:
        if make := table.get(code) or (None if code.isdigit() or table is VAGUE else OTHERS.get(code)):
            return make
    return None


def _by_parameter(status: int, said: Refusal) -> Make | None:
    """``param`` names what is not taken, where the code says that something is not; a role is the system's."""
    name = said.parameter.removeprefix("body.").split(".")[0].split("[")[0]
    if not name or status not in (200, 400, 422) or not ABOUT_A_PARAMETER.intersection(said.codes):
        return None
    if name == "messages":
        return bound(e.Unsupported, parameter="system") if re.search(r"system|developer", said.text) else None
    if name == "model":
        return None
    found = re.search(r"\buse [`'\"]?(\w{2,40})[`'\"]? instead", said.text, re.IGNORECASE)
    return bound(e.Unsupported, parameter=name, instead=found[1] if found else "")


def _decisive(status: int, said: Refusal) -> Make | None:
    """What a status means whatever the words are, but for a few that are used for something else as well."""
    make = DECISIVE.get(status)
    if make is e.RateLimited and (other := _by_text(400, said.text)) is e.BalanceGone:
        return other
    if make in (e.ServerFault, e.Overloaded) and (other := _by_text(400, said.text)) is e.TooLong:
        return other
    return make


def _by_text(status: int, text: str) -> Make | None:
    """The words are read where the status leaves room: a refused request, or an error inside a stream.

    A server's fault may be the word for a prompt that is too long (LM Studio, TensorRT-LLM), and for nothing else.
    """
    if status != 200 and not 400 <= status < 600:
        return None
    for pattern, make in TEXTS:
        if found := pattern.search(text):
            if status >= 500 and make is not e.TooLong:
                return None
            fields = {name: value for name, value in found.groupdict().items() if value}
            return bound(make, **fields) if fields else make
    return None


def _by_code_in_text(status: int, text: str) -> Make | None:
    """A gateway's words often hold the refusal of the server behind it, code and all."""
    if not 400 <= status < 500:
        return None
    for found in _CODE_IN_TEXT.finditer(text):
        if make := SILICONFLOW.get(found[1]) if len(found[1]) == 5 else OTHERS.get(found[1]):
            return make
    return None


def _by_status(status: int) -> Make:
    if make := PLAIN.get(status):
        return make
    if 300 <= status < 400:
        return e.WrongAddress
    return e.InvalidRequest if status < 500 else e.ServerFault


def _fill_limit(error: e.RateLimited, said: Refusal, header: float | None, spent_for: float, now: float) -> None:
    if error.metric is None and (found := _METRIC.search(said.text)):
        error.metric = _METRICS[found[1]]
    waits = (header, text_wait(said.text), field_wait(said.content, now), min(spent_for, LONGEST_WAIT) or None)
    error.retry_after = next((wait for wait in waits if wait is not None), None)


def _fill_size(error: e.TooLong, said: Refusal) -> None:
    error.limit = _number(LIMITS, said.text) or _named_number(said.content, "n_ctx")
    error.prompt = _number(PROMPTS, said.text) or _named_number(said.content, "n_prompt_tokens")


def _number(patterns: tuple[re.Pattern[str], ...], text: str) -> int | None:
    return next((int(found[1]) for pattern in patterns if (found := pattern.search(text))), None)


def _named_number(content: Any, name: str) -> int | None:
    """In the refusal itself, or in its ``error``."""
    for place in (content, content.get("error") if isinstance(content, Mapping) else None):
        value = place.get(name) if isinstance(place, Mapping) else None
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None
