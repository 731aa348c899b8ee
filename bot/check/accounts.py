"""Does each provider accept each key, and has it the models that the bot is to use there?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from bot.check.finding import Finding
from bot.check.web import Fetch
from bot.providers.models import build, siliconflow
from bot.settings import Settings

_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


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
