"""A summary as it was made, from which it can be shown once more: to all, or after a restart."""

from dataclasses import dataclass
from datetime import tzinfo
from functools import partial

from bot.summaries.summary import Summary
from bot.telegram.markdown import OutgoingMessage, RichMode, present
from bot.telegram.texts import Language, Texts
from handlers.links import message_link
from handlers.summary_document import Cost, document


@dataclass(frozen=True, slots=True)
class Group:
    """``username``: of a public group."""

    id: int
    username: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """``topic``: where it was asked for. ``language``: of what is around the summaries. ``names``: as of a document."""

    group: Group
    topic: int | None
    summaries: tuple[Summary, ...]
    cost: Cost
    language: Language
    names: dict[int, str] | None

    def parts(self, zone: tzinfo, rich: RichMode) -> list[OutgoingMessage]:
        """As messages."""
        address = partial(message_link, self.group.id, self.group.username)
        texts = Texts(self.language)
        shown = document(self.summaries, self.cost, texts, address=address, zone=zone, names=self.names)
        return present(shown, rich=rich)
