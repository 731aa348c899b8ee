"""The catalogue in force: as it was built, less what the providers do not list any more, plus what is new."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol

from bot.providers.catalogue import Catalogue
from bot.providers.chat import Account
from bot.providers.errors import UpstreamError

log = logging.getLogger(__name__)


class ModelList(Protocol):
    async def list_models(self, account: Account, *, chat: bool = False) -> frozenset[str]: ...


class Shelf:
    """``built``: what the configuration names; :attr:`catalogue`: what can be used now."""

    def __init__(self, built: Catalogue, accounts: Mapping[str, tuple[Account, ...]], lists: ModelList) -> None:
        self._built = built
        self._accounts = accounts
        self._lists = lists
        self.catalogue = built

    async def refresh(self) -> None:
        """Ask each provider for its models; one that does not answer keeps those it had."""
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
        self.catalogue = catalogue
