"""A drawing, its pictures and how each was made: values, and the ports through which they are kept.

A drawing is one request of a person and has one to four pictures. Each picture remembers its recipe, so that it can be
made again, or another like it, as long as the database lasts.
"""

import json
import secrets
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Final, Literal, NamedTuple, Protocol

from bot.domain.money import Money

MAX_SEED: Final = 9_999_999_999
"""As SiliconFlow has it."""

_OWN: Final = "picture:"
_TELEGRAM: Final = "file:"

PictureState = Literal[
    "open",  # to be generated; with an address: generated and paid, to be fetched
    "drawn",  # its file is kept, and it is to be sent
    "attempting",  # it is being sent; after a crash nobody knows whether it arrived
    "unknown",  # its sending ended without an answer: it may have arrived
    "sent",  # Telegram has confirmed it
    "failed",  # the drawing has ended without it
]

MessageRole = Literal[
    "picture",  # the message is a picture
    "album",  # the line with the buttons of several pictures
    "words",  # the question for other words
]
"""What a message of the bot is to the picture that is stored with it."""


@dataclass(frozen=True, slots=True)
class ImageRecipe:
    """How a picture is made. None stands for what the model does not take."""

    prompt: str
    model: str  # its id
    negative: str = ""  # what must not be in the picture
    size: str | None = None  # "WxH" in pixels
    seed: int | None = None  # None: the provider's choice, which `seeded` adds
    steps: int | None = None
    guidance: float | None = None
    parent: int | None = None  # number of the picture that this one came from
    source: str | None = None  # what it starts from: `own_source` or `telegram_source`

    @classmethod
    def from_json(cls, text: str) -> "ImageRecipe":
        """As `to_json` wrote it, in this version or another: keys that are not known are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in json.loads(text).items() if key in known})

    def to_json(self) -> str:
        """In ASCII: half a surrogate pair of a person's words cannot be stored otherwise."""
        return json.dumps(asdict(self), separators=(",", ":"))

    def again(self, parent: int) -> "ImageRecipe":
        """The same words, another picture."""
        return replace(self, parent=parent, seed=None if self.seed is None else fresh_seed())

    def varied(self, parent: int) -> "ImageRecipe":
        """The same words, and the picture of that number to start from."""
        return replace(self.again(parent), source=own_source(parent))

    def resized(self, parent: int, size: str) -> "ImageRecipe":
        return replace(self, parent=parent, size=size)

    def seeded(self, seed: int | None) -> "ImageRecipe":
        """With the seed that the provider told, if it did."""
        return self if seed is None else replace(self, seed=seed)

    def series(self, count: int) -> "list[ImageRecipe]":
        """As many different pictures, each of which can be repeated by itself: their seeds are neighbours."""
        if self.seed is None:
            return [self] * count
        return [replace(self, seed=(self.seed + number) % (MAX_SEED + 1)) for number in range(count)]


def fresh_seed() -> int:
    """Small enough for every API: some take 31 bits only."""
    return secrets.randbelow(2**31)


def own_source(picture_id: int) -> str:
    """Names a picture of ours as the one that a recipe starts from."""
    return f"{_OWN}{picture_id}"


def telegram_source(file_id: str) -> str:
    """Names a file of Telegram's as the picture that a recipe starts from."""
    return f"{_TELEGRAM}{file_id}"


def own_picture_id(source: str) -> int | None:
    """The number of our picture that a source names; None for a file of Telegram's."""
    return int(source.removeprefix(_OWN)) if source.startswith(_OWN) else None


def telegram_file_id(source: str) -> str:
    """The id of the file of Telegram's that a source names."""
    return source.removeprefix(_TELEGRAM)


class GenerationRecord(NamedTuple):
    """How a picture came to be."""

    recipe: ImageRecipe  # as it was in the end: of the model that drew, with the seed that was used
    seconds: float
    cost: Money


class PictureFormat(NamedTuple):
    """What the file of a picture holds."""

    media_type: str  # empty until the picture is drawn
    width: int  # pixels; 0: not known
    height: int
    photo: bool  # Telegram takes it as a photo


@dataclass(frozen=True, slots=True)
class NewDrawing:
    """A drawing that is asked for."""

    idempotency_key: str  # identifies the update it came with
    chat_id: int
    topic_id: int  # 0: outside of topics
    user_id: int
    words: str  # as the person wrote them
    improve: bool  # a chat model is still to rewrite them
    at: float  # Unix seconds


@dataclass(frozen=True, slots=True)
class GeneratedPicture:
    """A picture of a drawing as it is stored, from the request on."""

    id: int
    drawing_id: int
    state: PictureState
    generation: GenerationRecord
    format: PictureFormat
    chat_id: int
    user_id: int
    address: str | None = None  # where it lies at the provider's, until it is fetched
    photo_id: str | None = None  # Telegram's, as which it was sent
    document_id: str | None = None

    @property
    def recipe(self) -> ImageRecipe:
        return self.generation.recipe


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing as it is stored."""

    id: int
    words: str  # as the person wrote them
    improve: bool  # a chat model is still to rewrite them
    is_open: bool  # it has not come to its end
    status_message_id: int | None  # of the message that tells how far it is
    pictures: tuple[GeneratedPicture, ...]


class DrawingRepository(Protocol):
    """Where drawings are kept."""

    def begin(self, new: NewDrawing, recipes: Sequence[ImageRecipe]) -> Awaitable[Drawing]:
        """Store it with a picture for each recipe, or give it as it stands where it was begun before."""
        ...

    def line(self, drawing_id: int, message_id: int) -> None:
        """Note the message that tells how far the drawing is. Not waited for."""
        ...

    def reword(self, drawing_id: int, recipes: Mapping[int, ImageRecipe]) -> Awaitable[None]:
        """The words have been rewritten: other recipes, by the pictures' numbers."""
        ...

    def called(self, picture_id: int, made: GenerationRecord, address: str) -> Awaitable[None]:
        """The picture is generated and paid, and lies at ``address``."""
        ...

    def drawn(self, picture_id: int, made: GenerationRecord, form: PictureFormat) -> Awaitable[None]:
        """The picture's file is kept."""
        ...

    def mark(self, picture_ids: Iterable[int], state: PictureState) -> Awaitable[None]: ...

    def sent(self, picture_id: int, photo_id: str | None, document_id: str | None) -> Awaitable[None]:
        """With the ids by which Telegram sends it again."""
        ...

    def show(self, chat_id: int, message_id: int, picture_id: int, shows: MessageRole) -> None:
        """Note which picture a message is about. Not waited for."""
        ...

    def end(self, drawing_id: int) -> Awaitable[None]:
        """The drawing has come to its end; what of it was not drawn never will be."""
        ...

    def get(self, picture_id: int) -> Awaitable[GeneratedPicture | None]: ...

    def of(self, drawing_id: int) -> Awaitable[list[GeneratedPicture]]:
        """The pictures of a drawing in their order; none where there is no such drawing."""
        ...

    def at(self, chat_id: int, message_id: int) -> Awaitable[tuple[GeneratedPicture, MessageRole] | None]:
        """What a message is about."""
        ...


class PictureFileStorage(Protocol):
    """The files of pictures, by the pictures' numbers; the oldest are dropped."""

    def keep(self, picture_id: int, data: bytes, photo: bytes | None = None) -> Awaitable[None]:
        """Returns when it is on the disk. ``photo``: a smaller form, for Telegram. Raises OSError."""
        ...

    def find(self, picture_id: int, *, photo: bool = False) -> Path | None: ...

    def drop(self, picture_ids: Iterable[int]) -> Awaitable[None]: ...

    def read(self, picture_id: int, most: int) -> Awaitable[bytes | None]:
        """None where it is not kept, or larger than ``most`` bytes."""
        ...
