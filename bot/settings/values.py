"""Kinds of values that settings have, each with what makes it wrong and the mend."""

import ipaddress
import re
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, GetPydanticSchema, SecretStr
from pydantic_core import core_schema

from bot.domain.money import Money
from bot.settings.faults import fault

TELEGRAM = "https://api.telegram.org"
SILICONFLOW = "https://api.siliconflow.cn/v1"
_SECRET_LENGTH = 32
WEBHOOK_PORTS = (443, 80, 88, 8443)  # the only ones that Telegram's own servers call


def http_address(value: str) -> str:
    """An absolute http(s) address without login, query or fragment; a slash at its end is dropped."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise fault("is not an address", f"Write it like {SILICONFLOW}") from None
    if parts.scheme not in ("http", "https"):
        raise fault("has no scheme", "Begin it with https://")
    if not parts.hostname or port == 0 or re.search(r"[\s\x00-\x1f\\]", value):
        raise fault("is not an address", f"Write it like {SILICONFLOW}")
    if parts.username is not None or parts.query or parts.fragment:
        raise fault("holds more than an address", "Leave off what stands before @ or after ? and #")
    return value.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _api_address(value: str) -> str:
    """As :func:`http_address`; Azure's version of the API may follow, as ``?api-version=2024-10-21``."""
    bare, _, query = value.partition("?")
    version = re.fullmatch(r"api-version=[\w.-]{1,40}", query)
    address = http_address(bare if version else value)
    if address.endswith("/chat/completions"):
        raise fault("names one method instead of the API", "Leave off /chat/completions")
    return f"{address}?{query}" if version else address


def _split_keys(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    keys = [key for part in value.split(",") if (key := part.strip())]
    if not all(re.fullmatch(r"[!#-&(-~]+", key) for key in keys):  # printable ASCII without quotes
        raise fault("holds characters that no key has", "Write the bare key, without Bearer or quotes; commas between")
    if len(set(keys)) < len(keys):
        raise fault("holds the same key twice", "Each account counts once: leave one of them")
    return tuple(keys)


def _split_ids(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    ids = value.replace(",", " ").split()
    if not all(re.fullmatch(r"-?[0-9]{1,18}", part) for part in ids):
        raise fault(
            "holds something that is not a numeric id", "Write numbers separated by commas; a name like @ann is no id"
        )
    return frozenset(map(int, ids))


def _people(ids: frozenset[int]) -> frozenset[int]:
    if any(number <= 0 for number in ids):
        raise fault("holds the id of a group", "Name people; groups belong into BOT_ALLOWED_IDS")
    return ids


def _split_hosts(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    hosts = value.replace(",", " ").lower().split()
    if not all(re.fullmatch(r"(?:[a-z0-9.-]+|\[[0-9a-f:.]+\]):[0-9]{1,5}", host) for host in hosts):
        raise fault("holds something that is not host:port", "Write it like 10.0.0.5:9000, several separated by commas")
    return frozenset(hosts)


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise fault("is no time zone", "Write it like Asia/Shanghai or Europe/Berlin") from None
    return value


def _token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", value.get_secret_value()):
        raise fault("does not have the form of a bot token", "Copy it whole from @BotFather: digits, a colon, letters")
    return value


def _webhook_secret(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise fault("is not one that Telegram takes", "Use 32 to 256 letters, digits, _ and -: openssl rand -hex 32")
    if len(secret) < _SECRET_LENGTH:
        wrong = f"is shorter than {_SECRET_LENGTH} characters, so it can be guessed"
        raise fault(wrong, "Set it to the output of: openssl rand -hex 32")
    return value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _sqlite_address(value: str) -> str:
    if not value.startswith("sqlite:"):
        raise fault("names a database that is not SQLite", "Write sqlite:///data/bot.db")
    path = value.removeprefix("sqlite:///")
    if path in (value, "", "/", ":memory:") or path.endswith("/") or "?" in path:
        raise fault("does not name a file", "Write sqlite:///relative/bot.db, or sqlite:////absolute/bot.db")
    return value


Address = Annotated[str, AfterValidator(http_address)]
ApiAddress = Annotated[str, AfterValidator(_api_address)]
Keys = Annotated[tuple[SecretStr, ...], BeforeValidator(_split_keys)]
Ids = Annotated[frozenset[int], BeforeValidator(_split_ids)]
PeopleIds = Annotated[Ids, AfterValidator(_people)]
Hosts = Annotated[frozenset[str], BeforeValidator(_split_hosts)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Token = Annotated[SecretStr, AfterValidator(_token)]
WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]
SqliteAddress = Annotated[str, AfterValidator(_sqlite_address)]
LowerCase = BeforeValidator(_lower)


def _in_yuan(most: float) -> GetPydanticSchema:
    """Money from a number of yuan."""
    number = Annotated[float, Field(ge=0, le=most, allow_inf_nan=False)]
    return GetPydanticSchema(
        lambda _, handler: core_schema.no_info_after_validator_function(
            Money.from_yuan, handler.generate_schema(number)
        )
    )


Yuan = Annotated[Money, _in_yuan(10_000_000)]
