"""What a version of before these names has stored is still read: what waits for a button, notes, and open items."""

from datetime import UTC, datetime

from pydantic import TypeAdapter

from bot.domain.digest import OpenItem
from bot.domain.group import GroupRef
from bot.domain.money import Money, TokenUsage
from bot.domain.notes import ActionItem, Closing, GroupNotes, SummaryPoint, from_json
from bot.groups.summary import (
    Authors,
    ClosedItem,
    Participant,
    Summary,
    SummaryCost,
    SummaryPage,
    SummaryQuery,
    SummaryRequest,
    SummaryWindow,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PROMISE = OpenItem(9, GroupNotes(actions=(ActionItem("Ann", "cake", "Friday", (3,)),), people=(70,)), 2)
QUESTION = OpenItem(9, GroupNotes(questions=(SummaryPoint("who pays?", (4,)),)), 1)

OLD_PROMISE = (
    '{"topics":[],"decisions":[],"actions":[{"who":"Ann","what":"cake","due":"Friday","messages":[3]}],'
    '"questions":[],"people":[70],"closed":[]}'
)
OLD_QUESTION = (
    '{"topic":9,"notes":{"topics":[],"decisions":[],"actions":[],"questions":[{"text":"who pays?","messages":[4]}],'
    '"people":[],"closed":[]},"rounds":1}'
)
OLD_REQUEST = (
    '{"group":{"id":-1005,"username":"friends"},"request":{"window":{"since":"2026-11-24T12:00:00Z","until":null,'
    '"first":null,"last":5},"people":{"names":["ada_l"],"ids":[]},"topic":null,"every_topic":false,"actions":false,'
    '"brief":false,"question":"why?","language":null,"privately":true},"topic":9,"asked":7}'
)
OLD_PAGE = (
    '{"group":{"id":-1005,"username":null},"topic":9,"summaries":[{"topic":9,"topics":[],"decisions":[{"text":'
    '"Redis goes","messages":[4]}],"actions":[],"questions":[],"participants":[{"id":5,"name":"Ann","wrote":2}],'
    '"count":2,"first":"2026-11-24T12:00:00Z","last":"2026-11-24T12:00:00Z","model":"m","plain":"","unread":0,'
    f'"closed":[{{"loop":{{"topic":9,"notes":{OLD_PROMISE},"rounds":2}},"by":[5]}}],"carried":[{OLD_QUESTION}],'
    f'"left":[{OLD_QUESTION}],"answers":false}}],"cost":{{"usage":{{"prompt":7,"output":3,"cached":0,"reasoning":0}},'
    '"micro_yuan":12},"language":"zh","names":null}'
)


def test_a_request_that_waits_for_a_button() -> None:
    query = SummaryQuery(
        SummaryWindow(since=NOON, last=5), Authors(frozenset({"ada_l"})), question="why?", privately=True
    )
    request = SummaryRequest(GroupRef(-1005, "friends"), query, 9, 7)
    assert TypeAdapter(SummaryRequest).validate_json(OLD_REQUEST) == request


def test_a_page_that_waits_to_be_posted() -> None:
    summary = Summary(
        topic=9,
        topics=(),
        decisions=(SummaryPoint("Redis goes", (4,)),),
        actions=(),
        questions=(),
        participants=(Participant(5, "Ann", 2),),
        count=2,
        first=NOON,
        last=NOON,
        model="m",
        closed=(ClosedItem(PROMISE, (5,)),),
        carried_over=(QUESTION,),
        left=(QUESTION,),
    )
    page = SummaryPage(GroupRef(-1005, None), 9, (summary,), SummaryCost(TokenUsage(7, 3), Money(12)), "zh", None)
    assert TypeAdapter(SummaryPage).validate_json(OLD_PAGE) == page


def test_notes_and_open_items() -> None:
    old = '{"topics":[],"decisions":[{"text":"yes","messages":[1]}],"closed":[{"loop":2,"messages":[5]}]}'
    assert from_json(old) == GroupNotes(decisions=(SummaryPoint("yes", (1,)),), closed=(Closing(2, (5,)),))
    assert OpenItem.restored(9, OLD_PROMISE, 2) == PROMISE
