"""What `bot.toml` holds: the settings too rich for a variable. Plain values; other rooms make their own of them."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

from bot.settings.faults import fault
from bot.settings.values import ApiAddress, Keys, Yuan

Preset = Literal[
    "custom", "dashscope", "deepseek", "groq", "moonshot", "ollama", "openrouter", "siliconflow", "vllm", "zhipu"
]


def _size(value: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{1,4}x[1-9][0-9]{1,4}", value):
        raise fault("is not a size", "Write it like 1024x1024")
    return value


Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,32}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Size = Annotated[str, AfterValidator(_size)]
Tokens = Annotated[int, Field(gt=0)]
Limit = Annotated[int, Field(ge=0)]
Rate = Annotated[float, Field(ge=0)]
Temperature = Annotated[float, Field(ge=0, le=2)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)


class Price(_Table):
    """Yuan for a million tokens, ``picture`` for one picture. ``cached`` None: no discount."""

    prompt: Rate = 0.0
    output: Rate = 0.0
    cached: Rate | None = None
    picture: Rate = 0.0


class Drawing(_Table):
    """How a model draws: its sizes, the usual one first; how many ``pictures`` it takes to start from."""

    sizes: tuple[Size, ...] = ()
    pictures: Annotated[int, Field(ge=0, le=3)] = 0
    needs_picture: bool = False


class Model(_Table):
    """A model that the catalogue does not know; ``context`` and ``max_output`` in tokens. ``drawing``: it draws."""

    id: Text
    family: str = ""
    context: Tokens = 32_768
    max_output: Tokens = 4_096
    price: Price = Price()
    thinks: Literal["never", "switch", "always"] = "never"
    sees: bool = False
    drawing: Drawing | None = None


class Limits(_Table):
    """What an account may do; a metric left out stays as it was, 0 = no such limit. ``parallel``: calls at once."""

    rps: Limit | None = None
    rpm: Limit | None = None
    rph: Limit | None = None
    rpd: Limit | None = None
    tpm: Limit | None = None
    tpd: Limit | None = None
    ipm: Limit | None = None
    ipd: Limit | None = None
    parallel: Limit | None = None


class Provider(_Table):
    """An OpenAI-compatible API; several keys are several accounts. ``limits`` hold for each of its models."""

    preset: Preset = "custom"
    base_url: ApiAddress | None = Field(None, validate_default=True)
    api_key: Keys = ()
    models: tuple[Model, ...] = ()
    limits: Limits = Limits()

    @field_validator("base_url")
    @classmethod
    def _known_address(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is None and info.data.get("preset") == "custom":
            raise fault("is missing", f"Add it, or a preset: {', '.join(name for name in get_args(Preset)[1:])}")
        return url


class Title(_Table):
    zh: Text
    en: Text


class Persona(_Table):
    title: Title
    prompt: Text
    temperature: Temperature | None = None


class Quota(_Table):
    """What one may use; what is left out stays as it was, 0 = any amount. Days and months begin at 00:00 UTC."""

    questions_per_day: Limit | None = None
    pictures_per_day: Limit | None = None
    yuan_per_day: Yuan | None = None
    yuan_per_month: Yuan | None = None


class Role(Quota):
    """``weight``: how much of a busy provider goes to one of this role, relative to others."""

    weight: Annotated[float, Field(ge=0.01, le=100)] = 1.0


class Quotas(_Table):
    """``roles`` by name (``user``: everybody's, ``owner``: the owners'), ``users`` and ``chats`` by id."""

    roles: Mapping[Name, Role] = Field(default_factory=dict)
    users: Mapping[int, Quota] = Field(default_factory=dict)
    chats: Mapping[int, Quota] = Field(default_factory=dict)

    @field_validator("roles")
    @classmethod
    def _owners_have_none(cls, roles: Mapping[str, Role]) -> Mapping[str, Role]:
        if "owner" in roles and roles["owner"].model_fields_set - {"weight"}:
            raise fault("give the owners a quota, who have none", "Leave them their weight alone")
        return roles


class BotFile(_Table):
    """``models`` are further ones of SiliconFlow. ``fallbacks`` and ``limits`` are by model id, whoever's it is;
    ``providers`` and ``personas`` by name.
    """

    models: tuple[Model, ...] = ()
    providers: Mapping[Name, Provider] = Field(default_factory=dict)
    fallbacks: Mapping[Text, tuple[Text, ...]] = Field(default_factory=dict)
    limits: Mapping[Text, Limits] = Field(default_factory=dict)
    personas: Mapping[Name, Persona] = Field(default_factory=dict)
    quotas: Quotas = Quotas()

    @field_validator("providers")
    @classmethod
    def _one_place(cls, providers: Mapping[str, Provider]) -> Mapping[str, Provider]:
        if "siliconflow" in providers:
            raise fault("describe siliconflow again", "Set SILICONFLOW_BASE_URL and SILICONFLOW_API_KEY instead")
        return providers
