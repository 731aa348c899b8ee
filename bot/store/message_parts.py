"""The parts of messages as rows of their nodes."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

from sqlite_utils.db import Database as Connection

from bot.domain.message import (
    AudioPart,
    DocumentPart,
    FileReference,
    MessagePart,
    PicturePart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)

Row: TypeAlias = tuple[Any, ...]

# A row's text is what of the part is words: of a file its words, of a tool call its arguments.
COLUMNS: Final = (
    *("kind", "text", "name", "call_id", "media_type", "telegram_file_id"),
    *("file_key", "byte_count", "width", "height", "seconds"),
)
_INSERT_TEXT: Final = "INSERT INTO message_parts (node_id, seq, kind, text) VALUES (?, ?, 'text', ?)"
_INSERT: Final = (
    f"INSERT INTO message_parts (node_id, seq, {', '.join(COLUMNS)})"  # noqa: S608 - constants
    f" VALUES (?, ?{', ?' * len(COLUMNS)})"
)
_OF_NODE: Final = f"SELECT {', '.join(COLUMNS)} FROM message_parts WHERE node_id = ? ORDER BY seq"  # noqa: S608 - constants


def insert_parts(node_id: int, parts: Sequence[MessagePart], db: Connection) -> None:
    """Bytes that are in memory are not kept."""
    for seq, part in enumerate(parts):
        if isinstance(part, TextPart):
            db.execute(_INSERT_TEXT, (node_id, seq, part.text))
        else:
            db.execute(_INSERT, (node_id, seq, *row_of(part)))


def parts_of(node_id: int, db: Connection) -> tuple[MessagePart, ...]:
    return tuple(part_of(row) for row in db.execute(_OF_NODE, (node_id,)))


def as_kept(parts: Iterable[MessagePart]) -> tuple[MessagePart, ...]:
    """The parts as they come back from the store: without bytes that are in memory."""
    return tuple(
        replace(part, file=replace(part.file, data=None))
        if isinstance(part, PicturePart | AudioPart | DocumentPart)
        else part
        for part in parts
    )


def row_of(part: MessagePart) -> Row:
    """The values of :data:`COLUMNS`."""
    match part:
        case TextPart(text):
            return ("text", text, *(None,) * 9)
        case ToolCallPart(call_id, name, arguments):
            return ("tool_call", arguments, name, call_id, *(None,) * 7)
        case ToolResultPart(call_id, name, text):
            return ("tool_result", text, name, call_id, *(None,) * 7)
        case PicturePart(file, size, words):
            return ("picture", words, *_file_row(file), *(size or (None, None)), None)
        case AudioPart(file, seconds, words):
            return ("audio", words, *_file_row(file), None, None, seconds)
        case DocumentPart(file, words):
            return ("document", words, *_file_row(file), None, None, None)


def part_of(row: Row) -> MessagePart:
    """The part whose :data:`COLUMNS` these are."""
    kind, text, name, call_id, *_, width, height, seconds = row
    match kind:
        case "text":
            return TextPart(text)
        case "tool_call":
            return ToolCallPart(call_id, name, text)
        case "tool_result":
            return ToolResultPart(call_id, name, text)
        case "picture":
            return PicturePart(_file(row), (width, height) if width is not None else None, text)
        case "audio":
            return AudioPart(_file(row), seconds, text)
        case "document":
            return DocumentPart(_file(row), text)
    raise ValueError(f"no kind of part: {kind}")


def _file_row(file: FileReference) -> Row:
    return file.name, None, file.media_type, file.telegram_file_id, file.file_key, file.byte_count


def _file(row: Row) -> FileReference:
    name, _, media_type, telegram_file_id, file_key, byte_count = row[2:8]
    return FileReference(media_type, None, telegram_file_id, file_key, byte_count, name)
