"""What a model is: what it can do, how people know it, and the form in which an image API is spoken to."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, get_args

from bot.domain.money import Price

# Per second, minute, hour or day: requests, tokens, images.
Metric = Literal["rps", "rpm", "rph", "rpd", "tpm", "tpd", "ipm", "ipd"]
ThinkingKind = Literal["never", "switch", "always"]  # switch: by a field of the request

METRICS: Final[tuple[Metric, ...]] = get_args(Metric)
_IMAGE_METRICS: Final[frozenset[Metric]] = frozenset({"ipm", "ipd"})
_TOKEN_METRICS: Final[frozenset[Metric]] = frozenset({"tpm", "tpd"})

_TAG: Final = re.compile(r":(?:latest|default)$")
_VARIANT: Final = re.compile(r":[\w.-]+$")  # of one model: OpenRouter's ``:online``, Ollama's ``:8b``
_PREFIX: Final = re.compile(r"^(?:models|model|accounts/[\w-]+/models|publishers/[\w-]+/models)/")


@dataclass(frozen=True, slots=True)
class Guidance:
    """How closely an image follows its prompt."""

    key: str  # in the request
    default: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ImageCapabilities:
    """What an image model takes."""

    sizes: tuple[str, ...] = ()  # "WxH", the first if unset; empty: as large as the picture that was given
    steps: int = 20  # of inference, if unset
    max_steps: int = 0  # 0: the number of steps cannot be chosen
    guidance: Guidance | None = None
    negative_prompt: bool = False
    pictures: int = 0  # so many it takes to start from
    needs_picture: bool = False  # does nothing without one
    max_pixels: int | None = None  # not None: other sizes are taken too, up to so many pixels
    api_format: str = "openai"  # a name of bot.domain.model.IMAGE_API_FORMATS


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the catalogue."""

    id: str
    provider: str  # its name in the configuration
    family: str
    context: int  # tokens of prompt and output together
    max_output: int  # tokens; may be as large as ``context``
    price: Price
    thinks: ThinkingKind
    sees: bool
    limits: Mapping[Metric, int]  # per account; a metric that is absent is not limited
    fallbacks: tuple[str, ...] = ()  # ids of models that can stand in, best first
    drawing: ImageCapabilities | None = None  # None: it chats
    best_at: Mapping[str, str] = field(default_factory=dict)  # a few words, by language
    sent_as: str = ""  # the provider's name for it, where the catalogue's is another
    json_mode: bool = True  # can be held to JSON, where its provider has a switch for that
    parallel: int = 0  # calls of an account that it answers at once; 0: any number
    hears: bool = False  # takes recordings in a message
    calls_tools: bool = False  # takes tool calls and their results in a conversation

    named: bool = False  # by the operator: it stays, whatever its provider lists

    @property
    def upstream(self) -> str:
        """The provider's name for it."""
        return self.sent_as or self.id

    @property
    def draws(self) -> bool:
        return self.drawing is not None

    def limited(self, limits: Mapping[Metric, int], parallel: int | None = None) -> "Model":
        """With other limits; 0 takes one away. Limits of images are for models that draw, of tokens for the rest."""
        foreign = _TOKEN_METRICS if self.draws else _IMAGE_METRICS
        ours = {name: limit for name, limit in limits.items() if name not in foreign}
        limits = {name: limit for name, limit in {**self.limits, **ours}.items() if limit > 0}
        return replace(self, limits=limits, parallel=self.parallel if parallel is None else parallel)


def short_id(model_id: str) -> str:
    """``org/Name`` as ``Name``; paid twins of free models keep their mark."""
    name = model_id.rpartition("/")[2]
    return f"{name} Pro" if model_id.startswith("Pro/") else name


def comparable(model_id: str) -> str:
    """The name without what means nothing: case, blanks, ``models/`` before it, ``:latest`` behind it."""
    return _TAG.sub("", _PREFIX.sub("", model_id.strip().lower()))


def is_listed(model_id: str, names: Collection[str]) -> bool:
    """Whether a list of models has the model under any spelling, or one of which it is a variant."""
    if model_id in names:
        return True
    wanted, listed = comparable(model_id), {comparable(name) for name in names}
    return wanted in listed or _VARIANT.sub("", wanted) in listed


def same_models(text: str, names: Iterable[str]) -> list[str]:
    """The names that mean what ``text`` means, as people write it: exactly, in another spelling, without an owner."""
    found = list(names)
    if text in found:
        return [text]
    wanted = comparable(text)
    if same := [name for name in found if comparable(name) == wanted]:
        return same
    if same := [name for name in found if comparable(name).rpartition("/")[2] == wanted]:
        return same
    return [name for name in found if comparable(name) == wanted.rpartition("/")[2]]


@dataclass(frozen=True, slots=True)
class ImageApiFormat:
    """One form of request, as data."""

    path: str  # after the base URL; with ``{model}`` in it the model's name is no field
    edit_path: str  # likewise, where the request holds a picture
    size: str  # the key of the size
    always: Mapping[str, Any] = field(default_factory=dict)  # what each request holds
    optional: frozenset[str] = frozenset()  # keys of that which may be left out where a model refuses them
    unmarked: Mapping[str, str] = field(default_factory=dict)  # headers that ask for an image without a visible mark
    uploads: bool = False  # pictures go up as files, not as data URLs
    # ours: we always choose and send it; told: the provider chooses unless a person did, and tells its choice.
    seed: Literal["ours", "told", "none"] = "ours"


SILICONFLOW: Final = ImageApiFormat(
    "/images/generations", "/images/generations", "image_size", unmarked={"X-Enable-Watermark": "0"}
)
SILICONFLOW_2024: Final = ImageApiFormat(
    "/{model}/text-to-image", "/{model}/image-to-image", "image_size", {"batch_size": 1}, seed="told"
)
OPENAI: Final = ImageApiFormat(
    "/images/generations",
    "/images/edits",
    "size",
    {"n": 1, "response_format": "b64_json"},
    optional=frozenset({"response_format"}),  # its newer models always answer so, and refuse the key
    uploads=True,
    seed="none",
)

# All formats that a model or a provider can name.
IMAGE_API_FORMATS: Final[Mapping[str, ImageApiFormat]] = {
    "siliconflow": SILICONFLOW,
    "siliconflow-2024": SILICONFLOW_2024,
    "openai": OPENAI,
}


def image_api_format(model: Model) -> ImageApiFormat:
    """As the model's entry says; ``model`` draws."""
    return IMAGE_API_FORMATS[model.drawing.api_format] if model.drawing else OPENAI
