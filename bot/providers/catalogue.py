"""The models that can be used, as data."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from bot.providers.price import Price as Price

Metric = Literal["rps", "rpm", "rph", "rpd", "tpm", "tpd", "ipm", "ipd"]
Thinks = Literal["never", "switch", "always"]
Form = Literal["siliconflow", "2024", "openai"]

_NO_ALIASES: Mapping[str, str] = MappingProxyType({})
NEWCOMER_CONTEXT = 32_768
NEWCOMER_OUTPUT = 4_096
_PICTURE_METRICS: frozenset[Metric] = frozenset({"ipm", "ipd"})
_TOKEN_METRICS: frozenset[Metric] = frozenset({"tpm", "tpd"})


@dataclass(frozen=True, slots=True)
class Guidance:
    """How closely a picture follows its prompt: the key in the request, the value if unset, and the range."""

    key: str
    default: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """How an image model is asked.

    ``sizes``: "WxH", the first if unset; empty: the picture follows the one that was given. ``max_pixels`` not None:
    other sizes are taken too, up to that many pixels. ``pictures``: how many it takes to start from;
    ``needs_picture``: does nothing without one. ``form``: of the API, as of :mod:`bot.providers.picture_forms`.
    """

    sizes: tuple[str, ...]
    steps: int = 20
    max_steps: int = 100
    guidance: Guidance | None = None
    negative_prompt: bool = False
    pictures: int = 0
    needs_picture: bool = False
    max_pixels: int | None = None
    form: Form = "openai"


@dataclass(frozen=True, slots=True)
class Model:
    """One entry. What a model can do stands here, never in an ``if`` on its name.

    ``thinks``: never, always, or by a switch in the request. ``limits``: what the provider allows per account, by
    metric; a metric that is absent is not limited. ``parallel``: how many calls of an account it answers at once;
    0: any number. ``max_output`` may be as large as ``context``, which holds both
    prompt and output. ``fallbacks``: ids of models that can stand in, best first. ``sent_as``: the provider's name for
    it where the catalogue's is another. ``best_at``: a few words, by language. ``json``: can be held to JSON, where its
    provider has a switch for that.
    """

    id: str
    provider: str
    family: str
    context: int
    max_output: int
    price: Price
    thinks: Thinks
    sees: bool
    draws: bool
    limits: Mapping[Metric, int]
    fallbacks: tuple[str, ...] = ()
    drawing: Drawing | None = None
    best_at: Mapping[str, str] = field(default_factory=dict)
    sent_as: str = ""
    json: bool = True
    parallel: int = 0
    hears: bool = False  # takes recordings in a message
    calls_tools: bool = False  # takes tool calls and their results in a conversation

    @property
    def upstream(self) -> str:
        return self.sent_as or self.id

    def limited(self, limits: Mapping[Metric, int], parallel: int | None = None) -> "Model":
        """With other limits; 0 takes one away. Limits of pictures are for models that draw, of tokens for the rest."""
        ours = {name: limit for name, limit in limits.items() if name not in self._foreign}
        limits = {name: limit for name, limit in {**self.limits, **ours}.items() if limit > 0}
        return replace(self, limits=limits, parallel=self.parallel if parallel is None else parallel)

    @property
    def _foreign(self) -> frozenset[Metric]:
        return _TOKEN_METRICS if self.draws else _PICTURE_METRICS


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
        draws=False,
        limits=others[0].limits,
        fallbacks=others[0].fallbacks,
        json=False,
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
