"""The models that can be used: those that come with the bot, those that the configuration names, those of today."""

import asyncio
import logging
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final, Protocol

from bot.domain.catalogue import Catalogue
from bot.domain.chat import Account
from bot.domain.errors import UpstreamError
from bot.domain.model import Model
from bot.domain.provider import PRESETS, Provider
from bot.providers.request_mending import LearnedAdjustments
from bot.settings.file import ProviderTable
from bot.settings.model_table import ModelTable

log = logging.getLogger(__name__)

_SHIPPED: Final = "siliconflow"  # the preset whose models come with the bot


@cache
def siliconflow(provider: str = _SHIPPED) -> Catalogue:
    """SiliconFlow's models, under the name that ``provider`` has in the configuration."""
    models = (*_shipped(provider, "chat"), *_shipped(provider, "drawing"))
    return Catalogue.of(models, _data()["aliases"])


@cache
def legacy_image_models(provider: str = _SHIPPED) -> Catalogue:
    """The models that only an older API has, under the name that ``provider`` has in the configuration."""
    return Catalogue.of(_shipped(provider, "legacy"))


def _shipped(provider: str, group: str) -> Iterator[Model]:
    data, preset = _data(), replace(PRESETS[_SHIPPED], name=provider)
    for model_id, entry in data["models"][group].items():
        rest = {key: value for key, value in entry.items() if key != "chain"}
        chain = [other for other in data["chains"][entry["chain"]] if other != model_id]
        table = {"id": model_id, "limits": data["limits"][group], "fallbacks": chain, **rest}
        yield ModelTable.model_validate(table).model(preset)


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files("bot.providers").joinpath("data/siliconflow.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Registry:
    """What the configuration names, put together."""

    catalogue: Catalogue
    accounts: Mapping[str, tuple[Account, ...]]  # by the provider's name
    providers: Mapping[str, Provider]  # likewise


def build(tables: Mapping[str, ProviderTable]) -> Registry:
    """The registry of providers by their names, whose order is the order of preference among models."""
    providers = {name: _provider(name, table) for name, table in tables.items()}
    catalogue = Catalogue()
    for name, table in tables.items():
        catalogue = _with_models(catalogue, providers[name], table)
    accounts = {name: _accounts(providers[name], table) for name, table in tables.items()}
    return Registry(catalogue, accounts, providers)


def _provider(name: str, table: ProviderTable) -> Provider:
    preset = PRESETS[table.preset]
    return replace(
        preset,
        name=name,
        base_url=table.base_url or preset.base_url,
        start_seconds=table.start_seconds or preset.start_seconds,
    )


def _accounts(provider: Provider, table: ProviderTable) -> tuple[Account, ...]:
    """The first key's account is called as the provider, the others are numbered from 2."""
    keys = [key.get_secret_value() for key in table.api_key] or [""]
    names = (provider.name, *(f"{provider.name}#{number}" for number in range(2, len(keys) + 1)))
    return tuple(Account(name, provider.name, provider.base_url, key) for name, key in zip(names, keys, strict=True))


def _with_models(catalogue: Catalogue, provider: Provider, table: ProviderTable) -> Catalogue:
    if table.preset == _SHIPPED:
        shipped = siliconflow(provider.name)
        catalogue = catalogue.merged(shipped, shipped.aliases)
    catalogue = catalogue.merged(replace(model.model(provider), named=True) for model in table.models)
    return catalogue.limited(provider.name, table.limits.metrics, table.limits.parallel)


class ModelList(Protocol):
    """Who can tell which models a provider has."""

    async def list_models(self, account: Account, *, chat: bool = False) -> frozenset[str]: ...


class LiveCatalogue:
    """The catalogue in force: as it was built, less what the providers do not list any more, plus what is new."""

    def __init__(
        self,
        built: Catalogue,
        accounts: Mapping[str, tuple[Account, ...]],
        lists: ModelList,
        learned: LearnedAdjustments | None = None,
    ) -> None:
        self._built = built
        self._accounts = accounts
        self._lists = lists
        self._learned = learned
        self._listed = built
        self._current = built
        self._version = 0

    @property
    def catalogue(self) -> Catalogue:
        """What can be used now, with the sizes that models have told."""
        if self._learned is not None and self._version != self._learned.version:
            self._version = self._learned.version
            self._current = self._listed.resized(self._learned.contexts())
        return self._current

    async def refresh(self) -> None:
        """Ask each provider for its models; one that does not answer keeps those it had."""
        if self._learned is not None:
            await self._learned.load()
        catalogue = self._built
        for provider, accounts in self._accounts.items():
            try:
                ids, chatting = await asyncio.gather(
                    self._lists.list_models(accounts[0]), self._lists.list_models(accounts[0], chat=True)
                )
            except UpstreamError as error:
                log.warning("The models of %s could not be listed: %s", provider, error)
            else:
                catalogue = catalogue.with_available(provider, ids, chatting if chatting != ids else ())
        self._listed = self._current = catalogue
        self._version = 0
