"""The catalogue: all models that can be used. Each change gives a new one."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from bot.domain.model import Metric, Model, comparable, is_listed, same_models
from bot.domain.money import Price

NEWCOMER_CONTEXT: Final = 32_768  # tokens
NEWCOMER_OUTPUT: Final = 4_096
_NO_ALIASES: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All models, the preferred first, and the successors of retired ones. Each change gives a new catalogue."""

    models: Mapping[str, Model] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, models: Iterable[Model], aliases: Mapping[str, str] = _NO_ALIASES) -> "Catalogue":
        return cls(MappingProxyType({model.id: model for model in models}), MappingProxyType(dict(aliases)))

    def __iter__(self) -> Iterator[Model]:
        return iter(self.models.values())

    def get(self, model_id: str) -> Model | None:
        """The model, or the successor of a retired one; else the only one that is spelled alike; None without any."""
        wanted, seen = model_id, set()
        while model_id not in self.models and model_id not in seen:
            seen.add(model_id)
            model_id = self.aliases.get(model_id, model_id)
        if model_id in self.models:
            return self.models[model_id]
        alike = same_models(wanted, self.models)
        return self.models[alike[0]] if len(alike) == 1 else None

    def chat_models(self) -> list[Model]:
        return [model for model in self if not model.draws]

    def draw_models(self) -> list[Model]:
        return [model for model in self if model.draws]

    def by_family(self) -> dict[str, list[Model]]:
        """The chat models in groups, each group and the groups themselves in order of preference."""
        families: dict[str, list[Model]] = {}
        for model in self.chat_models():
            families.setdefault(model.family, []).append(model)
        return families

    def fallbacks(self, model: Model) -> list[Model]:
        """What can stand in for ``model`` and is there."""
        found = {other.id: other for name in model.fallbacks if (other := self.get(name))}
        return [other for other in found.values() if other.id != model.id]

    def find(self, text: str, *, draws: bool = False) -> list[Model]:
        """The models that fit ``text`` best: all of the first kind of match that finds any, the preferred first.

        Kinds, without regard to case: the whole id, its last part, a prefix of either, a part of the id, all words.
        A retired name finds its successor by the first two, and where nothing else fits by a prefix.
        """
        wanted = text.strip().lower()
        if not wanted:
            return []
        names = [(name.lower(), model) for name, model in self.models.items()]
        retired = [(name.lower(), self.get(name)) for name in self.aliases]
        for matches, exact in _KINDS:
            pool = [*names, *retired] if exact else names
            found = {model.id: model for name, model in pool if model and matches(name, wanted)}
            if fitting := [model for model in found.values() if model.draws == draws]:
                return fitting
        return []

    def merged(self, models: Iterable[Model], aliases: Mapping[str, str] = _NO_ALIASES) -> "Catalogue":
        """With more models and aliases; aliases that are there stay.

        A model of the same provider and id is replaced; one that has another provider's id is called ``provider/id``
        here.
        """
        result = dict(self.models)
        for model in models:
            there = result.get(model.id)
            own = there is None or there.provider == model.provider
            new = model if own else replace(model, id=f"{model.provider}/{model.id}", sent_as=model.upstream)
            result[new.id] = new
        return Catalogue.of(result.values(), {**aliases, **self.aliases})

    def limited(self, provider: str, limits: Mapping[Metric, int], parallel: int | None = None) -> "Catalogue":
        """With other limits for all models of ``provider``; 0 takes one away."""
        models = (model.limited(limits, parallel) if model.provider == provider else model for model in self)
        return Catalogue.of(models, self.aliases)

    def adjusted(
        self,
        limits: Mapping[str, Mapping[Metric, int]],
        parallel: Mapping[str, int | None],
        fallbacks: Mapping[str, tuple[str, ...]],
    ) -> "Catalogue":
        """With other limits and fallbacks for single models, by their ids."""
        models = (
            replace(
                model.limited(limits.get(model.id, {}), parallel.get(model.id)),
                fallbacks=fallbacks.get(model.id, model.fallbacks),
            )
            for model in self
        )
        return Catalogue.of(models, self.aliases)

    def with_available(self, provider: str, ids: Collection[str], chat_ids: Collection[str] = ()) -> "Catalogue":
        """With what ``provider`` has today: ``ids`` lists all that it has, ``chat_ids`` what surely chats.

        To be called on the catalogue as it was built, so that what comes back is there again. A list without any known
        model is taken for a defect and changes nothing. What the operator has named stays, listed or not.
        """
        ours = [model for model in self if model.provider == provider]
        if not any(is_listed(model.upstream, ids) for model in ours):
            return self
        known = {comparable(name) for name in (*(model.upstream for model in ours), *self.aliases)}
        kept = [model for model in self if _stays(model, provider, ids)]
        spelled = (_spelled(model, ids) if model.provider == provider else model for model in kept)
        chatting = [model for model in ours if not model.draws]
        new = [_newcomer(name, chatting) for name in sorted(chat_ids) if chatting and comparable(name) not in known]
        return Catalogue.of(spelled, self.aliases).merged(new)

    def resized(self, contexts: Mapping[str, int]) -> "Catalogue":
        """With the real sizes of models that take less than their entries say, by id."""
        models = (replace(model, context=min(contexts.get(model.id, model.context), model.context)) for model in self)
        return Catalogue.of(models, self.aliases)


def _stays(model: Model, provider: str, ids: Collection[str]) -> bool:
    return model.provider != provider or model.named or is_listed(model.upstream, ids)


def _spelled(model: Model, ids: Collection[str]) -> Model:
    """The model under the provider's own spelling, where that differs in nothing but case."""
    if model.upstream in ids:
        return model
    same = [name for name in ids if name.lower() == model.upstream.lower()]
    return replace(model, sent_as=same[0]) if len(same) == 1 else model


def _newcomer(model_id: str, others: list[Model]) -> Model:
    """A model of which only the name is known: it can little, and costs what the dearest of ``others`` costs."""
    owner = _owner(model_id)
    dearest = [model.price.dearest for model in others]
    return Model(
        id=model_id,
        provider=others[0].provider,
        family=next((model.family for model in others if _owner(model.id) == owner), owner),
        context=NEWCOMER_CONTEXT,
        max_output=NEWCOMER_OUTPUT,
        price=Price(prompt=max(prompt for prompt, _ in dearest), output=max(output for _, output in dearest)),
        thinks="never",
        sees=False,
        limits=others[0].limits,
        fallbacks=others[0].fallbacks,
        json_mode=False,
    )


def _owner(model_id: str) -> str:
    return model_id.removeprefix("Pro/").partition("/")[0]


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _begins(name: str, wanted: str) -> bool:
    return name.startswith(wanted) or _last(name).startswith(wanted)


# From the narrowest to the widest; True: a retired name counts too.
_KINDS: tuple[tuple[Callable[[str, str], bool], bool], ...] = (
    (lambda name, wanted: name == wanted, True),
    (lambda name, wanted: _last(name) == wanted, True),
    (_begins, False),
    (lambda name, wanted: wanted in name, False),
    (lambda name, wanted: all(word in name for word in wanted.split()), False),
    (_begins, True),
)
