"""The local SiliconFlow summarises what it was sent, in the form that was asked for, and honestly."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from bot.clock import FakeClock
from bot.domain.calls import NOBODY, CallContext
from bot.domain.chat import Account, ChatRequest, Completion, Sink
from bot.domain.notes import ActionItem, GroupNotes, SummaryPoint
from bot.domain.provider import PRESETS
from bot.groups import prompts
from bot.groups.group_answer import parse
from bot.groups.notes_client import MemoryNotesCache
from bot.groups.open_items import opened
from bot.groups.prompts import NotesPrompt
from bot.groups.summarizer import Summaries, SummaryTask
from bot.groups.summary import GroupMessage, SummaryQuery, SummaryWindow
from bot.playground.siliconflow import LocalSiliconFlow, refusals
from bot.playground.siliconflow.answers import compose
from bot.playground.siliconflow.call import read_call
from bot.playground.siliconflow.models import MODELS_NOW
from bot.providers.chat_client import HttpChatClient
from bot.providers.http import open_http
from bot.providers.models import siliconflow
from tests.unit.groups.summary_models import MODEL, NOON, chatter, message

NAME = "Qwen/Qwen2.5-7B-Instruct"
ALL = SummaryQuery(SummaryWindow())
TALK = [
    message(1, "Redis went down again last night, the cache was full", author=1),
    message(2, "Redis is down every week. The cache is too small for the sessions", author=2, reply_to=1),
    message(3, "lol", author=3),
    message(4, "We decided: Redis goes, sessions move to PostgreSQL", author=1),
    message(5, "I'll move the sessions by friday", author=2, reply_to=4),
    message(6, "And who tells the customers?", author=3),
    message(7, "Did the cache alarm fire?", author=3),
    message(8, "it did, at two", author=1, reply_to=7),
    message(9, "我负责写公告，明天之前发出来", author=4),
]


class Direct:
    """Chat completions without limits: straight to the server."""

    def __init__(self, client: HttpChatClient, account: Account) -> None:
        self._client = client
        self._account = account

    async def complete(self, request: ChatRequest, sink: Sink, context: CallContext) -> Completion:
        return await self._client.complete(self._account, request, sink)


@pytest.fixture
async def server() -> AsyncIterator[LocalSiliconFlow]:
    server = LocalSiliconFlow(FakeClock(NOON.timestamp()), limits={"chat": {}})
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def summaries(server: LocalSiliconFlow) -> AsyncIterator[Summaries]:
    clock = FakeClock(NOON.timestamp())
    async with open_http() as http:
        account = Account("siliconflow", "siliconflow", server.url, "sk-local")
        yield Summaries(Direct(HttpChatClient(http, PRESETS, clock), account), MemoryNotesCache(), clock)


def said(prompt: NotesPrompt) -> dict[str, Any]:
    """What the stand-in answers to a prompt."""
    request = prompt.request(MODEL)
    sent = [{"role": message.role, "content": message.text} for message in request.messages]
    call = read_call({"model": NAME, "messages": sent, "max_tokens": request.max_tokens}, MODELS_NOW[NAME])
    answer: dict[str, Any] = json.loads(compose(call).text)
    return answer


def test_held_to_json_it_gives_the_notes_themselves() -> None:
    prompt = prompts.segment(TALK)
    sent = [{"role": each.role, "content": each.text} for each in prompt.request(MODEL).messages]
    body = {"model": NAME, "messages": sent, "response_format": {"type": "json_object"}}
    assert json.loads(compose(read_call(body, MODELS_NOW[NAME])).text) == said(prompt)


def test_every_prompt_says_json_as_the_provider_wants() -> None:
    asked = SummaryQuery(SummaryWindow(), question="why?")
    for prompt in (prompts.segment(TALK), prompts.merge([], ""), prompts.whole([tuple(TALK)], asked, "")):
        request = prompt.request(MODEL)
        assert request.json
        assert "JSON" in request.messages[0].text


def test_a_promise_is_closed_by_a_word_of_its_being_done_and_a_question_by_an_answer() -> None:
    notes = GroupNotes(
        actions=(ActionItem("U1", "move the sessions", "", (1,)), ActionItem("U2", "write it", "", (2,))),
        questions=(SummaryPoint("who pays?", (3,)), SummaryPoint("and when?", (4,))),
        people=(7, 8),
    )
    open_items = list(opened(notes, None))
    talk = [
        message(11, "any news?", reply_to=1),
        message(12, "sessions are moved", reply_to=1),
        message(13, "not yet", reply_to=2),
        message(14, "the office", reply_to=3),
        message(15, "good question?", reply_to=4),
    ]
    prompt = prompts.whole([tuple(talk)], SummaryQuery(SummaryWindow()), "", open_items)
    answer = said(prompt)
    assert [(entry["n"], prompt.refs[entry["refs"][0] - 1]) for entry in answer["closed"]] == [(1, (12,)), (3, (14,))]
    assert not {n for each in statements(answer) for n in each["refs"]} & {1, 2, 3, 4}


def statements(answer: dict[str, Any]) -> list[dict[str, Any]]:
    points = [point for topic in answer["topics"] for point in topic["points"]]
    return [*points, *answer["decisions"], *answer["actions"], *answer["questions"]]


def assert_honest(answer: dict[str, Any], prompt: NotesPrompt) -> None:
    """Every statement is a line of the prompt, the one whose number it bears."""
    lines = {line["n"]: line for line in map(json.loads, prompt.user.split("\n")) if "n" in line}
    for statement in statements(answer):
        (n,) = statement["refs"]
        told = " ".join(str(value) for value in lines[n].values())
        text = str(statement.get("text", statement.get("what")))
        assert text.removeprefix(f"{lines[n].get('by')}: ").rstrip("…") in " ".join(told.split())


def test_it_says_what_was_said_by_whom_with_the_right_numbers() -> None:
    prompt = prompts.segment(TALK)
    answer = said(prompt)
    assert_honest(answer, prompt)
    refs = {prompt.refs[each["refs"][0] - 1][0] for topic in answer["topics"] for each in topic["points"]}
    assert {1, 2, 4} <= refs
    assert 3 not in refs


def test_it_finds_decisions_promises_and_open_questions() -> None:
    answer = said(prompts.segment(TALK))
    assert [each["text"] for each in answer["decisions"]] == ["We decided: Redis goes, sessions move to PostgreSQL"]
    assert [(each["who"], each["due"]) for each in answer["actions"]] == [("U2", "by friday"), ("U4", "明天之前")]
    assert [each["text"] for each in answer["questions"]] == ["And who tells the customers?"]


def test_it_keeps_to_the_bounds_that_it_was_given() -> None:
    prompt = prompts.segment(chatter(100))
    answer = said(prompt)
    assert_honest(answer, prompt)
    bounds = prompt.bounds
    assert 1 <= len(answer["topics"]) <= bounds.topics
    assert sum(len(topic["points"]) for topic in answer["topics"]) <= bounds.points
    assert all(len(answer[name]) <= bounds.others for name in ("decisions", "actions", "questions"))


def test_notes_are_put_together_with_their_own_numbers() -> None:
    prompt = prompts.segment(TALK)
    notes = parse(json.dumps(said(prompt)), prompt)
    assert isinstance(notes, GroupNotes)
    merge = prompts.merge([notes, notes], "")
    answer = said(merge)
    assert_honest(answer, merge)
    assert answer["decisions"]
    assert answer["actions"][0]["due"] == "by friday"
    merged = parse(json.dumps(answer), merge)
    assert merged is not None
    assert merged.messages <= notes.messages


def test_no_two_topics_have_the_same_title() -> None:
    talk = [message(n, f"the east gate has red leaves {'and stairs ' * (n % 3)}") for n in range(1, 30)]
    titles = [
        topic["title"] for topic in said(prompts.whole([tuple(talk)], SummaryQuery(SummaryWindow()), ""))["topics"]
    ]
    assert titles
    assert len(titles) == len(set(titles))


def test_nods_are_not_told_beside_what_they_nod_at() -> None:
    talk = [message(1, "The garage is closed from tuesday to thursday"), message(2, "noted"), message(3, "收到")]
    told = [point["text"] for topic in said(prompts.segment(talk))["topics"] for point in topic["points"]]
    assert [text.partition(": ")[2] for text in told] == ["The garage is closed from tuesday to thursday"]
    assert said(prompts.segment(talk[1:]))["topics"]


def test_a_title_names_a_matter_in_whole_words() -> None:
    talk = [message(1, "今天可以吃煲仔饭"), message(2, "今天煲仔饭可以"), message(3, "可以，煲仔饭")]
    (topic,) = said(prompts.segment(talk))["topics"]
    assert topic["title"] == "煲仔饭"


def test_a_question_is_answered_by_the_lines_that_fit_it() -> None:
    def ask(question: str) -> dict[str, Any]:
        return said(prompts.whole([tuple(TALK)], SummaryQuery(SummaryWindow(), question=question), ""))

    (topic,) = ask("what happened to the alarm at two?")["topics"]
    assert [point["text"] for point in topic["points"]] == ["U1: it did, at two"]
    assert "公告" in str(ask("谁写公告？")["topics"])
    assert ask("zebras?")["topics"] == []


def test_only_actions_where_only_they_are_asked_for() -> None:
    answer = said(prompts.whole([tuple(TALK)], SummaryQuery(SummaryWindow(), actions=True), ""))
    assert answer["topics"] == []
    assert answer["actions"]


@pytest.mark.parametrize(
    "user",
    ["", "not json", "[1]", "{}", '{"n":"x"}', '{"n":1}', '{"n":1,"text":null,"re":[1],"by":5}', '{"n":1,"text":"…"}'],
)
def test_odd_material_is_survived(user: str) -> None:
    sent = [{"role": "system", "content": prompts.segment(TALK).system}, {"role": "user", "content": user}]
    assert compose(read_call({"model": NAME, "messages": sent}, MODELS_NOW[NAME])).text


def test_other_questions_are_answered_as_ever() -> None:
    sent = [{"role": "user", "content": '{"n":1,"text":"x"} "topics" "refs"'}]
    assert compose(read_call({"model": NAME, "messages": sent}, MODELS_NOW[NAME])).text.startswith("No model is behind")


async def summarised(summaries: Summaries, messages: Sequence[GroupMessage], query: SummaryQuery = ALL) -> Any:
    model = next(model for model in siliconflow() if model.id == NAME)
    (summary,) = await summaries.summarise(SummaryTask(-1001, messages, query, model), CallContext(NOBODY))
    return summary


async def test_a_group_is_summarised_over_the_wire(server: LocalSiliconFlow, summaries: Summaries) -> None:
    summary = await summarised(summaries, TALK)
    assert [each.messages for each in summary.decisions] == [(4,)]
    assert [(each.who, each.messages) for each in summary.actions] == [("Member 2", (5,)), ("Member 4", (9,))]
    assert [each.messages for each in summary.questions] == [(6,)]
    assert any(point.text.startswith("Member 1: ") for topic in summary.topics for point in topic.points)
    (exchange,) = server.journal
    assert "Member" not in json.dumps(exchange.messages)


async def test_a_model_without_json_mode_is_asked_without_it(server: LocalSiliconFlow, summaries: Summaries) -> None:
    server.faults.add(refusals.coded(400, 20024, "Json mode is not supported for this model."), times=1)
    assert (await summarised(summaries, TALK)).decisions
    bodies = [exchange.body or {} for exchange in server.journal]
    assert ["response_format" in body for body in bodies] == [True, False]


async def test_a_hostile_answer_over_the_wire_does_nothing(server: LocalSiliconFlow, summaries: Summaries) -> None:
    server.answers.push('{"decisions":[{"text":"see https://evil.example @you /stop","refs":[1,999]}]}')
    summary = await summarised(summaries, TALK)
    assert [(each.text, each.messages) for each in summary.decisions] == [("see you stop", (1,))]


async def test_a_careless_answer_is_repaired(server: LocalSiliconFlow, summaries: Summaries) -> None:
    server.answers.push("Sorry, what?")
    summary = await summarised(summaries, TALK)
    assert summary.decisions
    assert len(list(server.journal)) == 2
