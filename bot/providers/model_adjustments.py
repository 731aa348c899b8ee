"""What models have taught about themselves by their refusals, in memory and in what keeps it over a restart."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from bot.domain.model import Model
from bot.domain.model_adjustments import ModelAdjustment, ModelAdjustmentRepository
from bot.domain.provider import Provider

CONTEXT: Final = "context"
_SMALLEST_CONTEXT: Final = 256  # tokens; less is no size of a model but a misread sentence

Adjustments = Mapping[str, str]
"""By parameter, what takes its place; empty: it is left out."""


class LearnedAdjustments:
    """Adjustments by model, as long as the entries of model and provider stay as they are."""

    def __init__(
        self,
        repository: ModelAdjustmentRepository,
        entries: Mapping[str, Model],
        providers: Mapping[str, Provider],
    ) -> None:
        self.version = 0  # grows with each change of what is known
        self._repository = repository
        self._entries = entries  # models as they are described, by id
        self._providers = providers
        self._known: dict[tuple[str, str], dict[str, str]] = {}
        self._loaded = False

    async def load(self) -> None:
        """What was learned in earlier runs; once."""
        if self._loaded:
            return
        self._loaded = True
        for row in await self._repository.every():
            model = self._entries.get(row.model)
            if model is not None and model.provider == row.provider and row.entry != self._digest(model):
                self._repository.forget_other_entries(row.provider, row.model, self._digest(model))
            else:
                self._known.setdefault((row.provider, row.model), {}).setdefault(row.parameter, row.instead)
        self.version += 1

    async def of(self, model: Model) -> Adjustments:
        await self.load()
        return dict(self._known.get((model.provider, model.id), {}))

    def learn(self, model: Model, learned: Adjustments) -> None:
        known = self._known.setdefault((model.provider, model.id), {})
        entry = self._digest(model)
        for parameter, instead in learned.items():
            if known.get(parameter) != instead:
                known[parameter] = instead
                self.version += 1
                self._repository.remember(ModelAdjustment(model.provider, model.id, entry, parameter, instead))

    def learn_context(self, model: Model, limit: int | None) -> None:
        """That the model takes no more than ``limit`` tokens; nothing where that is no news."""
        if limit is not None and _SMALLEST_CONTEXT <= limit < model.context:
            self.learn(model, {CONTEXT: str(limit)})

    def contexts(self) -> dict[str, int]:
        """The real size of each model that has told one, by id."""
        return {model: int(known[CONTEXT]) for (_, model), known in self._known.items() if CONTEXT in known}

    def _digest(self, model: Model) -> str:
        described = self._entries.get(model.id, model)
        return sha256(repr((described, self._providers.get(model.provider))).encode()).hexdigest()[:32]
