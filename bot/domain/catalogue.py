"""The catalogue: all models that can be used. Each change gives a new one."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from bot.domain.model import Metric, Model
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
        """The model, or the successor of a retired one; None where there is neither."""
        seen = set()
        while model_id not in self.models and model_id not in seen:
            seen.add(model_id)
            model_id = self.aliases.get(model_id, model_id)
        return self.models.get(model_id)

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
        model is taken for a defect and changes nothing.
        """
        ours = [model for model in self if model.provider == provider]
        if not any(model.upstream in ids for model in ours):
            return self
        known = {model.upstream for model in ours} | self.aliases.keys()
        kept = [model for model in self if model.provider != provider or model.upstream in ids]
        chatting = [model for model in ours if not model.draws]
        new = [_newcomer(name, chatting) for name in sorted(chat_ids) if chatting and name not in known]
        return Catalogue.of(kept, self.aliases).merged(new)


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
