"""What was erased is in no byte of the SQLite file or its write-ahead log."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.conversation import ConversationKey, NewQuestion
from bot.domain.digest import Digest, DigestRun, OpenItem
from bot.domain.group import EVERYWHERE, ArchivedMessage, ArchiveSpan
from bot.domain.ledger import NewCall, Settled
from bot.domain.message import TextPart
from bot.domain.money import Money
from bot.domain.notes import GroupNotes, SummaryPoint
from bot.domain.quota import Budget
from bot.domain.stored_update import StoredUpdate
from bot.store import Store

NOON = 1_800_014_400.0  # 2027-01-15 12:00 UTC
DAY = 86_400.0
GROUP, ANN, BOB = -100_200, 0x6A7B8C9DAEB, 8
CALL = NewCall(NOON, ANN, ANN, "question", "m", cost=Money(30))


def said(number: int, text: str, author: int = ANN) -> ArchivedMessage:
    return ArchivedMessage(GROUP, number, 0, author, f"Member {author}", "", float(number), "text", text)


SECRET, HAN = "zanzibarite", "麒麟"


def bytes_kept(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("bot.db*")))


@pytest.mark.parametrize("chat", [GROUP, EVERYWHERE])
async def test_what_was_forgotten_is_in_no_byte_of_the_file_or_its_log(store: Store, tmp_path: Path, chat: int) -> None:
    for number in range(2, 200):
        await store.archive.keep(said(number, f"chatter {number}", BOB))
    await store.archive.keep(said(1, f"{SECRET} {HAN}"))
    await store.archive.keep(said(1, f"still {SECRET} {HAN}"))
    await store.notes.put(GROUP, "key", f"notes of {SECRET} {HAN}", [1, 2], start=1)
    await ask(store, GROUP)
    dead = json.dumps({"update_id": 3, "message": {"from": {"id": ANN}, "text": f"{SECRET} {HAN}"}}, ensure_ascii=False)
    await store.inbox.add(1, [StoredUpdate(3, dead)], 0.0)
    await store.inbox.set_aside(1, 3, "broken")
    assert SECRET.encode() in bytes_kept(tmp_path)
    await store.erasure.forget(ANN, chat)
    kept = bytes_kept(tmp_path)
    assert b"chatter" in kept
    for word in (SECRET, SECRET[3:], HAN, *HAN):
        assert word.encode() not in kept, word
    assert [each.message_id for each in await store.archive.load(GROUP, ArchiveSpan(), 1000)] == list(range(2, 200))
    assert [each.message_id for each in await store.archive.search(GROUP, "chatter 150", 10)] == [150]


async def ask(store: Store, chat: int) -> None:
    new = NewQuestion("1:1", ConversationKey(chat, 0, ANN), (TextPart(f"what of {SECRET}, {HAN}?"),), 10, 5)
    turn = await store.conversations.begin(new, 0.0, Budget(f"user:{ANN}"))
    assert turn is not None


async def test_no_byte_of_what_a_digest_left_open_stays_behind(store: Store, tmp_path: Path) -> None:
    await store.archive.keep(said(1, "hello"))
    digest = Digest(GROUP, 0, "", "21:00", "0", "UTC", pinned=True, by=BOB, language="en", next_due=1.0)
    await store.digests.save(digest)
    await store.digests.finish(
        DigestRun(digest, 1.0, "running"), [OpenItem(None, GroupNotes(questions=(SummaryPoint("zanzibarite", (1,)),)))]
    )
    assert b"zanzibarite" in bytes_kept(tmp_path)
    await store.erasure.forget(ANN)
    assert b"zanzibarite" not in bytes_kept(tmp_path)


def names(folder: Path) -> bool:
    """Whether any byte of the database still says who it was: SQLite stores such an id in six bytes."""
    kept = bytes_kept(folder)
    return ANN.to_bytes(6) in kept or str(ANN).encode() in kept


async def spend(store: Store, call: NewCall, subject: str) -> None:
    number = await store.ledger.open(call, Budget(subject))
    await store.ledger.failed(number, call.at, Settled("TimedOut", "a", cost=Money(1)))
    await store.ledger.settle(number, Settled("answered", "a", output_tokens=9, cost=Money(20)))


async def test_when_the_month_is_over_no_byte_names_the_forgotten(store: Store, tmp_path: Path) -> None:
    for number in range(300):
        user = ANN if number % 3 else BOB
        await spend(store, replace(CALL, user_id=user, chat_id=user, at=NOON + number), f"user:{user}")
    await spend(store, replace(CALL, chat_id=GROUP), f"chat:{GROUP}")
    await store.erasure.forget(ANN)
    assert names(tmp_path)
    await store.retention.prune(NOON + 40 * DAY, 90)
    assert not names(tmp_path)
    assert (await store.reports.of(None, NOON, 30)).month.cost == Money(301 * 21)


async def test_a_call_that_runs_while_its_person_is_forgotten_names_nobody_in_the_end(
    store: Store, tmp_path: Path
) -> None:
    number = await store.ledger.open(CALL, Budget(f"user:{ANN}"))
    await store.ledger.open(replace(CALL, cost=Money(2)), Budget(f"user:{ANN}"))  # lost
    await store.erasure.forget(ANN)
    await store.ledger.failed(number, NOON, Settled("TimedOut", "a", cost=Money(1)))
    await store.ledger.settle(number, Settled("answered", "a", cost=Money(20)))
    assert await store.ledger.end_lost() == 1
    await store.retention.prune(NOON + 40 * DAY, 90)
    assert not names(tmp_path)
