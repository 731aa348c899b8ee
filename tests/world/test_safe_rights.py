"""Rights hold at once: who is shut out gets no digest and no copy any more, and keeps the right to be forgotten."""

import sqlite3
import time
from contextlib import closing

import pytest

from bot.groups.ports import SentDigest
from bot.store import Store
from tests.flows import conftest as flows
from tests.flows.stage import Stage
from tests.unit.groups.group_room import ANN, BOB, GROUP, Room, order, said

empty_stage = flows.empty_stage
"""A fixture of the flows."""

NAME = "@silicon_local_bot"
DAY = 86_400.0


@pytest.fixture
async def room(store: Store) -> Room:
    """Ann has ordered a digest for a group that talks, and Bob wants a copy."""
    room = Room(store)
    await room.hear(said(1, "I'll bring the cake by friday", minutes=90), said(2, "we ship on monday", minutes=91))
    await room.orders.order(order("12:00 pin"))
    await room.orders.order(order("me", BOB))
    return room


async def due(room: Room) -> None:
    """A day later, when the digest is due."""
    await room.clock.advance(DAY)
    await room.run_digests()


@pytest.mark.parametrize("who", [GROUP.id, ANN], ids=["the group", "who ordered it"])
async def test_no_digest_is_made_paid_or_sent_for_who_is_shut_out(room: Room, who: int) -> None:
    room.shut_out.add(who)
    await due(room)
    assert room.sender.sent == []
    assert room.model.requests == []
    await room.run_digests()
    assert room.sender.sent == []


async def test_once_let_in_again_it_goes_on(room: Room) -> None:
    room.shut_out.add(GROUP.id)
    await due(room)
    room.shut_out.clear()
    await room.hear(said(3, "and who pays?", minutes=60 * 27))
    await due(room)
    assert [kind for kind, _ in room.sender.sent] == ["digest", "pin", "copies"]


async def test_a_member_who_is_shut_out_gets_no_copy_and_the_others_do(room: Room) -> None:
    await room.orders.order(order("me", ANN))
    room.shut_out.add(BOB)
    await due(room)
    assert ("copies", [ANN]) in room.sender.sent


async def test_neither_is_one_that_was_cut_off_gone_on_with(room: Room) -> None:
    room.sender.begun = SentDigest(500)
    room.shut_out.add(GROUP.id)
    await room.clock.advance(DAY)
    run = "INSERT INTO digest_runs (chat_id, due, state, held_until) VALUES (?, 1, 'sending', 0)"
    await room.store.database.run(lambda db: db.execute(run, (GROUP.id,)))
    await room.run_digests()
    assert room.sender.sent == []


@pytest.fixture
async def denied(empty_stage: Stage) -> Stage:
    """A bot of Bob's; the group may use it, and Ann was shut out after she had spoken."""
    stage = empty_stage
    stage.telegram.world.privacy = False
    await stage.start(BOT_OWNER_IDS=str(stage.bob.id), BOT_ALLOWED_IDS=f"{stage.group.id},{stage.ann.id}")
    stage.say(stage.ann, stage.group, "My zebra is called Quincy")
    await stage.answer_to(stage.ann, stage.room, "What is a quagga?")
    owner = stage.telegram.world.private(stage.bob)
    await stage.reply_to(stage.bob, owner, f"/deny {stage.ann.id}")
    return stage


@pytest.mark.parametrize("command", ["/privacy", "/optout", "/optin", f"/privacy{NAME}", "/PRIVACY"])
@pytest.mark.parametrize("place", ["private", "group"])
async def test_who_is_denied_may_still_ask_what_is_kept_and_be_left_out(
    denied: Stage, command: str, place: str
) -> None:
    stage = denied
    chat = stage.room if place == "private" else stage.group
    told = await stage.reply_to(stage.ann, chat, command)
    assert str(stage.ann.id) not in told.text


@pytest.mark.parametrize("place", ["private", "group"])
async def test_who_is_denied_may_still_be_forgotten(denied: Stage, place: str) -> None:
    stage = denied
    chat = stage.room if place == "private" else stage.group
    asked = await stage.reply_to(stage.ann, chat, "/forget")
    await stage.press(stage.ann, asked, "Everywhere")
    await stage.until(lambda: stage.now(asked).text != asked.text)
    assert "没有" in (await stage.reply_to(stage.bob, stage.group, f"/search{NAME} zebra")).text
    await stage.stop()
    kept = b"".join(path.read_bytes() for path in stage.path.glob("data/bot.db*"))
    assert b"Quincy" not in kept
    assert b"quagga" not in kept


@pytest.mark.parametrize(
    "words",
    ["hello", "/ask hello", "/draw a cat", "/help", "/usage", "/model", "/privacy@other_bot", "privacy", "/privacyx"],
)
async def test_nothing_else_is_done_for_them(denied: Stage, words: str) -> None:
    stage = denied
    calls, count = len(stage.siliconflow.journal), len(stage.answers(stage.room))
    stage.say(stage.ann, stage.room, words)
    await stage.until(lambda: len(stage.answers(stage.room)) > count)
    assert str(stage.ann.id) in stage.answers(stage.room)[-1].text
    assert len(stage.siliconflow.journal) == calls


@pytest.mark.parametrize("how", ["/deny", "the allow list"])
async def test_a_group_that_is_shut_out_gets_no_digest(empty_stage: Stage, how: str) -> None:
    stage, group, owner = empty_stage, empty_stage.group, str(empty_stage.bob.id)
    stage.telegram.world.privacy = False
    await stage.start(BOT_OWNER_IDS=owner, BOT_ALLOWED_IDS=str(group.id))
    for number in range(5):
        stage.say(stage.ann, group, f"The release {number} moves to friday, that is decided")
    assert "21:00" in (await stage.reply_to(stage.ann, group, f"/digest{NAME} 21:00 UTC")).text
    if how == "/deny":
        await stage.reply_to(stage.bob, stage.telegram.world.private(stage.bob), f"/deny {group.id}")
    await stage.stop()
    count, database = len(stage.answers(group)), stage.path / "data/bot.db"
    due = time.time() - 60
    with closing(sqlite3.connect(database)) as db, db:
        db.execute(
            "UPDATE digests SET clock = ?, next_due = ?", (time.strftime("%H:%M", time.gmtime(due)), due - due % 60)
        )
        db.execute("UPDATE group_messages SET at = at - 660")
    await stage.start(BOT_OWNER_IDS=owner, **({"BOT_ALLOWED_IDS": str(group.id)} if how == "/deny" else {}))
    await stage.reply_to(
        stage.bob, stage.telegram.world.private(stage.bob), "/help"
    )  # the look for digests comes first
    await stage.stop()
    with closing(sqlite3.connect(database)) as db:
        assert db.execute("SELECT state FROM digest_runs").fetchall() == [("skipped",)]
    assert len(stage.answers(group)) == count
    assert stage.siliconflow.journal.chats == []


async def test_whoever_leaves_the_allow_list_keeps_these_rights_too(empty_stage: Stage) -> None:
    stage = empty_stage
    await stage.start(BOT_ALLOWED_IDS=f"{stage.ann.id}")
    await stage.answer_to(stage.ann, stage.room, "What is a quagga?")
    await stage.restart(BOT_ALLOWED_IDS=f"{stage.bob.id}")
    assert str(stage.ann.id) in (await stage.reply_to(stage.ann, stage.room, "And a zebra?")).text
    asked = await stage.reply_to(stage.ann, stage.room, "/forget")
    await stage.press(stage.ann, asked, "Everywhere")
    await stage.until(lambda: stage.now(asked).text != asked.text)
