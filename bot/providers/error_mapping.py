"""A provider's refusal, in whatever form it comes, becomes one of the errors of this house.

SiliconFlow sends ``{"code", "message", "data"}``, the same without a code, or a bare JSON string; the others send
``{"error": {"code", "type", "message"}}``; gateways send HTML or nothing. A known code decides; else a status that can
mean one thing only; else the text; else the status.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args

from bot.domain import errors as e
from bot.domain.model import Metric

TEXT_LIMIT = 2_000
LONGEST_WAIT = 86_400.0  # a provider's word on how long to wait is believed up to a day

Make = Callable[..., e.UpstreamError]


def _rows(make: Make, codes: Iterable[int | str]) -> dict[str, Make]:
    return {str(code): make for code in codes}


# The documented table of codes; 20000 is success and has no row.
SILICONFLOW: Mapping[str, Make] = {
    **_rows(e.InvalidRequest, (20011, 20013, 20014, 20016, 20017, 20018, 20019, 20020)),
    **_rows(e.InvalidRequest, (20022, 20023, 20025, 20026, 20027, 20028, 20029, 20034, 20035)),
    **_rows(e.InvalidRequest, (20044, *range(20046, 20050), *range(20051, 20055), 20059, 20061, 20062)),
    **_rows(e.InvalidRequest, (20056, 20057, 20058, 20060, 20063, 20064, 20065, *range(20067, 20081))),
    **_rows(e.InvalidRequest, (20082, 20083, 20084, 20085, 20086, 20087, 20088, 20089)),
    **_rows(e.ModelGone, (20012, 30003)),
    **_rows(e.Moderated, (20021,)),
    **_rows(partial(e.Unsupported, parameter="response_format"), (20024,)),
    **_rows(partial(e.Unsupported, parameter="prefix"), (20030, 20031, 20032, 20033)),
    **_rows(partial(e.Unsupported, parameter="stream"), (20036,)),
    **_rows(partial(e.Unsupported, parameter="tools"), (20037,)),
    **_rows(partial(e.Unsupported, parameter="completions"), (20039,)),
    **_rows(partial(e.Unsupported, parameter="pictures"), (20038, 20040, 20041, 20055)),
    **_rows(partial(e.Unsupported, parameter="n"), (20066, 20081)),
    **_rows(e.TooLong, (20042, 20043, 20045, 20050)),
    **_rows(e.BalanceGone, (30001,)),
    **_rows(e.AccountBarred, (30000, 30002, 30005, 30008, 30009, 30012)),
    **_rows(e.ModelRefused, (30004, 30006, 30007, 30010, 30011, 30013)),
    **_rows(e.KeyRefused, (30014,)),
    **_rows(partial(e.RateLimited, metric="rpm"), (50601,)),
    **_rows(partial(e.RateLimited, metric="tpm"), (50602,)),
    **_rows(partial(e.RateLimited, metric="ipm"), (50604,)),
    **_rows(partial(e.RateLimited, metric="ipd"), (50605,)),
    **_rows(partial(e.RateLimited, metric="rpd"), (50606, 50608)),
    **_rows(partial(e.RateLimited, metric="rph"), (50607,)),
    **_rows(e.Overloaded, (50505, 50508, 50603)),
    **_rows(e.TimedOut, (50501, 50504, 50506, 50509)),
    **_rows(e.ServerFault, (50500, 50502, 50503, 50507, 50510, 60000, *range(60002, 60016))),
    **_rows(e.BrokenStream, (60001,)),
}

# Codes and types of the ``error`` object: OpenAI's manner, Zhipu's four digits, DashScope, Moonshot, Groq, DeepSeek.
OTHERS: Mapping[str, Make] = {
    **_rows(e.KeyRefused, ("invalid_api_key", "invalid_authentication_error", "authentication_error", "InvalidApiKey")),
    **_rows(e.KeyRefused, (1000, 1001, 1002, 1003, 1004)),
    **_rows(e.BalanceGone, ("insufficient_quota", "exceeded_current_quota_error", "Arrearage", 1113)),
    **_rows(e.AccountBarred, ("account_deactivated",)),
    **_rows(
        e.ModelGone, ("model_not_found", "model_decommissioned", "resource_not_found_error", "ModelNotFound", 1211)
    ),
    **_rows(e.ModelRefused, ("permission_denied_error", "Model.AccessDenied", "access_denied", 1220)),
    **_rows(e.TooLong, ("context_length_exceeded", "string_above_max_length", 1261)),
    **_rows(e.Moderated, ("content_filter", "data_inspection_failed", "DataInspectionFailed", 1301)),
    **_rows(e.RateLimited, ("rate_limit_exceeded", "rate_limit_reached_error", "rate_limit_error")),
    **_rows(e.RateLimited, ("Throttling", "Throttling.RateQuota", "limit_requests", "limit_burst_rate", 1302, 1303)),
    **_rows(partial(e.RateLimited, metric="rpd"), (1304,)),
    **_rows(e.Overloaded, ("engine_overloaded_error", "overloaded_error", "server_overloaded", 1305, 1312)),
    **_rows(e.ServerFault, ("server_error", "api_error", "internal_error")),
    **_rows(e.TimedOut, ("timeout", "RequestTimeOut")),
}

# Codes that say less than the text beside them: asked after it.
VAGUE: Mapping[str, Make] = _rows(e.InvalidRequest, (20015, "invalid_request_error", "BadRequestError"))

# What can mean one thing only, whatever the text says.
DECISIVE: Mapping[int, Make] = {
    401: e.KeyRefused,
    402: e.BalanceGone,
    408: e.TimedOut,
    413: e.TooLong,
    429: e.RateLimited,
    451: e.Moderated,
    502: e.ServerFault,
    503: e.Overloaded,
    504: e.TimedOut,
    524: e.TimedOut,  # Cloudflare's own
    529: e.Overloaded,
}

# What the rest of a status means when nothing else did; other 4xx: InvalidRequest, 3xx: WrongAddress, 5xx: ServerFault.
PLAIN: Mapping[int, Make] = {
    200: e.BrokenStream,
    403: e.ModelRefused,
    404: e.WrongAddress,
    405: e.WrongAddress,
    499: e.BrokenStream,
}

# First match wins. A group named as a field of the error fills it.
TEXTS: tuple[tuple[re.Pattern[str], Make], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), make)
    for pattern, make in (
        (rf"\b(?:{'|'.join(get_args(Metric))}) limit reached", e.RateLimited),
        (r"less than max_seq_len \((?P<limit>\d+)\)", e.TooLong),
        (r"maximum context length (?:is|of) (?P<limit>\d+)", e.TooLong),
        (r"exceeded model token limit: (?P<limit>\d+)", e.TooLong),
        (r"range of input length should be \[\d+, (?P<limit>\d+)\]", e.TooLong),
        (r"reduce the length of the messages|prompt is too long|context (?:length|window) exceeded", e.TooLong),
        (r"(?P<parameter>enable_thinking)", e.Unsupported),
        (r"(?P<parameter>response_format)", e.Unsupported),
        (r"does not support parameter [`'\"]?(?P<parameter>\w+)", e.Unsupported),
        (r"option for (?P<parameter>\w+) is not yet supported", e.Unsupported),
        (r"unsupported parameter: [`'\"]?(?P<parameter>\w+)", e.Unsupported),
        (r"unrecognized request argument supplied: (?P<parameter>\w+)", e.Unsupported),
        (r"property [`'\"]+(?P<parameter>\w+)[`'\"]+ is unsupported", e.Unsupported),
        (r"\bmodel\b.{0,120}\b(?:not found|(?:does )?not exist)|no endpoints found for", e.ModelGone),
        (r"insufficient (?:balance|credits?|quota|funds)|balance is insufficient", e.BalanceGone),
        (r"input was flagged|requires moderation|data_inspection_failed", e.Moderated),
        (r"overloaded|really busy|at capacity", e.Overloaded),
        (r"rate.?limit|too many requests", e.RateLimited),
    )
)

_METRICS: Mapping[str, Metric] = {name.upper(): name for name in get_args(Metric)}
_METRIC = re.compile(rf"\b({'|'.join(_METRICS)})\b")
_TRY_AGAIN = re.compile(r"try again in (?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)(ms|s))?")


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    codes: tuple[str, ...]
    table: Mapping[str, Make]


def translate(
    status: int,
    body: bytes | Mapping[str, Any],
    *,
    retry_after: str | None = None,
    spent_for: float = 0.0,
    trace: str | None = None,
    partial: bool = False,
    key: str = "",
) -> e.UpstreamError:
    """The error to raise for an answer that is none.

    ``body``: bytes of a response, or an object met in a stream (``status`` is 200 then). ``retry_after``: the header;
    ``spent_for``: what other headers say, where that one is missing.
    ``key`` is struck out wherever the text repeats it.
    """
    said = _read(body)
    status_said = next((int(code) for code in said.codes if re.fullmatch(r"[45]\d\d", code)), None)
    meant = status_said if status == 200 and status_said else status
    make = _by_code(said.table, said) or DECISIVE.get(meant) or _by_text(meant, said.text)
    if status == 413:  # Groq calls a prompt that can never fit a rate limit
        make = e.TooLong
    error = (make or _by_code(VAGUE, said) or _by_status(meant))(
        detail=said.text.replace(key, "[key]") if key else said.text,
        status=status,
        code=said.codes[0][:64] if said.codes else None,
        trace=trace,
        partial=partial,
    )
    if isinstance(error, e.RateLimited):
        _fill(error, said.text, retry_after, spent_for)
    return error


def _read(body: bytes | Mapping[str, Any]) -> _Said:
    content: Any = body
    if isinstance(body, bytes):
        text = body.decode("utf-8", "replace")
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            content = text
    if not isinstance(content, Mapping):
        return _Said(str(content)[:TEXT_LIMIT], (), SILICONFLOW)
    inner = content.get("error")
    if isinstance(inner, Mapping):
        return _said(inner, OTHERS)
    if isinstance(inner, str):
        return _Said(inner[:TEXT_LIMIT], (), OTHERS)
    return _said(content, OTHERS if content.get("object") == "error" else SILICONFLOW)


def _said(content: Mapping[str, Any], table: Mapping[str, Make]) -> _Said:
    codes = tuple(str(content[name]) for name in ("code", "type") if isinstance(content.get(name), int | str))
    text = content.get("message") or content.get("detail") or ""
    return _Said(str(text)[:TEXT_LIMIT], tuple(code for code in codes if code), table)


def _by_code(table: Mapping[str, Make], said: _Said) -> Make | None:
    return next((table[code] for code in said.codes if code in table), None)


def _by_text(status: int, text: str) -> Make | None:
    """A text is read where the status leaves room: a refused request, or an error inside a stream."""
    if status != 200 and not 400 <= status < 500:
        return None
    for pattern, make in TEXTS:
        if found := pattern.search(text):
            return partial(make, **{name: _field(name, value) for name, value in found.groupdict().items()})
    return None


def _field(name: str, text: str) -> int | str:
    return int(text[:12]) if name == "limit" else text


def _by_status(status: int) -> Make:
    if make := PLAIN.get(status):
        return make
    if 300 <= status < 400:
        return e.WrongAddress
    return e.InvalidRequest if status < 500 else e.ServerFault


def _fill(error: e.RateLimited, text: str, retry_after: str | None, spent_for: float) -> None:
    if error.metric is None and (found := _METRIC.search(text)):
        error.metric = _METRICS[found[1]]
    error.retry_after = _wait(text, retry_after)
    if error.retry_after is None and spent_for:
        error.retry_after = min(spent_for, LONGEST_WAIT)


def _wait(text: str, retry_after: str | None) -> float | None:
    """Seconds: from the header (its form as a date is unheard of here), else from Groq's "try again in 1m5.2s"."""
    if retry_after and re.fullmatch(r"\d{1,9}(\.\d+)?", retry_after.strip()):
        return min(float(retry_after), LONGEST_WAIT)
    if not (found := _TRY_AGAIN.search(text)) or not any(found.groups()):
        return None
    hours, minutes, amount, unit = found.groups()
    seconds = float(amount or 0) / (1000 if unit == "ms" else 1)
    return min(3600 * int((hours or "0")[:4]) + 60 * int((minutes or "0")[:4]) + seconds, LONGEST_WAIT)
