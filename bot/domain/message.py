"""A message: its parts as they are stored, sent and counted; and the command in its words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Role = Literal["system", "user", "assistant", "tool"]

# Telegram's own form: clients mark the same words as a command. Each piece ends where the next begins, so nothing is
# read twice, however long the text.
_FORM: Final = re.compile(r"\s*+/([A-Za-z0-9_]{1,64}+)(?:@([A-Za-z0-9_]*+))?(?!\S)\s*+")


@dataclass(frozen=True, slots=True)
class FileReference:
    """A file of a message: what it is, and where its bytes are. Any number of the three places may be known."""

    media_type: str  # such as image/png
    data: bytes | None = field(default=None, repr=False)  # in memory, for one call; never stored with the message
    telegram_file_id: str | None = None  # of the Bot API, of the bot that received it
    file_key: str | None = None  # of a file that is kept here
    byte_count: int | None = None
    name: str = ""  # as its sender called it


@dataclass(frozen=True, slots=True)
class TextPart:
    """Words, exactly as they were said."""

    text: str


@dataclass(frozen=True, slots=True)
class PicturePart:
    """An image, for a model that sees."""

    file: FileReference
    size: tuple[int, int] | None = None  # width and height in pixels, where they are known
    in_words: str = ""  # a caption or description; empty: there is none


@dataclass(frozen=True, slots=True)
class AudioPart:
    """A recording, for a model that hears."""

    file: FileReference
    seconds: float | None = None  # its length, where that is known
    in_words: str = ""  # its transcript; empty: there is none


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """A file of text, tables or slides."""

    file: FileReference
    in_words: str = ""  # the text that was extracted from it; empty: there is none


@dataclass(frozen=True, slots=True)
class ToolCallPart:
    """A model's wish that a tool be called."""

    call_id: str  # given by the provider; the result repeats it
    name: str  # of the tool
    arguments: str  # JSON as the model wrote it, which may be broken


@dataclass(frozen=True, slots=True)
class ToolResultPart:
    """What a tool gave back, as data for the model."""

    call_id: str  # of the call that it answers
    name: str  # of the tool
    text: str


MediaPart: TypeAlias = PicturePart | AudioPart | DocumentPart
MessagePart: TypeAlias = TextPart | MediaPart | ToolCallPart | ToolResultPart


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a request to a model."""

    role: Role
    parts: tuple[MessagePart, ...]

    @property
    def text(self) -> str:
        return message_text(self.parts)

    @property
    def pictures(self) -> tuple[PicturePart, ...]:
        return tuple(part for part in self.parts if isinstance(part, PicturePart))


def text_message(role: Role, text: str) -> ChatMessage:
    return ChatMessage(role, (TextPart(text),))


def message_text(parts: Iterable[MessagePart]) -> str:
    """The words that were said, without those that stand for other parts; a blank line between two text parts."""
    return "\n\n".join(part.text for part in parts if isinstance(part, TextPart))


def part_in_words(part: MessagePart) -> str:
    """The part as text, for a model that cannot take it as it is. Only of an empty text part it is empty."""
    match part:
        case TextPart(text):
            return text
        case ToolCallPart(_, name, arguments):
            return f"[Call of the tool {_label(name)}]\n{arguments}"
        case ToolResultPart(_, name, text):
            return f"[Result of the tool {_label(name)}]\n{text}"
        case PicturePart():
            return _media_in_words("Picture", part)
        case AudioPart():
            return _media_in_words("Recording", part)
        case DocumentPart():
            return _media_in_words("Document", part)


def _media_in_words(kind: str, part: MediaPart) -> str:
    label = f"{kind} {_label(part.file.name)}".rstrip()
    return f"[{label}]\n{part.in_words}" if part.in_words.strip() else f"[{label}: its content is not available]"


def _label(name: str) -> str:
    """A name on one line, so that it looks like nothing but a name."""
    return " ".join(name.split())


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """One command that was written. Case tells no commands apart: phones begin a message with a capital."""

    name: str  # in lower case, without the slash
    mention: str  # the bot it is meant for, in lower case; empty: whichever reads it
    arguments: str  # all that stands behind it, as it was written

    def is_for(self, username: str) -> bool:
        """Whether the bot of that name is meant; with an empty name every one is, for then nobody can tell."""
        return not self.mention or not username or self.mention == username.lower()


def slash_command(text: str) -> SlashCommand | None:
    """The command that a text begins with; None where it begins with anything else, such as a path."""
    found = _FORM.match(text)
    if found is None:
        return None
    return SlashCommand(found[1].lower(), (found[2] or "").lower(), text[found.end() :])
