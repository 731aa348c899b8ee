"""Configuration: read once, checked whole, frozen.

A variable of the environment wins over the same one in `.env`. `bot.toml` holds what is richer (`bot.settings.file`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator

from bot.domain.money import NO_MONEY
from bot.settings import values
from bot.settings.faults import Fault, SettingsError, fault, in_environment
from bot.settings.file import BotFile, ProviderTable, read_bot_file, read_dotenv
from bot.settings.model_table import LimitsTable

__all__ = ["BotFile", "Fault", "SettingRow", "Settings", "SettingsError", "load", "missing_to_run", "table"]

CONSOLE = "https://cloud.siliconflow.cn/account/ak"
Limit = Annotated[int, Field(ge=0)] | None


class Settings(BaseModel):
    """One field a variable, named alike in capitals; made by :func:`load` alone."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    telegram_bot_token: values.Token | None = Field(
        None, description="the bot's token; unset: `make run` starts the playground, `run` refuses"
    )
    telegram_api_url: values.Address = Field(values.TELEGRAM, description="a Bot API server of your own")
    siliconflow_base_url: values.ApiAddress = Field(
        values.SILICONFLOW,
        description="the first provider; abroad `https://api.siliconflow.com/v1`, with keys of its own",
    )
    siliconflow_api_key: values.Keys = Field(
        (), description="its key; several, separated by commas, are several accounts"
    )
    siliconflow_rps: Limit = Field(None, description="requests a second, for each of its models; 0 = no such limit")
    siliconflow_rpm: Limit = Field(None, description="requests a minute, likewise")
    siliconflow_tpm: Limit = Field(None, description="tokens a minute, likewise")
    siliconflow_ipm: Limit = Field(None, description="pictures a minute, likewise")
    siliconflow_ipd: Limit = Field(None, description="pictures a day, likewise")
    database_url: values.SqliteAddress = Field("sqlite:///data/bot.db", description="the file that keeps everything")
    bot_owner_ids: values.PeopleIds = Field(frozenset(), description="ids of the owners; they have no quota")
    bot_allowed_ids: values.Ids = Field(
        frozenset(), description="ids of users and chats that may use the bot; with no owner either: open to all"
    )
    quota_questions_per_day: Annotated[int, Field(ge=0)] = Field(
        100, description="questions per user and day; 0 = none"
    )
    quota_pictures_per_day: Annotated[int, Field(ge=0)] = Field(20, description="pictures per user and day; 0 = none")
    quota_yuan_per_month: values.Yuan = Field(
        NO_MONEY, description="what all together may cost in a month, free models apart; 0 = any amount"
    )
    queue_minutes: Annotated[int, Field(ge=1, le=60)] = Field(
        10, description="who would wait longer for the provider's limits is told so at once"
    )
    image_watermark: Annotated[Literal["on", "off"], values.LowerCase] = Field(
        "on", description="pictures are marked as made by a machine, in them and below; `off` only where the law allows"
    )
    image_trusted_hosts: values.Hosts = Field(
        frozenset(), description="`host:port` list of private addresses from which pictures may be fetched"
    )
    group_archive: Annotated[Literal["on", "off"], values.LowerCase] = Field(
        "on", description="`off`: nothing that is said in groups is kept, so there is no /summarize and no /search"
    )
    group_archive_days: Annotated[int, Field(ge=1, le=3650)] = Field(30, description="for how long it is kept")
    group_timezone: values.TimeZone = Field(
        "Asia/Shanghai",
        description="by whose clock groups read `today` and `since 14:00`, unless `/digest` gave them another",
    )
    summary_model: str | None = Field(
        None, description="who sums up groups, for everybody; unset: the first free model that need not think"
    )
    webhook_url: values.Address | None = Field(None, description="where Telegram delivers updates; unset: long polling")
    webhook_secret: values.WebhookSecret | None = Field(
        None, description="proves that a delivery is Telegram's; at least 32 characters: `openssl rand -hex 32`"
    )
    http_host: str = Field("127.0.0.1", description="where webhook and playground listen")
    http_port: Annotated[int, Field(ge=0, le=65535)] = Field(8080, description="their port; 0 = any free one, printed")
    log_level: Annotated[Literal["debug", "info", "warning", "error"], values.LowerCase] = Field(
        "info", description="`debug`, `info`, `warning` or `error`"
    )
    log_format: Annotated[Literal["console", "json"], values.LowerCase] = Field(
        "console", description="`json` for machines"
    )
    bot_config: Path = Field(
        Path("bot.toml"), description="further providers, models, personas and limits; see `bot.toml.example`"
    )
    file: BotFile
    directory: Path  # relative paths start here
    unknown: tuple[str, ...]  # variables that look like ours and are not

    @field_validator("siliconflow_api_key")
    @classmethod
    def _prefix(cls, keys: tuple[SecretStr, ...], info: ValidationInfo) -> tuple[SecretStr, ...]:
        host = urlsplit(info.data.get("siliconflow_base_url", "")).hostname or ""
        own = host.endswith((".siliconflow.cn", ".siliconflow.com"))
        if own and not all(key.get_secret_value().startswith("sk-") for key in keys):
            raise fault("is not a key of SiliconFlow, which begins with sk-", f"Copy it from {CONSOLE}")
        return keys

    @field_validator("webhook_url")
    @classmethod
    def _reachable(cls, url: str | None, info: ValidationInfo) -> str | None:
        """A Bot API server of one's own calls plain http and any port as well."""
        if url is None or info.data.get("telegram_api_url") != values.TELEGRAM:
            return url
        parts = urlsplit(url)
        if parts.scheme != "https":
            raise fault("is not https", "Telegram delivers to https:// alone")
        if parts.port not in (None, *values.WEBHOOK_PORTS):
            raise fault("has a port that Telegram does not call", "Use 443, 80, 88 or 8443")
        return url

    @property
    def database(self) -> Path:
        return self.directory / self.database_url.removeprefix("sqlite:///")

    @property
    def local_only(self) -> bool:
        """Whether nothing that listens can be reached from outside of this machine, nor is meant to be."""
        return self.webhook_url is None and values.is_loopback(self.http_host)

    @property
    def open_to_all(self) -> bool:
        return not self.bot_owner_ids and not self.bot_allowed_ids

    @property
    def providers(self) -> dict[str, ProviderTable]:
        """All that may be asked, by name: SiliconFlow, where it has a key, and then those of bot.toml."""
        if not self.siliconflow_api_key:
            return dict(self.file.providers)
        siliconflow = ProviderTable(
            preset="siliconflow",
            base_url=self.siliconflow_base_url,
            api_key=self.siliconflow_api_key,
            models=self.file.models,
            limits=LimitsTable(
                rps=self.siliconflow_rps,
                rpm=self.siliconflow_rpm,
                tpm=self.siliconflow_tpm,
                ipm=self.siliconflow_ipm,
                ipd=self.siliconflow_ipd,
            ),
        )
        return {"siliconflow": siliconflow, **self.file.providers}

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret value, for those who keep them out of logs."""
        keys = (
            *self.siliconflow_api_key,
            *(key for provider in self.file.providers.values() for key in provider.api_key),
        )
        return tuple(
            secret.get_secret_value() for secret in (self.telegram_bot_token, self.webhook_secret, *keys) if secret
        )


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One line of the table of settings; ``default`` is empty where there is none."""

    name: str
    default: str
    meaning: str


def table() -> list[SettingRow]:
    """Every variable, in the order of the fields."""
    return [
        SettingRow(
            name.upper(), "" if field.default in (None, (), frozenset()) else str(field.default), field.description
        )
        for name, field in Settings.model_fields.items()
        if field.description
    ]


_VARIABLES = {row.name: row.name.lower() for row in table()}
_PREFIXES = ("TELEGRAM_", "SILICONFLOW_", "BOT_", "QUOTA_", "IMAGE_", "GROUP_", "SUMMARY_", "WEBHOOK_")


def load(env: Mapping[str, str], cwd: Path) -> Settings:
    """The settings of ``env``, ``cwd/.env`` and ``bot.toml``. A variable that is empty counts as unset.

    Raises :class:`SettingsError` with all faults.
    """
    faults: list[Fault] = []
    given = {**read_dotenv(cwd / ".env", faults), **env}
    fields: dict[str, Any] = {
        field: value for name, field in _VARIABLES.items() if (value := given.get(name, "").strip())
    }
    if "webhook_url" in fields and "webhook_secret" not in fields:
        faults.append(Fault("WEBHOOK_SECRET", "is missing", "Set it to the output of: openssl rand -hex 32"))
    fields["file"] = read_bot_file(cwd / fields.get("bot_config", "bot.toml"), faults, named="bot_config" in fields)
    fields["directory"] = cwd
    fields["unknown"] = sorted(name for name in given if name.startswith(_PREFIXES) and name not in _VARIABLES)
    try:
        settings = Settings.model_validate(fields)
    except ValidationError as error:
        raise SettingsError([*faults, *in_environment(error)]) from None
    if faults:
        raise SettingsError(faults)
    return settings


def missing_to_run(settings: Settings) -> list[Fault]:
    """What `run` needs, and other commands do not."""
    faults: list[Fault] = []
    if settings.telegram_bot_token is None:
        mend = "Set it to the token that @BotFather gave you; to try the bot without one: python -m bot playground"
        faults.append(Fault("TELEGRAM_BOT_TOKEN", "is missing", mend))
    if not settings.providers:
        wrong = "is missing, and bot.toml names no other provider"
        faults.append(Fault("SILICONFLOW_API_KEY", wrong, f"Get a key at {CONSOLE}"))
    return faults
