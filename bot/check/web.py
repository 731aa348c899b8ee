"""One GET by plain urllib, as directly as the bot itself asks: past proxies of the environment, and no redirects."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

TIMEOUT_SECONDS = 10
_LARGEST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """``body`` is empty where it was not a JSON object; ``sent`` is the server's time, in seconds since the epoch."""

    status: int
    body: Mapping[str, Any]
    sent: float | None


Fetch = Callable[[str, Mapping[str, str]], Reply]


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to another host."""

    def redirect_request(self, *_: object) -> None:
        return None


def fetch(url: str, headers: Mapping[str, str]) -> Reply:
    """The answer, whatever its status. Raises OSError where there is none; ``url`` must be http(s)."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)
    request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310 - the settings admit http(s) alone
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
            return _reply(answer.status, answer)
    except urllib.error.HTTPError as answer:
        with answer:
            return _reply(answer.code, answer)
    except urllib.error.URLError as error:
        raise OSError(str(error.reason)) from error
    except http.client.HTTPException as error:
        raise OSError(f"the answer is not HTTP: {type(error).__name__}") from error


def _reply(status: int, answer: http.client.HTTPResponse | urllib.error.HTTPError) -> Reply:
    try:
        body = json.loads(answer.read(_LARGEST_BYTES))
    except ValueError:
        body = None
    try:
        sent = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (TypeError, ValueError):
        sent = None
    return Reply(status, body if isinstance(body, dict) else {}, sent)
