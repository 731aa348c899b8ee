"""A summary as a document: topics with their points, each with links to the messages that it rests on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from typing import Final, TypeAlias

from bot.domain.digest import OpenItem
from bot.domain.notes import ActionItem, SummaryPoint, SummaryTopic
from bot.groups.summary import ClosedItem, Participant, Summary, SummaryCost, SummaryPage
from bot.telegram.figures import count, yuan
from bot.telegram.markdown import Document, OutgoingMessage, RichMode, present
from bot.telegram.markdown.tree import Block, Details, Heading, Inline, Item, Link, List, Paragraph, Styled, Text
from bot.telegram.texts import Texts

_LINKS: Final = 4  # at one point
_FOLDED: Final = 12  # points, beyond which topics are folded
_PARTICIPANTS: Final = 8

Address: TypeAlias = Callable[[int | None, int], str | None]
"""The link to a message, by its topic and id; None where there is none."""


def page_parts(page: SummaryPage, zone: tzinfo, rich: RichMode) -> list[OutgoingMessage]:
    """The page as messages; ``zone``: by whose clock times are shown."""
    address = partial(message_link, page.group.id, page.group.username)
    texts = Texts(page.language)
    shown = document(page.summaries, page.cost, texts, address=address, zone=zone, names=page.names)
    return present(shown, rich=rich)


def message_link(chat_id: int, username: str | None, topic: int | None, message_id: int) -> str | None:
    """None where there are no links: in basic groups, and to messages from before a group became a supergroup."""
    internal = str(chat_id).removeprefix("-100")
    if message_id < 1 or not str(chat_id).startswith("-100") or len(internal) < 10:
        return None
    place = username or f"c/{internal}"
    return f"https://t.me/{place}/{topic}/{message_id}" if topic else f"https://t.me/{place}/{message_id}"


def document(
    summaries: Sequence[Summary],
    cost: SummaryCost,
    texts: Texts,
    *,
    address: Address,
    zone: tzinfo,
    names: Mapping[int, str] | None = None,
) -> Document:
    """``names``: of forum topics, each of which gets a heading; None where it is clear which one it is."""
    blocks: list[Block] = []
    for summary in summaries:
        if names is not None:
            name = names.get(summary.topic or 0) or texts("summary.topic" if summary.topic else "summary.general")
            blocks.append(Heading(2, (Text(name),)))
        blocks += _TopicPage(summary, texts, address).blocks()
        blocks.append(_figures(summary, texts, zone))
    blocks.append(_foot(summaries, cost, texts))
    return Document(tuple(blocks))


@dataclass(frozen=True, slots=True)
class _TopicPage:
    summary: Summary
    texts: Texts
    address: Address

    def blocks(self) -> Iterator[Block]:
        summary, texts = self.summary, self.texts
        if summary.plain:
            yield Paragraph((Styled("italic", (Text(texts("summary.plain")),)),))
            yield Paragraph((Text(summary.plain),))
        elif not summary.tells:
            yield Paragraph((Text(texts("summary.unanswered" if summary.answers else "summary.nothing")),))
        folded = sum(len(topic.points) for topic in summary.topics) > _FOLDED
        for topic in summary.topics:
            yield from self._topic(topic, folded=folded)
        yield from self._section("summary.decisions", [self._point(point) for point in summary.decisions])
        yield from self._section("summary.actions", [self._action(action) for action in summary.actions])
        yield from self._section("summary.questions", [self._point(point) for point in summary.questions])
        yield from self._section("summary.closed", [self._closed(each) for each in summary.closed])
        yield from self._section("summary.carried", [self._carried_over(item) for item in summary.carried_over])
        if summary.unread:
            yield Paragraph((Styled("italic", (Text(texts("summary.unread", count=summary.unread)),)),))

    def _topic(self, topic: SummaryTopic, *, folded: bool) -> Iterator[Block]:
        points = _list([self._point(point) for point in topic.points])
        if folded:
            yield Details((Text(topic.title),), (points,))
        else:
            yield Heading(3, (Text(topic.title),))
            yield points

    def _section(self, key: str, items: Sequence[tuple[Inline, ...]]) -> Iterator[Block]:
        if items:
            yield Heading(3, (Text(self.texts(key)),))
            yield _list(items)

    def _point(self, point: SummaryPoint) -> tuple[Inline, ...]:
        return (Text(point.text), *self._links(point.messages))

    def _action(self, action: ActionItem) -> tuple[Inline, ...]:
        who = (Styled("bold", (Text(action.who),)), Text(" – ")) if action.who else ()
        due = f" ({action.due})" if action.due else ""
        return (*who, Text(f"{action.what}{due}"), *self._links(action.messages))

    def _closed(self, closed: ClosedItem) -> tuple[Inline, ...]:
        """With links to where it was opened and, behind an arrow, to where it was closed."""
        by = tuple(self._links(closed.by))
        return (*self._open_item(closed.item), *((Text(" →"), *by) if by else ()))

    def _carried_over(self, open_item: OpenItem) -> tuple[Inline, ...]:
        last = (Text(" "), Styled("italic", (Text(self.texts("summary.last_time")),))) if open_item.is_last else ()
        return (*self._open_item(open_item), *last)

    def _open_item(self, open_item: OpenItem) -> tuple[Inline, ...]:
        item = open_item.item
        return self._action(item) if isinstance(item, ActionItem) else self._point(item)

    def _links(self, messages: Sequence[int]) -> Iterator[Inline]:
        for number, message in enumerate(messages[:_LINKS], start=1):
            if (link := self.address(self.summary.topic, message)) is not None:
                yield Text(" ")
                yield Link(link, (Text(f"[{number}]"),))


def _list(items: Sequence[tuple[Inline, ...]]) -> List:
    return List(tuple(Item((Paragraph(inlines),)) for inlines in items))


def _figures(summary: Summary, texts: Texts, zone: tzinfo) -> Paragraph:
    """How many messages, from when to when, and by whom."""
    first, last = summary.first.astimezone(zone), summary.last.astimezone(zone)
    until = f"{last:%H:%M}" if first.date() == last.date() else f"{last:%m-%d %H:%M}"
    line = texts("summary.figures", count=summary.count, first=f"{first:%m-%d %H:%M}", last=until, zone=zone)
    return Paragraph((Styled("italic", (Text(f"{line}\n{_people(summary.participants, texts)}"),)),))


def _people(people: Sequence[Participant], texts: Texts) -> str:
    named = [f"{each.name} {each.wrote}" for each in people[:_PARTICIPANTS]]
    more = len(people) - len(named)
    return " · ".join((*named, texts("summary.more", count=more)) if more else named)


def _foot(summaries: Sequence[Summary], cost: SummaryCost, texts: Texts) -> Paragraph:
    model = summaries[0].model.rpartition("/")[2]
    tokens = cost.usage.prompt + cost.usage.output
    if tokens:
        spent = texts("summary.cost", model=model, tokens=count(tokens), yuan=yuan(cost.money))
    else:
        spent = texts("summary.kept", model=model)
    return Paragraph((Styled("italic", (Text(spent),)),))
