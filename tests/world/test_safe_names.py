"""Names of topics and people, and what a search found, are data: nothing in them can be pressed, nobody is called."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.group import ArchivedMessage
from bot.playground.telegram import Message
from bot.playground.telegram.text import detected
from bot.telegram.inert_text import inert
from bot.telegram.markdown import present
from bot.telegram.markdown.tree import Code, Text
from handlers.group_archive import results
from tests.flows import conftest as flows
from tests.flows.hall import links
from tests.flows.stage import Stage

empty_stage = flows.empty_stage
"""A fixture of the flows."""

NAME = "@silicon_local_bot"
LIVE = frozenset({"url", "text_link", "mention", "text_mention", "bot_command", "hashtag", "cashtag", "email"})
HOSTILE = (
    "https://evil.example/login",
    "evil.example",
    "xn--e1afmkfd.example/path?q=1",
    "пример.рф",
    "t.me/joinchat",
    "tg://user?id=1",
    "mailto:a@evil.example",
    "a@evil.example",
    "@everyone",
    "/stop",
    "/stop@silicon_local_bot",
    "(/stop)",
    "#sale",
    "$BTC",
    "看看https://evil.example吧",
    "[x](https://evil.example)",
)


def live(message: Message, words: str) -> list[str]:
    """What can be pressed of these words, or leads elsewhere than to a message of the group."""
    text = message.text.encode("utf-16-le")
    found = []
    for entity in message.entities:
        begin, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
        said = text[begin:end].decode("utf-16-le")
        leads_away = entity["type"] == "text_link" and not entity["url"].startswith("https://t.me/c/")
        if leads_away or (entity["type"] in LIVE and said in words):
            found.append(f"{entity['type']} {said}")
    return found


@pytest.mark.parametrize("words", HOSTILE)
def test_all_of_it_stays_readable_and_none_of_it_is_live(words: str) -> None:
    pieces = inert(f"zebra {words} and more")
    assert "".join(piece.text for piece in pieces if isinstance(piece, Text | Code)) == f"zebra {words} and more"
    assert any(isinstance(piece, Code) and words in piece.text for piece in pieces)


@pytest.mark.parametrize(
    "words",
    ["just words", "今天。明天", "1.2.3", "a / b", "3.5 kg", "and/or", "12:30", "5 $", "C# 12", "etc. and so on"],
)
def test_plain_words_are_no_code(words: str) -> None:
    assert not any(isinstance(piece, Code) for piece in inert(words))


@given(st.lists(st.sampled_from(HOSTILE) | st.text(max_size=8), max_size=12).map(" ".join))
def test_whatever_stands_together_nothing_is_live(words: str) -> None:
    line = " ".join(words.split())
    found = ArchivedMessage(
        chat_id=-1001234567890, message_id=5, topic_id=0, author_id=7, author=line[:60], username="",
        at=0.0, kind="text", text=line, reply_to=None,
    )  # fmt: skip
    document = results(f"🔎 {line[:160]}", [found] * 10, None, UTC)
    for part in present(document, rich="off"):
        entities = [entity.model_dump(exclude_none=True) for entity in part.entities]
        assert len(entities) <= 100
        assert [each for each in detected(part.text, entities) if each["type"] in LIVE] == []


@pytest.mark.parametrize("words", HOSTILE)
async def test_what_is_found_in_a_group_cannot_be_pressed(empty_stage: Stage, words: str) -> None:
    stage = empty_stage
    stage.telegram.world.privacy = False
    await stage.start()
    eve = stage.telegram.world.person(f"Eve {words}"[:60])
    stage.say(eve, stage.group, f"zebra {words}")
    await stage.reply_to(eve, stage.group, f"/privacy{NAME}")
    found = await stage.reply_to(stage.ann, stage.group, f"/search{NAME} zebra")
    assert "zebra" in found.text.partition("\n")[2]
    assert words in found.text.partition("\n")[2]
    assert live(found, words) == []
    missing = await stage.reply_to(stage.ann, stage.group, f"/search{NAME} quagga {words}")
    assert "No message" in missing.text
    assert live(missing, words) == [] or words[0] in "#$"


@pytest.mark.parametrize("words", HOSTILE)
async def test_names_of_topics_cannot_be_pressed(empty_stage: Stage, words: str) -> None:
    stage, world = empty_stage, empty_stage.telegram.world
    world.privacy = False
    forum = world.group("Forum", stage.ann, stage.bob, bot="administrator", forum=True)
    await stage.start()
    thread = world.topic(stage.ann, forum, words)
    for number in range(3):
        stage.say(stage.ann, forum, f"The release {number} moves to friday", thread=thread)
    await stage.reply_to(stage.ann, forum, f"/digest{NAME} 21:00 UTC", thread=thread)
    told = stage.answers(forum)[-1]
    assert live(told, words) == [] or words[0] in "#$"
    count = len(stage.answers(forum))
    stage.say(stage.ann, forum, f"/summarize{NAME} 1d all", thread=thread)
    await stage.until(lambda: any(map(links, stage.answers(forum)[count:])))
    await stage.idle()
    for message in stage.answers(forum)[count:]:
        assert words not in str(message.rich) or words[0] in "#$"
        assert live(message, words) == [] or words[0] in "#$"
