"""Does each provider accept each key, and has it the models that the bot is to use there?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from pydantic import SecretStr

from bot.check.finding import Finding
from bot.check.web import Fetch
from bot.providers.builtin import siliconflow
from bot.providers.provider import PRESETS
from bot.settings import Settings

_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@dataclass(frozen=True, slots=True)
class Account:
    """``models``: what the bot is to use there."""

    subject: str
    base_url: str
    key: str | None = field(repr=False)
    models: Sequence[str]


def accounts(settings: Settings) -> Iterator[Account]:
    """Every account of every provider, numbered where a provider has several."""
    default = siliconflow().chat_models()[0]  # the catalogue begins with what it prefers
    own = [default.upstream, *(model.id for model in settings.file.models)]
    yield from _of_provider("siliconflow", settings.siliconflow_base_url, settings.siliconflow_api_key, own)
    for name, provider in settings.file.providers.items():
        preset = PRESETS[provider.preset]
        models = [model.id for model in provider.models]
        yield from _of_provider(name, provider.base_url or preset.base_url, provider.api_key or (None,), models)


def of_account(account: Account, fetch: Fetch) -> Iterator[Finding]:
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


def _of_provider(
    name: str, base_url: str, keys: Sequence[SecretStr | None], models: Sequence[str]
) -> Iterator[Account]:
    for number, key in enumerate(keys, 1):
        subject = f"{name}, key {number} of {len(keys)}," if len(keys) > 1 else name
        yield Account(subject, base_url, key.get_secret_value() if key else None, models)


def _missing(account: Account, there: frozenset[str]) -> Iterator[Finding]:
    for model in account.models:
        if model not in there:
            yield Finding("warn", account.subject, f"does not offer {model}. Choose another of its models.")


def _ids(body: Mapping[str, Any]) -> frozenset[str]:
    models = body.get("data")
    if not isinstance(models, list):
        return frozenset()
    return frozenset(str(model.get("id")) for model in models if isinstance(model, dict))
