"""A summary as it is shown: every link is ours and leads into the window, whatever the texts hold."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.digest import ROUNDS, OpenItem
from bot.domain.money import NO_MONEY, Money, TokenUsage
from bot.domain.notes import ActionItem, GroupNotes, SummaryPoint, SummaryTopic
from bot.groups.summary import ClosedItem, Participant, Summary, SummaryCost
from bot.telegram.markdown import OutgoingMessage, RichMode, present
from bot.telegram.markdown.tree import Block, Details, Document, Heading, Inline, Item, Link, List, Paragraph, Styled
from bot.telegram.summary_document import document, message_link
from bot.telegram.texts import Texts

GROUP = -1001234567890
IDS = range(100, 200)
WORDS = st.text(max_size=60) | st.sampled_from(
    ["[x](https://evil.example)", "<a href='tg://user?id=1'>x</a>", "@everyone /ban", "**" * 20, "https://evil.example"]
)
REFS = st.lists(st.sampled_from(IDS), min_size=1, max_size=8, unique=True).map(tuple)
POINTS = st.lists(st.builds(SummaryPoint, WORDS, REFS), max_size=8).map(tuple)
LOOPS = st.builds(
    OpenItem,
    st.just(None),
    st.builds(ActionItem, WORDS, WORDS, WORDS, REFS).map(lambda action: GroupNotes(actions=(action,)))
    | st.builds(SummaryPoint, WORDS, REFS).map(lambda point: GroupNotes(questions=(point,))),
    st.integers(0, ROUNDS),
)
SUMMARIES = st.builds(
    Summary,
    topic=st.sampled_from([None, 7]),
    topics=st.lists(st.builds(SummaryTopic, WORDS, POINTS), max_size=4).map(tuple),
    decisions=POINTS,
    actions=st.lists(st.builds(ActionItem, WORDS, WORDS, WORDS, REFS), max_size=4).map(tuple),
    questions=POINTS,
    participants=st.just((Participant(1, "Ann", 3),)),
    count=st.just(100),
    first=st.just(datetime(2026, 11, 24, 8, tzinfo=UTC)),
    last=st.just(datetime(2026, 11, 24, 9, tzinfo=UTC)),
    model=st.just("Qwen/Qwen3-8B"),
    plain=st.just("") | WORDS,
    unread=st.integers(0, 3),
    closed=st.lists(st.builds(ClosedItem, LOOPS, REFS), max_size=3).map(tuple),
    carried_over=st.lists(LOOPS, max_size=3).map(tuple),
)


def page(*summaries: Summary, username: str | None = None, tokens: int = 100) -> Document:
    return document(
        summaries,
        SummaryCost(TokenUsage(tokens, 0), Money(12_000)),
        Texts("en"),
        address=partial(message_link, GROUP, username),
        zone=UTC,
    )


def links(found: Document | Block | Item | Inline) -> list[str]:
    match found:
        case Link(url):
            return [url]
        case Document(blocks) | Item(blocks) | Details(_, blocks):
            return [url for block in blocks for url in links(block)]
        case List(items):
            return [url for item in items for url in links(item)]
        case Paragraph(inlines) | Heading(_, inlines) | Styled(_, inlines):
            return [url for inline in inlines for url in links(inline)]
        case _:
            return []


@given(SUMMARIES)
def test_every_link_is_to_a_message_that_the_summary_rests_on(summary: Summary) -> None:
    allowed = {message_link(GROUP, None, summary.topic, number) for number in IDS}
    assert set(links(page(summary))) <= allowed


@given(SUMMARIES, st.sampled_from(["auto", "always", "off"]))
def test_every_summary_fits_into_messages_that_link_nowhere_else(summary: Summary, rich: RichMode) -> None:
    parts = present(page(summary), rich=rich)
    assert parts
    for part in parts:
        assert all(sound(url) for url in urls(part))


def urls(part: OutgoingMessage) -> list[str]:
    return [entity.url for entity in part.entities if entity.url is not None]


def sound(url: str) -> bool:
    return url.startswith("https://t.me/c/1234567890/")


@pytest.mark.parametrize(
    ("chat", "username", "topic", "message", "link"),
    [
        (GROUP, None, None, 5, "https://t.me/c/1234567890/5"),
        (GROUP, None, 7, 9, "https://t.me/c/1234567890/7/9"),
        (GROUP, "friends", 7, 9, "https://t.me/friends/7/9"),
        (GROUP, "friends", None, -5, None),
        (-4_000_000_001, None, None, 5, None),
    ],
)
def test_links_are_those_of_telegram(
    chat: int, username: str | None, topic: int | None, message: int, link: str | None
) -> None:
    assert message_link(chat, username, topic, message) == link


EMPTY = Summary(None, (), (), (), (), (), 1, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), "m")


def test_what_was_open_is_shown_with_where_it_was_opened_and_where_closed() -> None:
    promise = OpenItem(None, GroupNotes(actions=(ActionItem("Ann", "cake", "friday", (101,)),)))
    question = OpenItem(None, GroupNotes(questions=(SummaryPoint("who pays?", (102,)),)), ROUNDS)
    found = page(replace(EMPTY, closed=(ClosedItem(promise, (150, 151)),), carried_over=(question,)))
    assert [url.rpartition("/")[2] for url in links(found)] == ["101", "150", "151", "102"]
    text = present(found)[0].text
    assert "Ann – cake (friday) [1] → [1] [2]" in text
    assert "who pays? [1] (named for the last time)" in text
    assert "Nothing of note" not in text
    assert "last time" not in present(page(replace(EMPTY, carried_over=(promise,))))[0].text


def test_what_was_closed_is_shown_where_there_are_no_links() -> None:
    promise = OpenItem(None, GroupNotes(actions=(ActionItem("Ann", "cake", "", (101,)),)))
    found = document(
        [replace(EMPTY, closed=(ClosedItem(promise, (150,)),))],
        SummaryCost(TokenUsage(0, 0), NO_MONEY),
        Texts("en"),
        address=lambda _topic, _message: None,
        zone=UTC,
    )
    assert "→" not in present(found)[0].text


def test_what_cost_nothing_says_so() -> None:
    assert "summed up before" in present(page(EMPTY, tokens=0))[0].text
    assert "Nothing of note" in present(page(EMPTY))[0].text


def test_a_question_that_nothing_answers_is_told_so() -> None:
    text = present(page(replace(EMPTY, answers=True)))[0].text
    assert "Nothing in it answers that" in text
    assert "Nothing of note" not in text
