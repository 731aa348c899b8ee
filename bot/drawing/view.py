"""What drawing says to people: the ports through which progress, pictures and failures reach a chat."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.drawing import Drawing, GeneratedPicture
from bot.domain.preferences import LocalizedMessage


class ChatUnreachable(Exception):
    """The chat cannot be written to (blocked, left, no right): there is nobody to tell."""


@dataclass(frozen=True, slots=True)
class MissingPictures:
    """Pictures of a drawing that were not drawn, and why."""

    drawn: int  # how many of ``total`` there are
    total: int
    model: str  # id of the model that was to draw
    failure: Exception | None  # one of the pipeline's FAILURES; None: the drawing was stopped


Note = LocalizedMessage | MissingPictures
"""What is said below pictures."""


class DrawingProgress(Protocol):
    """Is told how far a drawing is. Called on the event loop; must not block."""

    def waiting(self, ahead: int, seconds: float) -> None:
        """A call waits for the provider's limits."""
        ...

    def drawn(self) -> None:
        """One more picture is there."""
        ...


class DrawingStatus(DrawingProgress, Protocol):
    """The message that shows how far one drawing is, from when it is made until one of its last three verbs."""

    def close(self) -> Awaitable[None]:
        """Show no more progress. May be called again, and before and after the others."""
        ...

    def remove(self) -> Awaitable[None]:
        """The pictures have come, so that nothing need be said."""
        ...

    def fail(self, missing: MissingPictures) -> Awaitable[None]:
        """No picture has come. Raises ChatUnreachable."""
        ...

    def offer_resend(self) -> Awaitable[None]:
        """A picture may not have arrived. Raises ChatUnreachable."""
        ...


class PictureView(Protocol):
    """Sends kept pictures into one chat, and records in the repository how that ended."""

    def send(
        self, pictures: Sequence[GeneratedPicture], notes: Sequence[Note] = (), words: str | None = None
    ) -> Awaitable[None]:
        """With captions and buttons. Each is marked ``attempting`` before, and after it ``sent``, ``unknown``, or
        ``drawn`` where it was refused in every form. ``words``: the person's own, where the recipe has others.

        Raises ChatUnreachable.
        """
        ...

    def send_originals(self, pictures: Sequence[GeneratedPicture]) -> Awaitable[bool]:
        """As files, byte by byte as they were drawn; False where none is kept any more."""
        ...


class DrawingView(PictureView, Protocol):
    """The chat in which one request is answered, in the language of the person who made it."""

    def status(self, drawing: Drawing) -> DrawingStatus:
        """Begin to show how far the drawing is, in the message of an earlier run if there is one."""
        ...
