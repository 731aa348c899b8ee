"""A model: what it can do, what it costs, and what its provider allows; all of it data, never an ``if`` on a name."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args

from bot.domain.price import Price

# Per second, minute, hour or day: requests, tokens, images.
Metric = Literal["rps", "rpm", "rph", "rpd", "tpm", "tpd", "ipm", "ipd"]
ThinkingKind = Literal["never", "switch", "always"]  # switch: by a field of the request

METRICS: Final[tuple[Metric, ...]] = get_args(Metric)
_IMAGE_METRICS: Final[frozenset[Metric]] = frozenset({"ipm", "ipd"})
_TOKEN_METRICS: Final[frozenset[Metric]] = frozenset({"tpm", "tpd"})


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
    api_format: str = "openai"  # a name of bot.domain.image_api_format.IMAGE_API_FORMATS


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
