"""Who is not let in: told once an hour, logged by ids alone; and a webhook's secret that nobody guesses."""

import logging
from pathlib import Path

import pytest

from bot.settings import SettingsError, load
from tests.flows import conftest as flows
from tests.flows.stage import QuickClock, Stage

empty_stage = flows.empty_stage
"""A fixture of the flows."""

NAME = "@silicon_local_bot"


@pytest.fixture
async def closed(empty_stage: Stage, caplog: pytest.LogCaptureFixture) -> Stage:
    """A bot for its owner, Bob, alone."""
    caplog.set_level(logging.INFO)
    await empty_stage.start(BOT_OWNER_IDS=str(empty_stage.bob.id))
    return empty_stage


def refused(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [text for record in caplog.records if "not let in" in (text := record.getMessage())]


async def test_a_stranger_is_told_once_an_hour_and_logged_by_ids_alone(
    closed: Stage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, sent = closed, ("let me in", "/help", "/draw a cat", "/stats", "hello?")
    for words in sent:
        stage.say(stage.ann, stage.room, words)
        await stage.until(lambda: stage.answers(stage.room))
    stage.telegram.world.send_photo(stage.ann, stage.room)
    await stage.idle()
    [told] = stage.answers(stage.room)
    assert str(stage.ann.id) in told.text
    assert refused(caplog) == [f"User {stage.ann.id} was not let in, in chat {stage.room.id}"]
    assert not any(words in record.getMessage() for record in caplog.records for words in ("let me in", "Ann"))
    later = QuickClock.monotonic
    monkeypatch.setattr(QuickClock, "monotonic", lambda self: later(self) + 3600)
    stage.say(stage.ann, stage.room, "and now?")
    await stage.until(lambda: len(stage.answers(stage.room)) == 2)
    assert len(refused(caplog)) == 2
    assert stage.siliconflow.journal.chats == []


async def test_one_strangers_hour_is_not_anothers(closed: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage, world = closed, closed.telegram.world
    people = [stage.ann, *(world.person(name) for name in ("Cid", "Dee"))]
    for person in people:
        await stage.reply_to(person, world.private(person), "hello")
    assert len(refused(caplog)) == len(people)


async def test_presses_of_a_stranger_are_answered_with_words_once(
    closed: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage = closed
    panel = await stage.reply_to(stage.bob, stage.group, f"/model{NAME}")
    answers = [(await stage.press(stage.ann, panel, "Qwen (")).text for _ in range(3)]
    assert str(stage.ann.id) in (answers[0] or "")
    assert not any(answers[1:])
    assert refused(caplog) == [f"User {stage.ann.id} was not let in, in chat {stage.group.id}"]


async def test_in_a_group_a_stranger_is_logged_and_told_nothing(
    closed: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage = closed
    for _ in range(3):
        stage.say(stage.ann, stage.group, f"{NAME} hello")
    await stage.reply_to(stage.bob, stage.group, f"/help{NAME}")
    await stage.until(lambda: len(refused(caplog)) == 1)
    assert len(stage.answers(stage.group)) == 1


@pytest.mark.parametrize("length", [1, 8, 16, 31])
def test_a_short_webhook_secret_is_refused_with_its_mend(length: int, tmp_path: Path) -> None:
    given = {"WEBHOOK_URL": "https://bot.example.com/hook", "WEBHOOK_SECRET": "k" * length}
    with pytest.raises(SettingsError) as refused:
        load(given, tmp_path)
    [fault] = refused.value.faults
    assert fault.name == "WEBHOOK_SECRET"
    assert "shorter than 32" in str(fault)
    assert "openssl rand -hex 32" in str(fault)
    assert "k" * length not in str(fault) or length == 1


@pytest.mark.parametrize("length", [32, 64, 256])
def test_a_long_one_is_taken(length: int, tmp_path: Path) -> None:
    assert load({"WEBHOOK_SECRET": "k" * length}, tmp_path).webhook_secret is not None
