"""/summarize as somebody wrote it, the query that its words are, and the work that comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.domain.group import GroupRef
from bot.groups.arguments import ArgumentContext, parse
from bot.groups.summarizer import SummaryTask
from bot.groups.summary import SummaryQuery, SummaryRequest


@dataclass(frozen=True, slots=True)
class SummaryCommand:
    """/summarize as somebody wrote it."""

    key: str  # names this command for ever
    group: GroupRef
    topic: int | None
    message_id: int
    user_id: int  # the person's, or of the chat that somebody speaks for
    words: str
    replied: int | None = None  # the message replied to
    replied_author: int | None = None
    mentioned: Mapping[str, str] = field(default_factory=dict)  # members without a user name: the name by ``@ID``


@dataclass(frozen=True, slots=True)
class SummaryJob:
    """A request of somebody with the messages that it is about."""

    key: str  # names it for ever
    request: SummaryRequest
    task: SummaryTask
    user_id: int


def read(command: SummaryCommand, context: ArgumentContext) -> SummaryQuery:
    """Names of mentioned members are read as their ids, and stand in the question as they were written."""
    words = command.words
    for mark, name in command.mentioned.items():
        words = words.replace(name, mark, 1) if name else words
    query = parse(words, context)
    question = query.question
    for mark, name in command.mentioned.items():
        question = question.replace(mark, name)
    return replace(query, question=question)
