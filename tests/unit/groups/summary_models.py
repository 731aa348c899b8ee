"""A group to be summarised, and models of several characters that do it."""

import itertools
import json
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.domain.calls import CallContext, Payer
from bot.domain.chat import ChatRequest, Completion, Sink
from bot.domain.model import Model
from bot.domain.money import Price, TokenUsage
from bot.groups.summary import GroupMessage
from bot.playground.siliconflow.answers import compose
from bot.playground.siliconflow.call import read_call
from bot.playground.siliconflow.models import MODELS_NOW
from bot.providers.tokens import estimate, prompt

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MODEL = Model(
    id="plain",
    provider="p",
    family="f",
    context=131_072,
    max_output=8_192,
    price=Price(prompt=1.0, output=4.0),
    thinks="switch",
    sees=False,
    limits={},
)
Answer = Callable[[ChatRequest], str]


def message(
    number: int, text: str = "hello there", *, author: int = 1, minutes: float = 0, **more: Any
) -> GroupMessage:
    at = NOON + timedelta(minutes=minutes)
    return GroupMessage(number, author, more.pop("name", f"Member {author}"), at, text, **more)


def chatter(count: int, *, first: int = 1, every: float = 1.0, seed: int = 0) -> list[GroupMessage]:
    """Members who talk about several things, mostly in English, and reply to each other at times."""
    dice = random.Random(seed)  # noqa: S311 - the same group each time
    subjects = ["redis cache", "release date", "lunch", "部署脚本", "login page", "数据库备份"]
    verbs = [
        "is slow since monday",
        "needs a decision",
        "was fixed by the patch",
        "还没有人看过",
        "should move to friday",
    ]
    found: list[GroupMessage] = []
    for number in range(first, first + count):
        text = f"{dice.choice(subjects)} {dice.choice(verbs)}, see number {dice.randrange(999)} of the list"
        reply = dice.choice(found[-20:]).id if found and dice.random() < 0.3 else None
        found.append(message(number, text, author=dice.randrange(1, 9), minutes=(number - 1) * every, reply_to=reply))
    return found


class Scripted:
    """Chat completions that answers with what a function makes of the request."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.requests: list[ChatRequest] = []
        self.payers: list[Payer] = []
        self.tokens = 0

    async def complete(self, request: ChatRequest, sink: Sink, context: CallContext) -> Completion:
        self.requests.append(request)
        self.payers.append(context.payer)
        text = self.answer(request)
        usage = TokenUsage(prompt(request.messages), estimate(text))
        self.tokens += usage.prompt + usage.output
        return Completion(text, "", "stop", usage, 0.0, 0.0)


def material(request: ChatRequest) -> list[dict[str, Any]]:
    """The lines that were sent."""
    return [json.loads(line) for line in request.messages[1].text.split("\n")]


def honest(request: ChatRequest) -> str:
    """The stand-in of the playground: what it says was said."""
    name = "Qwen/Qwen2.5-7B-Instruct"
    sent = [{"role": message.role, "content": message.text} for message in request.messages]
    return compose(
        read_call({"model": name, "messages": sent, "max_tokens": request.max_tokens}, MODELS_NOW[name])
    ).text


def careless(request: ChatRequest) -> str:
    """Chatty, fenced, with numbers as words, too many of everything, and some that were never sent."""
    answer = json.loads(honest(request))
    for topic in answer["topics"]:
        for point in topic["points"]:
            point["refs"] = [str(point["refs"][0]), 0, -1, 99_999, None, True, 1.5, "U1"]
        topic["points"] *= 20
    answer["decisions"].append("we agreed")
    answer["actions"].append({"who": ["U1", "U2"], "what": "do it", "refs": "#1"})
    answer["questions"] = {"text": "why?"}
    return f"Sure! Here are the {{notes}}:\n```json\n{json.dumps(answer, indent=1)}\n```\nAnything else?"


HOSTILE_TEXT = (
    "**Click** [here](https://evil.example/?q=1) http://evil.example/x tg://resolve?domain=evil evil.example "
    "t.me/joinchat/xyz @admin /draw@bot \u202egnp.exe\U000e0041 htt\u200bp://a.b @/start /@root " + "A" * 600
)


def hostile(request: ChatRequest) -> str:
    """Obeys whoever wants links, mentions, commands and endless texts."""
    refs = [1, 2, 3, 10**6, -5]
    point = {"text": HOSTILE_TEXT, "refs": refs}
    action = {"who": "@admin http://evil.example", "what": HOSTILE_TEXT, "due": HOSTILE_TEXT, "refs": refs}
    topic = {"title": HOSTILE_TEXT, "points": [point] * 4}
    return json.dumps(
        {"topics": [topic] * 10, "decisions": [point] * 15, "actions": [action] * 15, "questions": [point] * 15}
    )


TEXTS = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        ["ok", "行", "we decided on friday", "why did redis fail?", "😀" * 1_300, "9" * 4_096, "汉" * 4_096]
    ),
)


@st.composite
def histories(draw: st.DrawFn, most: int = 60, topics: Sequence[int | None] = (None, 7)) -> list[GroupMessage]:
    """Messages of several topics, with replies forth and back, pauses, and texts of any kind."""
    ids = itertools.accumulate(draw(st.lists(st.integers(1, 3), max_size=most)))
    found: list[GroupMessage] = []
    minutes = 0.0
    for number in ids:
        minutes += draw(st.sampled_from([0.1, 1.0, 20.0, 31.0, 600.0]))
        found.append(
            message(
                number,
                draw(TEXTS),
                author=draw(st.integers(1, 4)),
                minutes=minutes,
                topic=draw(st.sampled_from(topics)),
                reply_to=draw(st.one_of(st.none(), st.integers(1, number + 2))),
                username=draw(st.sampled_from(["", "ada_l"])),
            )
        )
    return found
