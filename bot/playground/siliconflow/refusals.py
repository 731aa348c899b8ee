"""The errors of the API: bodies are objects with or without a code, bare JSON strings, or a gateway's HTML."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.model import Metric

JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is no success, as it goes over the wire."""

    status: int
    content: str
    content_type: str = JSON_TYPE
    retry_after: int | None = None


class RefusedError(Exception):
    """A request is answered with ``refusal``."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.content)
        self.refusal = refusal


def as_json(value: Any) -> str:
    """JSON as the API writes it: no spaces, no escapes beyond what must be."""
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def coded(status: int, code: int, message: str) -> Refusal:
    return Refusal(status, as_json({"code": code, "message": message, "data": None}))


def bare(status: int, text: str) -> Refusal:
    return Refusal(status, as_json(text))


INVALID_TOKEN = bare(401, "Invalid token")
UNKNOWN_KEY = bare(401, "Api key is invalid")
TOKEN_IS_INVALID = Refusal(401, as_json({"code": 30014, "message": "Token is invalid."}))
NO_BALANCE = coded(402, 30001, "Sorry, your account balance is insufficient")
NO_BALANCE_OLD = coded(403, 30001, "Sorry, your account balance is insufficient")  # 403 until 2026
FORBIDDEN = bare(403, "Forbidden")
MODEL_DISABLED = coded(403, 30003, "Model disabled.")
NOT_VERIFIED = coded(403, 30005, "Real-name authentication is required.")
NOT_FOUND = bare(404, "404 page not found")
TOO_LARGE = coded(413, 20042, "Request entity too large.")
MODERATED = coded(451, 20021, "The content seems to be prohibited or sensitive. Please change it.")
INTERNAL = coded(500, 50507, "Unknown error. Please try again later.")
OVERLOADED = coded(503, 50505, "Model service overloaded. Please try again later.")
BUSY = coded(503, 50603, "System is really busy. Please try again later.")
TIMED_OUT = bare(504, "Request timed out")
GATEWAY_PAGE = Refusal(
    504,
    "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n"
    "<center><h1>504 Gateway Time-out</h1></center>\r\n</body>\r\n</html>\r\n",
    "text/html",
)

NO_SUCH_MODEL = coded(400, 20012, "Model does not exist. Please check it carefully.")
NO_MODEL = coded(400, 20013, "The model is missing. Please check again.")
NO_MESSAGES = coded(400, 20014, "The messages are missing. Please check again.")
NO_THINKING_SWITCH = coded(400, 20015, "Value error, current model does not support parameter `enable_thinking`.")
NO_FORCED_TOOL = coded(400, 20015, "Value error, The `required` option for tool_choice is not yet supported.")
BAD_PART = coded(400, 20029, "The message format is wrong: only text and image URLs are supported.")
BAD_IMAGE_URL = coded(400, 20038, "The image URL is not valid or not reachable.")
BAD_IMAGE_DATA = coded(400, 20040, "The image is not valid base64.")
NOT_A_VISION_MODEL = coded(400, 20041, "The model is not a VLM (Vision Language Model). Please use text-only prompts.")
BAD_TOP_K = coded(400, 20060, "top_k must be -1 or between 1 and 100.")
N_ABOVE_ONE = coded(400, 20066, "n must be 1 for this model.")
N_ABOVE_TWENTY = coded(400, 20081, "n must not be greater than 20.")


def invalid(text: str = "The parameter is invalid. Please check again.") -> Refusal:
    return coded(400, 20015, text)


def prompt_too_long(tokens: int, context: int) -> Refusal:
    return invalid(f"length of prompt_tokens ({tokens}) must be less than max_seq_len ({context}).")


# "rps" has no code of its own: it was never a documented metric.
RATE_CODES: Mapping[Metric, int] = {
    "rps": 50601,
    "rpm": 50601,
    "rph": 50607,
    "rpd": 50608,
    "tpm": 50602,
    "tpd": 50602,
    "ipm": 50604,
    "ipd": 50605,
}


def rate_limited(text: str, metric: Metric, *, with_code: bool = False, retry_after: int | None = None) -> Refusal:
    """``text`` may hold ``{metric}``. The API sends no Retry-After, and a code only at times."""
    body: dict[str, Any] = {"code": RATE_CODES[metric]} if with_code else {}
    body |= {"message": text.format(metric=metric.upper()), "data": None}
    return Refusal(429, as_json(body), retry_after=retry_after)
