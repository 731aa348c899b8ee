"""A group's message as it is kept for summaries."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class GroupMessage:
    """``topic``: the forum topic's id, None in General and outside of forums. ``username``: without @, may be empty.
    ``at``: aware, in the zone by which the group reads its clock. ``kind``: text, photo, voice and so on; ``text`` is
    the caption where it is not text.
    """

    id: int
    author_id: int
    author: str
    at: datetime
    text: str
    topic: int | None = None
    reply_to: int | None = None
    username: str = ""
    kind: str = "text"
