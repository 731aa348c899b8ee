"""A document on its way to its messages: what names its delivery, and what is known of each message."""

from dataclasses import dataclass
from typing import Literal

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
