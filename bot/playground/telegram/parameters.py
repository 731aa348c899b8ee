"""The parameters of a call, from wherever the Bot API accepts them: query, urlencoded, JSON or multipart bodies.

Everything is text at heart, as it is there: nested objects are JSON strings, and a boolean is true when it reads
``true``, ``yes`` or ``1`` in any case.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from bot.playground.telegram.errors import RefusedError, bad_request


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Parameters:
    values: dict[str, Any]
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The parameter as written, ``""`` when it is missing."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def integer(self, name: str, default: int = 0) -> int:
        """Like the Bot API, what is not a number counts as missing."""
        try:
            return int(self.text(name))
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        return is_true(self.values.get(name))

    def json(self, name: str) -> Any:
        """The parsed value, None when the parameter is missing or empty."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise bad_request(f"can't parse {name} JSON object") from None

    def table(self, name: str) -> dict[str, Any]:
        value = self.json(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise bad_request(f"can't parse {name}: expected an Object")
        return value

    def rows(self, name: str) -> list[Any]:
        value = self.json(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise bad_request(f"can't parse {name}: expected an Array")
        return value


def is_true(value: Any) -> bool:
    return str(value).lower() in {"true", "yes", "1"}


async def read(request: web.Request) -> Parameters:
    values: dict[str, Any] = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        values |= _object(await request.read())
    elif request.content_type.startswith("multipart/"):
        await _read_parts(request, values, files)
    elif request.body_exists:
        values |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    _check_utf8(values)
    return Parameters({name: value for name, value in values.items() if value is not None}, files)


async def _read_parts(request: web.Request, values: dict[str, Any], files: dict[str, Upload]) -> None:
    """By hand, because aiohttp's own reading leaves a temporary file open where a request breaks off."""
    room = request.client_max_size
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        data = bytearray()
        while chunk := await part.read_chunk(1 << 16):
            data += chunk
            room -= len(chunk)
            if room < 0:
                raise web.HTTPRequestEntityTooLarge(request.client_max_size, request.client_max_size - room)
        if part.filename is None:
            values[part.name] = data.decode("utf-8", "surrogateescape")
        else:
            kind = part.headers.get("Content-Type", "application/octet-stream")
            files[part.name] = Upload(part.filename, kind, bytes(data))


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise bad_request("can't parse request: JSON object expected") from None
    if not isinstance(value, dict):
        raise bad_request("can't parse request: JSON object expected")
    return value


def _check_utf8(values: dict[str, Any]) -> None:
    """A lone surrogate, which JSON can spell, is no text."""
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    except RecursionError:
        raise RefusedError(400, "Bad Request: can't parse request: JSON object expected") from None
