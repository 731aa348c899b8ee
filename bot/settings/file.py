"""What `bot.toml` holds: the settings too rich for a variable, as tables. Other rooms make their own values of them."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from bot.domain.provider import CUSTOM, PRESETS
from bot.settings.faults import fault
from bot.settings.model_table import Limit, LimitsTable, ModelTable, Text, TomlTable
from bot.settings.values import ApiAddress, Keys, Yuan


def _preset(value: str) -> str:
    if value not in PRESETS:
        raise fault("is not a known preset", f"Choose {', '.join(sorted(PRESETS))}")
    return value


Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,32}$")]
Preset = Annotated[str, AfterValidator(_preset)]
StartSeconds = Annotated[float, Field(ge=1, le=3600)]
Temperature = Annotated[float, Field(ge=0, le=2)]


class ProviderTable(TomlTable):
    """An OpenAI-compatible API. Several keys are several accounts; ``limits`` hold for each of its models."""

    preset: Preset = CUSTOM.name
    base_url: ApiAddress | None = Field(None, validate_default=True)
    api_key: Keys = Field((), validate_default=True)
    models: tuple[ModelTable, ...] = ()
    limits: LimitsTable = LimitsTable()
    start_seconds: StartSeconds | None = None  # until an answer begins; None: as the preset has it

    @field_validator("base_url")
    @classmethod
    def _known_address(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is None and info.data.get("preset") == CUSTOM.name:
            others = ", ".join(sorted(PRESETS.keys() - {CUSTOM.name}))
            raise fault("is missing", f"Add it, or a preset: {others}")
        return url

    @field_validator("api_key")
    @classmethod
    def _needed_key(cls, keys: Keys, info: ValidationInfo) -> Keys:
        preset = PRESETS.get(info.data.get("preset", ""))
        if not keys and preset and not preset.keyless:
            raise fault("is missing", f"Add it: {preset.name} answers nobody without a key")
        return keys


class TitleTable(TomlTable):
    """A name in each language of the interface."""

    zh: Text
    en: Text


class PersonaTable(TomlTable):
    """A voice to choose in /settings."""

    title: TitleTable
    prompt: Text
    temperature: Temperature | None = None


class QuotaTable(TomlTable):
    """What one may use; what is left out stays as it was, 0 = any amount. Days and months begin at 00:00 UTC."""

    questions_per_day: Limit | None = None
    pictures_per_day: Limit | None = None
    yuan_per_day: Yuan | None = None
    yuan_per_month: Yuan | None = None


class RoleTable(QuotaTable):
    """What each of a role may use."""

    weight: Annotated[float, Field(ge=0.01, le=100)] = 1.0  # its part of a busy provider, relative to others


class QuotasTable(TomlTable):
    """What may be used beyond the two quotas that are variables."""

    roles: Mapping[Name, RoleTable] = Field(default_factory=dict)  # ``user``: everybody's, ``owner``: the owners'
    users: Mapping[int, QuotaTable] = Field(default_factory=dict)  # by id
    chats: Mapping[int, QuotaTable] = Field(default_factory=dict)  # by id

    @field_validator("roles")
    @classmethod
    def _owners_have_none(cls, roles: Mapping[str, RoleTable]) -> Mapping[str, RoleTable]:
        if "owner" in roles and roles["owner"].model_fields_set - {"weight"}:
            raise fault("give the owners a quota, who have none", "Leave them their weight alone")
        return roles


class BotFile(TomlTable):
    """The whole file."""

    models: tuple[ModelTable, ...] = ()  # further ones of SiliconFlow
    providers: Mapping[Name, ProviderTable] = Field(default_factory=dict)
    fallbacks: Mapping[Text, tuple[Text, ...]] = Field(default_factory=dict)  # by model id, whoever's it is
    limits: Mapping[Text, LimitsTable] = Field(default_factory=dict)  # likewise
    personas: Mapping[Name, PersonaTable] = Field(default_factory=dict)
    quotas: QuotasTable = QuotasTable()

    @field_validator("providers")
    @classmethod
    def _one_place(cls, providers: Mapping[str, ProviderTable]) -> Mapping[str, ProviderTable]:
        if "siliconflow" in providers:
            raise fault("describe siliconflow again", "Set SILICONFLOW_BASE_URL and SILICONFLOW_API_KEY instead")
        return providers
