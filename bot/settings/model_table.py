"""A model as a table of TOML, in the shipped catalogue and in bot.toml alike: the one place where it is checked.

A new field of a model is one line in :mod:`bot.domain.model` and one here, under the same name.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from bot.domain.model import IMAGE_API_FORMATS, METRICS, Guidance, ImageCapabilities, Metric, Model, ThinkingKind
from bot.domain.money import Hours, Price, Tier
from bot.domain.provider import Provider
from bot.settings.faults import fault


def _size(value: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{1,4}x[1-9][0-9]{1,4}", value):
        raise fault("is not a size", "Write it like 1024x1024")
    return value


def _api_format(value: str) -> str:
    if value not in IMAGE_API_FORMATS:
        raise fault("is not a known format", f"Choose {', '.join(IMAGE_API_FORMATS)}")
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Size = Annotated[str, AfterValidator(_size)]
ApiFormat = Annotated[str, AfterValidator(_api_format)]
Positive = Annotated[int, Field(gt=0)]
Limit = Annotated[int, Field(ge=0)]
Rate = Annotated[float, Field(ge=0)]
Hour = Annotated[int, Field(ge=0, le=24)]


class TomlTable(BaseModel):
    """A table of TOML. What is not known in it is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)


class _ValueTable(TomlTable):
    """A table whose keys are named as the attributes of the value that it describes."""

    _describes: ClassVar[type]

    def attributes(self) -> dict[str, Any]:
        return {name: _described(getattr(self, name)) for name in type(self).model_fields}

    def value(self) -> Any:
        return self._describes(**self.attributes())


def _described(given: Any) -> Any:
    if isinstance(given, tuple):
        return tuple(map(_described, given))
    return given.value() if isinstance(given, _ValueTable) else given


class TierTable(_ValueTable):
    """Prices from so many tokens of the prompt on."""

    _describes = Tier

    above: Positive
    prompt: Rate
    output: Rate
    cached: Rate | None = None


class HoursTable(_ValueTable):
    """Prices between two hours in Beijing."""

    _describes = Hours

    start: Hour
    end: Hour
    prompt: Rate
    output: Rate
    cached: Rate | None = None


class PriceTable(_ValueTable):
    """Rate for a million tokens, and for one picture; nothing in it: free."""

    _describes = Price

    prompt: Rate = 0.0
    output: Rate = 0.0
    cached: Rate | None = None  # None: no discount
    picture: Rate = 0.0
    tiers: tuple[TierTable, ...] = ()
    hours: tuple[HoursTable, ...] = ()


class GuidanceTable(_ValueTable):
    """How closely an image follows its prompt: the key in the request, the value if unset, and the range."""

    _describes = Guidance

    key: Text
    default: float
    low: float
    high: float


class ImageTable(_ValueTable):
    """What an image model takes."""

    _describes = ImageCapabilities

    sizes: tuple[Size, ...] = ()  # the usual one first
    steps: Positive = 20
    max_steps: Limit = 0
    guidance: GuidanceTable | None = None
    negative_prompt: bool = False
    pictures: Annotated[int, Field(ge=0, le=3)] = 0
    needs_picture: bool = False
    max_pixels: Positive | None = None
    api_format: ApiFormat = ""  # empty: its provider's


class LimitsTable(TomlTable):
    """What an account may do; a metric left out stays as it was, 0 = no such limit."""

    rps: Limit | None = None
    rpm: Limit | None = None
    rph: Limit | None = None
    rpd: Limit | None = None
    tpm: Limit | None = None
    tpd: Limit | None = None
    ipm: Limit | None = None
    ipd: Limit | None = None
    parallel: Limit | None = None  # calls at once

    @property
    def metrics(self) -> dict[Metric, int]:
        """Those that are set."""
        return {metric: limit for metric in METRICS if (limit := getattr(self, metric)) is not None}


class ModelTable(_ValueTable):
    """One model."""

    id: Text
    family: str = ""  # its group in /model
    context: Positive = 32_768
    max_output: Positive = 4_096
    price: PriceTable = PriceTable()
    thinks: ThinkingKind = "never"
    sees: bool = False
    hears: bool = False
    calls_tools: bool = False
    json_mode: bool = True
    drawing: ImageTable | None = None
    limits: LimitsTable = LimitsTable()
    fallbacks: tuple[Text, ...] = ()
    best_at: Mapping[Literal["zh", "en"], Text] = Field(default_factory=dict)

    def model(self, provider: Provider) -> Model:
        """The model, at ``provider``, whose image format it speaks unless it names one of its own."""
        attributes = self.attributes()
        attributes |= {"limits": self.limits.metrics, "parallel": self.limits.parallel or 0}
        attributes["family"] = self.family or self.id.rpartition("/")[0] or provider.name
        if drawing := attributes["drawing"]:
            attributes["drawing"] = replace(drawing, api_format=drawing.api_format or provider.image_api_format)
        return Model(provider=provider.name, **attributes)
