"""Files on Telegram's servers: stored by id, described as photos, documents, voices and stickers."""

import itertools
import struct
from dataclasses import dataclass
from typing import Any

from bot.playground.telegram.errors import bad_request
from bot.playground.telegram.parameters import Upload

Json = dict[str, Any]

PHOTO_BYTES = 10_000_000
UPLOAD_BYTES = 50_000_000
DOWNLOAD_BYTES = 20_000_000

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000a49444154789c63000100000500010d0a2db40000000049454e44ae426082"
)
"""A PNG of one transparent pixel: what a picture that was given by its address looks like here."""


@dataclass(frozen=True, slots=True)
class File:
    id: str
    unique_id: str
    path: str
    name: str
    mime: str
    data: bytes

    def raw(self) -> Json:
        return {"file_id": self.id, "file_unique_id": self.unique_id, "file_size": len(self.data)}


class Files:
    def __init__(self) -> None:
        self._by_id: dict[str, File] = {}
        self._by_path: dict[str, File] = {}
        self._numbers = itertools.count(1)

    def store(self, data: bytes, name: str, mime: str, folder: str) -> File:
        number = next(self._numbers)
        extension = name.rpartition(".")[2] if name.rpartition(".")[2].isalnum() else "bin"
        path = f"{folder}/file_{number}.{extension}"
        file = File(f"local-file-{number:08d}", f"local{number:08d}", path, name, mime, data)
        self._by_id[file.id] = self._by_path[path] = file
        return file

    def get(self, file_id: str) -> File | None:
        return self._by_id.get(file_id)

    def at(self, path: str) -> File | None:
        return self._by_path.get(path)

    def resolve(self, kind: str, address: str, uploads: dict[str, Upload]) -> Any:
        """The description of what ``address`` names: ``attach://part``, a file id, or a web address (never fetched)."""
        return describe(kind, self._find(kind, address, uploads))

    def _find(self, kind: str, address: str, uploads: dict[str, Upload]) -> File:
        name = address.removeprefix("attach://")
        if name in uploads:
            upload = uploads[name]
            if not upload.data:
                raise bad_request("file must be non-empty")
            return self.store(upload.data, upload.name, upload.mime, f"{kind}s")
        if address.startswith(("http://", "https://")):
            return self.store(PIXEL, address.rpartition("/")[2] or "file.png", "image/png", f"{kind}s")
        file = self.get(address)
        if file is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return file


def describe(kind: str, file: File) -> Any:
    """A PhotoSize list for a photo, else the object of this kind with what is required of it."""
    if kind == "photo":
        width, height = _photo_size(file.data)
        return [file.raw() | {"width": width, "height": height}]
    named = file.raw() | {"file_name": file.name, "mime_type": file.mime}
    extra: dict[str, Json] = {
        "voice": {"duration": 1},
        "voice_note": {"duration": 1},
        "audio": {"duration": 1},
        "video": {"width": 320, "height": 240, "duration": 1},
        "animation": {"width": 320, "height": 240, "duration": 1},
        "sticker": {
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "emoji": "👍",
        },
    }
    return (file.raw() if kind in {"voice", "voice_note", "sticker"} else named) | extra.get(kind, {})


def _photo_size(data: bytes) -> tuple[int, int]:
    if len(data) > PHOTO_BYTES:
        raise bad_request("file is too big for a photo")
    width, height = _dimensions(data)
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return width, height


def _dimensions(data: bytes) -> tuple[int, int]:
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return max(1, width), max(1, height)
    if data.startswith(b"\xff\xd8"):
        return _jpeg_dimensions(data)
    if data.startswith(b"GIF8") or (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        return 512, 512
    raise bad_request("IMAGE_PROCESS_FAILED")


def _jpeg_dimensions(data: bytes) -> tuple[int, int]:
    """From the first frame header (SOF0 to SOF15 without DHT, JPG and DAC)."""
    at = 2
    while at + 9 <= len(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return max(1, width), max(1, height)
        at += 2 + length
    raise bad_request("IMAGE_PROCESS_FAILED")
