"""The files that settings stand in: `.env`, and `bot.toml` for what is too rich for a variable, as tables.

What is wrong with one is added to ``faults``, and reading goes on. Other rooms make their own values of the tables."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from dotenv.parser import parse_stream
from pydantic import AfterValidator, Field, StringConstraints, ValidationError, ValidationInfo, field_validator

from bot.domain.provider import CUSTOM, PRESETS
from bot.settings.faults import Fault, fault, in_file
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


def read_dotenv(path: Path, faults: list[Fault]) -> dict[str, str]:
    """The assignments of a `.env`, nothing expanded; empty where the file is not there or cannot be used."""
    try:
        with path.open(encoding="utf-8") as lines:
            bindings = list(parse_stream(lines))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        faults.append(_unreadable(path.name, error))
        return {}
    for binding in bindings:
        if binding.error or (binding.key is not None and binding.value is None):
            line = binding.original.line
            faults.append(Fault(path.name, f"holds no assignment in line {line}", "Write NAME=value"))
    return {binding.key: binding.value for binding in bindings if binding.key and binding.value is not None}


def read_bot_file(path: Path, faults: list[Fault], *, named: bool) -> BotFile:
    """What `bot.toml` holds; nothing where it cannot be used. ``named``: the operator set BOT_CONFIG."""
    try:
        return BotFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except FileNotFoundError:
        if named:
            faults.append(Fault("BOT_CONFIG", "names a file that does not exist", "Correct its path, or unset it"))
    except tomllib.TOMLDecodeError as error:
        faults.append(Fault(path.name, "is not TOML", f"Correct this: {error}"))
    except ValidationError as error:
        faults += in_file(error, path.name, BotFile)
    except (OSError, ValueError) as error:
        faults.append(_unreadable("BOT_CONFIG" if named else path.name, error))
    return BotFile()


def _unreadable(name: str, error: OSError | ValueError) -> Fault:
    if isinstance(error, OSError):
        return Fault(name, f"cannot be read ({error.strerror})", "Let the user who runs the bot read it")
    return Fault(name, "is not UTF-8", "Save it as UTF-8")
