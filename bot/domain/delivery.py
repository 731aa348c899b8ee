"""A document on its way to its messages: what names its delivery, and what is known of each message."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Literal, Protocol

DeliveryKind = Literal["answer", "summary", "digest", "search", "notice"]


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """What is known of one part of a document, and of the message that shows it."""

    seq: int  # the place of the part in its document, from 0
    message_id: int | None  # None: there is no message, or its number is not known
    state: Literal[
        "shown",  # the message is there and shows something earlier
        "attempting",  # a send whose end was not recorded
        "sent",  # the message shows the part
        "unknown",  # the outcome of the send cannot be known, and it is not repeated
    ]


@dataclass(frozen=True, slots=True)
class DeliveryKey:
    """What names one delivery for ever: whoever brings the same again goes on with it."""

    kind: DeliveryKind
    name: str  # unique in its kind; an answer's is the id of its node

    @classmethod
    def of_answer(cls, answer_id: int) -> "DeliveryKey":
        return cls("answer", str(answer_id))


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document that is no answer, with all that is needed to go on with its delivery after a crash."""

    key: DeliveryKey
    chat_id: int
    body: str | None  # the document's messages, as JSON; None: they are all there
    topic_id: int | None = None
    reply_to: int | None = None
    receiver: int | None = None  # the one member who alone is to see it
    user_id: int | None = None  # whose it is: who asked for it; None: nobody's
    source_chat_id: int | None = None  # the group whose messages it quotes


class Deliveries(Protocol):
    """What keeps documents on their way, and which message shows which part of each."""

    def of(self, key: DeliveryKey) -> Awaitable[list[DeliveryRecord]]:
        """What is known of the parts, in their order."""
        ...

    def begin(self, document: StoredDocument, at: float, shown: int | None) -> Awaitable[StoredDocument | None]:
        """Keep the document; the one that was kept before under its key, where there is one; None: that is delivered.

        ``shown``: a message that is there already and is to show the first part. ``at`` in Unix seconds.
        """
        ...

    def unfinished(self) -> Awaitable[list[DeliveryKey]]:
        """Of the documents that are not in their messages yet, the oldest first."""
        ...

    def find(self, key: DeliveryKey) -> Awaitable[StoredDocument | None]:
        """The document of this key, where it is not in its messages yet."""
        ...

    def knows(self, key: DeliveryKey) -> Awaitable[bool]:
        """Whether a document is on its way under this key, or was brought to its messages within a week."""
        ...

    def finish(self, key: DeliveryKey) -> None:
        """The document is in its messages: only its key is kept."""
        ...

    def drop(self, key: DeliveryKey) -> Awaitable[None]:
        """The document cannot be delivered; the key may be used for another."""
        ...

    def attempt(self, key: DeliveryKey, seq: int, chat_id: int) -> Awaitable[None]:
        """A new message is about to be sent; waited for, because after a crash this record is all that is known."""
        ...

    def shown(self, key: DeliveryKey, seq: int, chat_id: int, message_id: int) -> None:
        """A status message exists; not waited for: a crash before the commit leaves one placeholder behind."""
        ...

    def sent(self, key: DeliveryKey, seq: int, chat_id: int, message_id: int | None) -> None:
        """Not waited for: what is stored later is committed later."""
        ...

    def unknown(self, key: DeliveryKey, seq: int, chat_id: int) -> None: ...

    def gone(self, key: DeliveryKey, seq: int) -> None:
        """The message was deleted: the document has fewer parts now."""
        ...
