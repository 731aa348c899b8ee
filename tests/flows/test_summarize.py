"""/summarize: what of a group's talk is summed up, for whom, and where its links lead."""

import json
import re
from typing import Any

import pytest

from bot.playground.siliconflow import refusals
from bot.playground.telegram import Message
from bot.playground.telegram.seed import Seeded, seed
from tests.flows.stage import Stage

NAME = "@silicon_local_bot"
LINK = re.compile(r"https://t\.me/c/(\d+)/(?:(\d+)/)?(\d+)")


@pytest.fixture
async def seeded(empty_stage: Stage) -> Seeded:
    """The group with a past, all of it kept by the bot."""
    stage = empty_stage
    stage.telegram.world.privacy = False
    found = seed(stage.telegram.world)
    await stage.start()
    lin = found.people["Lin"]
    for person in found.people.values():  # the last in each one's order
        await stage.reply_to(person, found.chat, f"/privacy{NAME}")
    await stage.reply_to(lin, found.chat, f"/privacy{NAME}")
    return found


async def summary(stage: Stage, seeded: Seeded, words: str = "", who: str = "Lin", **where: Any) -> Message:
    """The message that holds the summary, once it does."""
    count = len(stage.answers(seeded.chat))
    stage.say(seeded.people[who], seeded.chat, f"/summarize{NAME} {words}", **where)
    return await finished(stage, seeded, count)


async def finished(stage: Stage, seeded: Seeded, count: int) -> Message:
    message = await stage.next(seeded.chat, count)
    await stage.until(lambda: not shown(stage.now(message)).startswith("📖"))
    return stage.now(message)


def shown(message: Message) -> str:
    return message.text or json.dumps(message.rich, ensure_ascii=False)


def links(message: Message) -> list[tuple[int, int, int]]:
    """Chat, topic (0: none) and message of each link."""
    raw = json.dumps([message.entities, message.rich])
    return [(int(chat), int(topic or 0), int(number)) for chat, topic, number in LINK.findall(raw)]


def internal(seeded: Seeded) -> int:
    return int(str(seeded.chat.id).removeprefix("-100"))


async def test_a_summary_links_to_messages_of_its_topic(empty_stage: Stage, seeded: Seeded) -> None:
    page = await summary(empty_stage, seeded, "7d")
    found = links(page)
    said = {message.id for message in seeded.messages if message.thread is None}
    assert len(found) > 5
    assert {chat for chat, _, _ in found} == {internal(seeded)}
    assert all(topic == 0 and number in said for _, topic, number in found)
    assert f"{len(said)} " in shown(page)
    assert "tokens" in shown(page)
    assert "Asia/Shanghai" in shown(page)


async def test_in_a_topic_it_is_about_that_topic(empty_stage: Stage, seeded: Seeded) -> None:
    name, thread = next(iter(seeded.topics.items()))
    page = await summary(empty_stage, seeded, "7d", thread=thread)
    said = {message.id for message in seeded.messages if message.thread == thread}
    assert links(page)
    assert all(topic == thread and number in said for _, topic, number in links(page)), name


async def test_all_gives_each_topic_by_its_name(empty_stage: Stage, seeded: Seeded) -> None:
    stage = empty_stage
    count = len(stage.answers(seeded.chat))
    asking = await summary(stage, seeded, "7d all")
    await stage.press(seeded.people["Lin"], asking, "继续")
    await finished(stage, seeded, count + 1)
    pages = "".join(shown(message) for message in stage.answers(seeded.chat)[count + 1 :])
    assert [name for name in seeded.topics if name not in pages] == []


async def test_asked_again_nothing_is_sent_to_the_model(empty_stage: Stage, seeded: Seeded) -> None:
    stage = empty_stage
    await summary(stage, seeded, "500")
    calls = len(stage.siliconflow.journal.chats)
    assert calls
    again = await summary(stage, seeded, "500")
    assert len(stage.siliconflow.journal.chats) == calls
    assert "before" in shown(again) or "之前" in shown(again)


async def test_a_reply_means_from_there_on(empty_stage: Stage, seeded: Seeded) -> None:
    general = [message for message in seeded.messages if message.thread is None]
    page = await summary(empty_stage, seeded, reply_to=general[-20])
    assert "20 " in shown(page)
    assert all(number >= general[-20].id for _, _, number in links(page))


async def test_only_what_one_member_said(empty_stage: Stage, seeded: Seeded) -> None:
    page = await summary(empty_stage, seeded, "7d @maya_dev")
    maya = seeded.people["Maya"].id
    said = {message.id for message in seeded.messages if message.sender == maya}
    assert links(page)
    assert all(number in said for _, _, number in links(page))


async def test_who_said_nothing_is_not_the_whole_group(empty_stage: Stage, seeded: Seeded) -> None:
    assert "Whom you named" in shown(await summary(empty_stage, seeded, "7d @nobody_here", who="Maya"))


async def test_a_member_without_a_user_name_is_named_by_a_mention(empty_stage: Stage, seeded: Seeded) -> None:
    maya = seeded.people["Maya"]

    def mention(words: str) -> dict[str, Any]:
        at = len(f"/summarize{NAME} {words}")
        return {"entities": ({"type": "text_mention", "offset": at, "length": 4, "user": maya.raw()},)}

    page = await summary(empty_stage, seeded, "7d Maya", **mention("7d "))
    said = {message.id for message in seeded.messages if message.sender == maya.id}
    assert links(page)
    assert all(number in said for _, _, number in links(page))
    await summary(empty_stage, seeded, "why did Maya drop Redis?", **mention("why did "))
    assert "why did Maya drop Redis?" in empty_stage.sent_upstream()


async def test_a_question_is_answered_with_links(empty_stage: Stage, seeded: Seeded) -> None:
    page = await summary(empty_stage, seeded, "why did we drop Redis?", thread=seeded.topics["Release 2.0 发布"])
    told = {message.id: message.text for message in seeded.messages}
    assert any("filled up three times" in told[number] for _, _, number in links(page))
    sent = empty_stage.sent_upstream()
    assert "why did we drop Redis?" in sent
    assert len(sent) < 40_000


async def test_of_all_topics_the_one_that_answers_is_shown(empty_stage: Stage, seeded: Seeded) -> None:
    here = shown(await summary(empty_stage, seeded, "why did we drop Redis?"))
    assert "Nothing in it answers that" in here or "没有能回答" in here
    page = await summary(empty_stage, seeded, "all why did we drop Redis?")
    assert {topic for _, topic, _ in links(page)} == {seeded.topics["Release 2.0 发布"]}


async def test_without_any_words_it_goes_on_from_where_the_asker_was(empty_stage: Stage, seeded: Seeded) -> None:
    stage = empty_stage
    await summary(stage, seeded)
    stage.say(seeded.people["Maya"], seeded.chat, "A late idea about teapots")
    await stage.reply_to(seeded.people["Maya"], seeded.chat, f"/privacy{NAME}")
    assert "teapots" in shown(await summary(stage, seeded))
    again = shown(await summary(stage, seeded))
    assert "1 messages" in again or "没有人说话" in again, (
        "only what was said in the second of the last asking is told again"
    )


async def test_who_wrote_last_has_missed_nothing(empty_stage: Stage, seeded: Seeded) -> None:
    stage, maya = empty_stage, seeded.people["Maya"]
    stage.say(maya, seeded.chat, "A late idea about teapots")
    await stage.reply_to(maya, seeded.chat, f"/privacy{NAME}")
    assert "Nothing was said since" in shown(await summary(stage, seeded, who="Maya"))
    stage.say(seeded.people["Tom"], seeded.chat, "or about kettles")
    await stage.reply_to(seeded.people["Tom"], seeded.chat, f"/privacy{NAME}")
    page = shown(await summary(stage, seeded, who="Maya"))
    assert ("kettles" in page, "teapots" in page) == (True, False)


async def test_asking_in_one_topic_leaves_the_others_to_be_read(empty_stage: Stage, seeded: Seeded) -> None:
    stage, thread = empty_stage, next(iter(seeded.topics.values()))
    seeded.people["Eve"] = eve = stage.telegram.world.person("Eve", language="en")
    seeded.chat.members[eve.id] = "member"
    assert links(await summary(stage, seeded, who="Eve"))
    assert links(await summary(stage, seeded, who="Eve", thread=thread))
    again = shown(await summary(stage, seeded, who="Eve", thread=thread))
    assert re.match(r"Nothing was said since \d\d-\d\d \d\d:\d\d that I know of\. /summarize 200 goes", again)


async def test_an_answer_to_a_question_is_no_summary_of_all(empty_stage: Stage, seeded: Seeded) -> None:
    stage = empty_stage
    seeded.people["Eve"] = eve = stage.telegram.world.person("Eve", language="en")
    seeded.chat.members[eve.id] = "member"
    await summary(stage, seeded, "who swore by the cactus?", who="Eve")
    await summary(stage, seeded, "24h @maya_dev", who="Eve")
    assert len(links(await summary(stage, seeded, who="Eve"))) > 5


async def test_in_private_it_is_for_the_asker_until_posted(empty_stage: Stage, seeded: Seeded) -> None:
    stage = empty_stage
    lin = seeded.people["Lin"]
    seeded.chat.members[stage.telegram.world.bot.id] = "member"  # who may not send ephemeral messages
    count = len(stage.answers(seeded.chat))
    stage.say(lin, seeded.chat, f"/summarize{NAME} 100 privately")
    told = await stage.next(seeded.chat, count)
    assert "https://t.me/silicon_local_bot" in told.text
    room = stage.telegram.world.private(lin)
    await stage.reply_to(lin, room, "/start")
    stage.say(lin, seeded.chat, f"/summarize{NAME} 100 privately")
    page = await stage.next(room, 1)
    await stage.until(lambda: links(stage.now(page)))
    assert len(stage.answers(seeded.chat)) == count + 1
    button = next(stage.now(page).buttons())["text"]
    await stage.press(lin, page, button)
    posted = await stage.next(seeded.chat, count + 1)
    assert links(posted) == links(stage.now(page))


async def test_a_large_window_shows_an_estimate_first(
    empty_stage: Stage, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = empty_stage
    monkeypatch.setattr("bot.groups.summary_requests._MANY_CALLS", 1)
    count = len(stage.answers(seeded.chat))
    stage.say(seeded.people["Lin"], seeded.chat, f"/summarize{NAME} 7d all")
    asking = await stage.next(seeded.chat, count)
    assert asking.text.startswith("📏")
    assert not stage.siliconflow.journal.chats
    refused = await stage.press(seeded.people["Tom"], asking, "继续")
    assert "Somebody else" in refused.text
    await stage.press(seeded.people["Lin"], asking, "继续")
    assert links(await finished(stage, seeded, count + 1))
    assert stage.now(asking).keyboard is None


async def test_one_model_sums_up_for_all_whatever_each_has_chosen(empty_stage: Stage, seeded: Seeded) -> None:
    stage, lin = empty_stage, seeded.people["Lin"]
    dear = "deepseek-ai/DeepSeek-V3.2"
    await stage.reply_to(lin, seeded.chat, f"/model{NAME} {dear}")
    await summary(stage, seeded, "500")
    calls = len(stage.siliconflow.journal.chats)
    await summary(stage, seeded, "500", who="Maya")
    assert len(stage.siliconflow.journal.chats) == calls
    bodies = [exchange.body or {} for exchange in stage.siliconflow.journal.chats]
    assert {body["model"] for body in bodies} == {"Qwen/Qwen3-8B"}
    assert all(body["response_format"] == {"type": "json_object"} for body in bodies)
    await stage.restart(SUMMARY_MODEL=dear)
    await summary(stage, seeded, "500", who="Maya")
    assert (stage.siliconflow.journal.chats[-1].body or {})["model"] == dear


async def test_a_failure_is_said_in_place_of_the_progress(empty_stage: Stage, seeded: Seeded) -> None:
    stage = empty_stage
    rule = stage.siliconflow.faults.add(refusals.MODERATED, times=None)
    count = len(stage.answers(seeded.chat))
    assert "内容" in (await summary(stage, seeded, "100")).text
    assert len(stage.answers(seeded.chat)) == count + 1
    stage.siliconflow.faults.remove(rule)
    assert links(await summary(stage, seeded, "100"))


async def test_where_the_bot_hears_nothing_it_says_how_to_mend_that(stage: Stage) -> None:
    told = await stage.reply_to(stage.ann, stage.group, f"/summarize{NAME}")
    assert "administrator" in told.text
    assert "there" in (await stage.reply_to(stage.ann, stage.room, "/summarize")).text
