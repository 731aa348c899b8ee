"""Is Telegram there, does it know the token, and can updates arrive?"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from bot.check.finding import Finding
from bot.check.web import Fetch
from bot.settings import Settings

_NO_SUCH_BOT = (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND)


def of_telegram(settings: Settings, fetch: Fetch) -> Iterator[Finding]:
    if settings.telegram_bot_token is None:
        yield Finding(
            "warn", "TELEGRAM_BOT_TOKEN", "is not set: `run` starts the playground. Get a token from @BotFather."
        )
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
