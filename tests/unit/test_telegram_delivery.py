"""A finished answer into its messages: each part once, whatever an earlier run has done of it."""

from typing import Any, cast

import pytest
from aiogram import Bot
from hypothesis import given
from hypothesis import strategies as st

from bot.store.parts import Part as Row
from bot.telegram.courier import Courier, DeliveryError, MessageGone, OutcomeUnknown, RichRefused, Spot, Undeliverable
from bot.telegram.delivery import Delivery
from bot.telegram.markdown import OutgoingMessage, parse, present

SPOT = Spot(-7, reply_to=9)
LONG = "\n\n".join(f"Paragraph {n}. " + "So it goes on. " * 60 for n in range(12))
PARTS = present(parse(LONG), rich="off")
[TABLE] = present(parse("| a | b |\n|---|---|\n" + "| 1 | " + "2 " * 3000 + "|"))


class Chat:
    """The messages of a chat (a courier and a bot that deletes); calls end as told by ``outcomes``, then well."""

    def __init__(self, *outcomes: type[DeliveryError] | None, rich: bool = True) -> None:
        self.outcomes = list(outcomes)
        self.rich = rich
        self.messages: dict[int, str] = {}
        self.replies: list[int | None] = []
        self.calls = 0

    def _call(self, part: OutgoingMessage) -> str:
        self.calls += 1
        if part.blocks is not None and not self.rich:
            raise RichRefused("no")
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome("told to")
        return part.text

    async def send(self, spot: Spot, part: OutgoingMessage) -> int:
        text = self._call(part)
        number = 100 + self.calls
        self.messages[number] = text
        self.replies.append(spot.reply_to)
        return number

    async def edit(self, chat_id: int, message: int, part: OutgoingMessage) -> None:
        self.messages[message] = self._call(part)

    async def delete_message(self, chat_id: int, message: int) -> None:
        del self.messages[message]


class Rows:
    """The rows of one answer, as the store keeps them."""

    def __init__(self, *rows: Row) -> None:
        self.rows = {row.seq: row for row in rows}

    async def attempt(self, answer_id: int, seq: int, chat_id: int) -> None:
        self._put(seq, None, "attempting")

    def sent(self, answer_id: int, seq: int, chat_id: int, message_id: int | None) -> None:
        self._put(seq, message_id, "sent")

    def unknown(self, answer_id: int, seq: int, chat_id: int) -> None:
        self._put(seq, None, "unknown")

    def gone(self, answer_id: int, seq: int) -> None:
        del self.rows[seq]

    def _put(self, seq: int, message_id: int | None, state: Any) -> None:
        known = self.rows[seq].message_id if seq in self.rows else None
        self.rows[seq] = Row(seq, message_id or known, state)


def delivery(chat: Chat, rows: Rows) -> Delivery:
    return Delivery(cast("Courier", chat), cast("Any", rows), cast("Bot", chat))


async def bring(chat: Chat, rows: Rows, parts: list[OutgoingMessage], *, resumed: bool = False) -> Delivery:
    postman = delivery(chat, rows)
    await postman.deliver(1, SPOT, parts, [rows.rows[seq] for seq in sorted(rows.rows)], resumed=resumed)
    return postman


def texts(chat: Chat) -> list[str]:
    return [chat.messages[number] for number in sorted(chat.messages)]


async def test_the_first_part_alone_replies_to_the_question() -> None:
    chat = Chat()
    await bring(chat, Rows(Row(0, None, "attempting")), PARTS)
    assert texts(chat) == [part.text for part in PARTS]
    assert chat.replies == [9] + [None] * (len(PARTS) - 1)


async def test_the_live_message_becomes_the_first_part() -> None:
    chat, rows = Chat(), Rows(Row(0, 50, "shown"))
    chat.messages[50] = "Paragr"
    await bring(chat, rows, PARTS)
    assert texts(chat) == [part.text for part in PARTS]
    assert chat.messages[50] == PARTS[0].text


async def test_messages_of_a_longer_answer_are_taken_away() -> None:
    chat, rows = Chat(), Rows(*[Row(seq, 50 + seq, "shown") for seq in range(4)])
    chat.messages |= {50 + seq: "old" for seq in range(4)}
    await bring(chat, rows, PARTS[:2])
    assert texts(chat) == [part.text for part in PARTS[:2]]
    assert set(rows.rows) == {0, 1}


async def test_a_refused_rich_part_arrives_as_text_in_as_many_messages_as_it_takes() -> None:
    chat, rows = Chat(rich=False), Rows(Row(0, None, "attempting"))
    await bring(chat, rows, [TABLE, PARTS[0]])
    pieces = [piece.text for piece in TABLE.fallback()]
    assert len(pieces) > 1
    assert texts(chat) == [*pieces, PARTS[0].text]


async def test_a_rich_part_that_was_sent_as_text_is_whole_after_a_crash_as_well() -> None:
    chat, rows = Chat(rich=False), Rows(Row(0, None, "attempting"))
    await bring(chat, rows, [TABLE, PARTS[0]])
    before = texts(chat)
    del rows.rows[len(before) - 1]  # the crash came before this was stored
    chat.messages.pop(max(chat.messages))
    await bring(chat, rows, [TABLE, PARTS[0]], resumed=True)
    assert texts(chat) == before


async def test_a_part_whose_end_is_not_known_is_counted_and_not_sent_again() -> None:
    chat, rows = Chat(OutcomeUnknown), Rows(Row(0, None, "attempting"))
    postman = await bring(chat, rows, PARTS)
    assert postman.unknown == 1
    assert texts(chat) == [part.text for part in PARTS[1:]]
    await bring(chat, rows, PARTS, resumed=True)
    assert texts(chat) == [part.text for part in PARTS[1:]]


async def test_a_part_is_not_sent_again_because_the_server_gave_no_number() -> None:
    chat, rows = Chat(), Rows(Row(0, None, "sent"), Row(1, None, "sent"))
    await bring(chat, rows, PARTS[:2], resumed=True)
    assert chat.calls == 0


async def test_after_a_crash_an_attempt_is_sent_again_and_counted() -> None:
    chat, rows = Chat(), Rows(Row(0, None, "attempting"))
    postman = await bring(chat, rows, PARTS, resumed=True)
    assert postman.repeated == 1
    assert texts(chat) == [part.text for part in PARTS]


async def test_a_message_that_was_deleted_meanwhile_is_sent_anew() -> None:
    chat, rows = Chat(MessageGone), Rows(Row(0, 50, "shown"))
    await bring(chat, rows, PARTS)
    assert texts(chat) == [part.text for part in PARTS]


async def test_a_chat_that_cannot_be_written_to_ends_the_delivery() -> None:
    chat = Chat(Undeliverable)
    with pytest.raises(Undeliverable):
        await bring(chat, Rows(), PARTS)
    assert chat.calls == 1


async def test_the_change_from_draft_to_message_is_prepared_once_and_before_the_first_send() -> None:
    chat, seen = Chat(), []

    async def prepare(part: OutgoingMessage) -> None:
        seen.append((part.text, chat.calls))

    await delivery(chat, Rows()).deliver(1, SPOT, PARTS, [], before_first=prepare)
    assert seen == [(PARTS[0].text, 0)]


@given(st.lists(st.integers(1, 8), max_size=4), st.booleans())
async def test_however_often_it_crashes_every_part_is_there_once(crashes: list[int], rich: bool) -> None:
    """A crash comes after so many calls; a part that was being sent then counts as not arrived."""
    parts = [*PARTS[:2], TABLE, PARTS[2]]
    chat, rows = Chat(rich=rich), Rows(Row(0, None, "attempting"))
    for calls in crashes:
        chat.outcomes = [*[None] * calls, Undeliverable]
        try:
            await bring(chat, rows, parts, resumed=True)
        except Undeliverable:
            continue
        chat.outcomes = []
    chat.outcomes = []
    await bring(chat, rows, parts, resumed=True)
    shown = [TABLE.text] if rich else [piece.text for piece in TABLE.fallback()]
    assert texts(chat) == [PARTS[0].text, PARTS[1].text, *shown, PARTS[2].text]
