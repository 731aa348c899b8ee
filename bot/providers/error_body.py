"""What a refusal says, whatever its form: words, codes, the parameter that is named; and whether an object is one.

SiliconFlow sends ``{"code", "message", "data"}``, the same without a code, or a bare JSON string; the others send
``{"error": {"code", "type", "message", "param"}}``, a list of that, or ``{"detail": […]}``; MiniMax ``base_resp``;
gateways wrap the words of the server behind them, or send HTML or nothing.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.providers.error_codes import MINIMAX, OTHERS, SILICONFLOW, Make

TEXT_LIMIT: Final = 2_000
_SUCCESS: Final = frozenset({"", "0", "200", "20000", "ok", "success", "none", "null"})
_UNDER_WAY: Final = frozenset({"processing", "queued", "pending", "running", "in_progress", "waiting"})
_MESSAGES: Final = ("message", "msg", "detail", "error_msg", "errorMsg", "error_message", "errorMessage", "status_msg")
_CODES: Final = ("code", "type", "status", "reason", "error_code", "errorCode", "err_code", "status_code")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal, read."""

    text: str
    codes: tuple[str, ...] = ()
    table: Mapping[str, Make] | None = None  # what its numbers mean; None: as SiliconFlow's
    parameter: str = ""  # the part of the request that is named as the cause
    content: Any = None  # all of it, as JSON


def read_refusal(body: bytes | Mapping[str, Any]) -> Refusal:
    content: Any = body
    if isinstance(body, bytes):
        text = body.decode("utf-8", "replace")
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            content = text
    while isinstance(content, list) and content:
        content = content[0]
    if not isinstance(content, Mapping):
        return Refusal(str(content)[:TEXT_LIMIT])
    base = content.get("base_resp")
    if isinstance(base, Mapping) and str(base.get("status_code", 0)) not in _SUCCESS:
        return Refusal(str(base.get("status_msg"))[:TEXT_LIMIT], (str(base.get("status_code")),), MINIMAX, "", content)
    inner = content.get("error") or content.get("errors")
    while isinstance(inner, list) and inner:
        inner = inner[0]
    if isinstance(inner, Mapping):
        return _from(inner, OTHERS, content)
    if isinstance(inner, str):
        return _from({**content, "message": inner}, OTHERS, content)
    return _from(content, OTHERS if content.get("object") == "error" else SILICONFLOW, content)


def _from(content: Mapping[str, Any], table: Mapping[str, Make], whole: Any) -> Refusal:
    codes = [str(content[name]) for name in _CODES if isinstance(content.get(name), int | str)]
    codes += _reasons(content.get("details"))
    parameter = content.get("param")
    texts = [_worded(content[name]) for name in _MESSAGES if content.get(name)]
    if isinstance(content.get("detail"), list):
        kinds = [str(each.get("type")) for each in content["detail"] if isinstance(each, Mapping)]
        codes += ["extra_forbidden" if "extra" in kind else kind for kind in kinds]
        parameter = parameter or _place(content["detail"])
    metadata = content.get("metadata")
    if isinstance(metadata, Mapping) and metadata.get("raw"):  # OpenRouter: the words of the server behind it
        texts.append(_worded(metadata["raw"]))
    return Refusal(
        text=" ".join(texts)[:TEXT_LIMIT],
        codes=tuple(code for code in codes if code.lower() not in _SUCCESS),
        table=table,
        parameter=parameter if isinstance(parameter, str) and parameter.lower() != "none" else "",
        content=whole,
    )


def _worded(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)[:TEXT_LIMIT]


def _reasons(details: Any) -> Iterator[str]:
    """Google's: why, in each of its details."""
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, Mapping) and isinstance(detail.get("reason"), str):
            yield detail["reason"]


def _place(details: list[Any]) -> str:
    """FastAPI's: the field that was not taken."""
    for detail in details:
        place = detail.get("loc") if isinstance(detail, Mapping) else None
        if isinstance(place, list) and len(place) > 1 and isinstance(place[1], str):
            return place[1]
    return ""


def is_refusal(event: Mapping[str, Any], *, beside_choice: bool) -> bool:
    """Whether an object of a stream tells of an error. A code that means success is none."""
    error = event.get("error")
    if error:
        return not _means_success(error)
    if beside_choice or event.get("choices"):
        return False
    base = event.get("base_resp")
    if isinstance(base, Mapping) and str(base.get("status_code", 0)) not in _SUCCESS:
        return True
    if event.get("success") is False or event.get("type") == "error" or event.get("errors"):
        return True
    if "choices" in event or event.get("type") == "ping" or str(event.get("status")).lower() in _UNDER_WAY:
        return False
    code = str(event.get("code", "")).lower() not in _SUCCESS
    return code or any(isinstance(event.get(name), str) and event[name] for name in _MESSAGES) or "detail" in event


def _means_success(error: Any) -> bool:
    if not isinstance(error, Mapping):
        return str(error).strip().lower() in _SUCCESS
    said = str(error.get("message") or "").strip().lower()
    return str(error.get("code") or "").lower() in _SUCCESS and said in _SUCCESS
