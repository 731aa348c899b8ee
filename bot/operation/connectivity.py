"""Are Telegram and the providers there, do they know token and keys, and can updates arrive?

Asked by plain urllib, as directly as the bot itself asks: past proxies of the environment, and without redirects."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.logs import visible
from bot.providers.models import build, siliconflow
from bot.settings import Settings

TIMEOUT_SECONDS = 10
_LARGEST_BYTES = 4 * 1024 * 1024
_NO_SUCH_BOT = (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND)
_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@dataclass(frozen=True, slots=True)
class Finding:
    """``text`` continues ``subject`` to a sentence; unless ``ok`` it names the mend."""

    level: Literal["ok", "warn", "fail"]
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.level:<4} {self.subject} {visible(self.text)}"


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


def of_telegram(settings: Settings, fetch: Fetch) -> Iterator[Finding]:
    if settings.telegram_bot_token is None:
        yield Finding("warn", "TELEGRAM_BOT_TOKEN", "is not set: `run` refuses. Get a token from @BotFather.")
        return
    base = f"{settings.telegram_api_url}/bot{settings.telegram_bot_token.get_secret_value()}"
    host = urlsplit(settings.telegram_api_url).netloc
    try:
        reply = fetch(f"{base}/getMe", {})
    except OSError as error:
        yield Finding(
            "fail", "Telegram", f"cannot be reached at {host} ({error}). Open the way, or set TELEGRAM_API_URL."
        )
        return
    if reply.status in _NO_SUCH_BOT:
        yield Finding("fail", "TELEGRAM_BOT_TOKEN", f"is not known at {host}. Copy it anew from @BotFather.")
        return
    me = _result(reply.body)
    if reply.status != HTTPStatus.OK or not me:
        yield Finding(
            "fail", "TELEGRAM_API_URL", f"answers at {host}, but not as Telegram ({reply.status}). Correct it."
        )
        return
    yield Finding("ok", "Telegram", f"knows the bot as @{me.get('username', '?')}.")
    yield from _abilities(me)
    yield from _delivery(settings, fetch, base)


def _abilities(me: Mapping[str, Any]) -> Iterator[Finding]:
    """Both are choices, so neither is a warning."""
    if me.get("can_read_all_group_messages") is False:
        yield Finding(
            "ok",
            "privacy mode",
            "is on: in groups where it is no admin the bot sees only what is addressed to it. To change that: "
            "@BotFather, /setprivacy, then remove the bot from the group and add it again.",
        )
    if me.get("has_topics_enabled") is False:
        yield Finding("ok", "topics", "are off in private chats. @BotFather, Bot Settings, Threads: Threaded Mode.")


def _delivery(settings: Settings, fetch: Fetch, base: str) -> Iterator[Finding]:
    """Servers that know no getWebhookInfo have no webhook."""
    try:
        webhook = _result(fetch(f"{base}/getWebhookInfo", {}).body)
    except OSError as error:
        yield Finding("warn", "webhook", f"could not be asked for ({error}). Try again.")
        return
    if webhook.get("url") and settings.webhook_url is None:
        host = urlsplit(str(webhook["url"])).netloc
        yield Finding("warn", "webhook", f"is set to {host}, but WEBHOOK_URL is not. Stop what uses the token there.")
    elif settings.webhook_url and webhook.get("last_error_message"):
        yield Finding("warn", "webhook", f"had a failed delivery: {webhook['last_error_message']}. See WEBHOOK_URL.")
    elif settings.webhook_url:
        yield Finding("ok", "webhook", f"has {webhook.get('pending_update_count', 0)} updates waiting.")


def _result(body: Mapping[str, Any]) -> Mapping[str, Any]:
    result = body.get("result")
    return result if isinstance(result, dict) else {}


@dataclass(frozen=True, slots=True)
class CheckedAccount:
    """An account to be asked."""

    subject: str
    base_url: str
    key: str = field(repr=False)  # empty: none
    models: Sequence[str]  # what the bot is to use there


def accounts(settings: Settings) -> Iterator[CheckedAccount]:
    """Every account of every provider, numbered where a provider has several."""
    found = build(settings.providers).accounts
    for name, table in settings.providers.items():
        models = [model.id for model in table.models]
        if name == "siliconflow":
            models.insert(0, siliconflow().chat_models()[0].upstream)  # the catalogue begins with what it prefers
        for number, account in enumerate(found[name], 1):
            subject = f"{name}, key {number} of {len(found[name])}," if len(found[name]) > 1 else name
            yield CheckedAccount(subject, account.base_url, account.key, models)


def of_account(account: CheckedAccount, fetch: Fetch) -> Iterator[Finding]:
    headers = {"Authorization": f"Bearer {account.key}"} if account.key else {}
    try:
        reply = fetch(f"{account.base_url}/models", headers)
    except OSError as error:
        yield Finding("fail", account.subject, f"cannot be reached ({error}). Open the way, or correct its base URL.")
        return
    if reply.status in _REFUSED:
        yield Finding(
            "fail",
            account.subject,
            "refuses the key, or wants one. Copy it anew; each site of a provider has keys of its own.",
        )
    elif reply.status != HTTPStatus.OK:
        yield Finding("warn", account.subject, f"gives no list of its models ({reply.status}). Check its base URL.")
    else:
        there = _ids(reply.body)
        yield Finding("ok", account.subject, f"answers and offers {len(there)} models.")
        yield from _missing(account, there)


def _missing(account: CheckedAccount, there: frozenset[str]) -> Iterator[Finding]:
    for model in account.models:
        if model not in there:
            yield Finding("warn", account.subject, f"does not offer {model}. Choose another of its models.")


def _ids(body: Mapping[str, Any]) -> frozenset[str]:
    models = body.get("data")
    if not isinstance(models, list):
        return frozenset()
    return frozenset(str(model.get("id")) for model in models if isinstance(model, dict))
