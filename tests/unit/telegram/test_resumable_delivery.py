"""A document into its messages: each part once, whatever an earlier run has done of it."""

import asyncio
import contextlib
from typing import Any, cast

import pytest
from aiogram import Bot
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import FakeClock
from bot.domain.delivery import DeliveryKey, DeliveryRecord
from bot.store import Store
from bot.telegram.delivery_run import OutgoingDocument
from bot.telegram.markdown import OutgoingMessage, parse, present
from bot.telegram.message_sender import (
    DeliveryError,
    Destination,
    MessageGone,
    MessageSender,
    OutcomeUnknown,
    RichRefused,
    Undeliverable,
)
from bot.telegram.resumable_delivery import _AS_JSON, ResumableDelivery

SPOT = Destination(-7, reply_to=9)
LONG = "\n\n".join(f"Paragraph {n}. " + "So it goes on. " * 60 for n in range(12))
PARTS = present(parse(LONG), rich="off")
[TABLE] = present(parse("| a | b |\n|---|---|\n" + "| 1 | " + "2 " * 3000 + "|"))


class Chat:
    """The messages of a chat (a courier and a bot that deletes); calls end as told by ``outcomes``, then well."""

    def __init__(self, *outcomes: type[DeliveryError] | None, rich: bool = True) -> None:
        self.outcomes = list(outcomes)
        self.rich = rich
        self.messages: dict[int, str] = {}
        self.chats: list[int] = []
        self.replies: list[int | None] = []
        self.keyboards: dict[int, InlineKeyboardMarkup | None] = {}
        self.calls = 0

    def _call(self, part: OutgoingMessage) -> str:
        self.calls += 1
        if part.blocks is not None and not self.rich:
            raise RichRefused("no")
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome("told to")
        return part.text

    async def send(
        self, destination: Destination, part: OutgoingMessage, keyboard: InlineKeyboardMarkup | None = None
    ) -> int:
        text = self._call(part)
        number = 100 + self.calls
        self.messages[number] = text
        self.chats.append(destination.chat_id)
        self.replies.append(destination.reply_to)
        self.keyboards[number] = keyboard
        return number

    async def edit(
        self, chat_id: int, message: int, part: OutgoingMessage, keyboard: InlineKeyboardMarkup | None = None
    ) -> None:
        self.messages[message] = self._call(part)
        self.keyboards[message] = keyboard

    async def delete_message(self, chat_id: int, message: int) -> None:
        del self.messages[message]


class Rows:
    """The rows of one answer, as the store keeps them."""

    def __init__(self, *rows: DeliveryRecord) -> None:
        self.rows = {row.seq: row for row in rows}

    async def of(self, key: DeliveryKey) -> list[DeliveryRecord]:
        return [self.rows[seq] for seq in sorted(self.rows)]

    async def attempt(self, key: DeliveryKey, seq: int, chat_id: int) -> None:
        self._put(seq, None, "attempting")

    def sent(self, key: DeliveryKey, seq: int, chat_id: int, message_id: int | None) -> None:
        self._put(seq, message_id, "sent")

    def unknown(self, key: DeliveryKey, seq: int, chat_id: int) -> None:
        self._put(seq, None, "unknown")

    def gone(self, key: DeliveryKey, seq: int) -> None:
        del self.rows[seq]

    def _put(self, seq: int, message_id: int | None, state: Any) -> None:
        known = self.rows[seq].message_id if seq in self.rows else None
        self.rows[seq] = DeliveryRecord(seq, message_id or known, state)


def delivery(chat: Chat, rows: Rows) -> ResumableDelivery:
    return ResumableDelivery(cast("MessageSender", chat), cast("Any", rows), cast("Bot", chat), FakeClock())


async def bring(chat: Chat, rows: Rows, parts: list[OutgoingMessage], *, resumed: bool = False) -> ResumableDelivery:
    postman = delivery(chat, rows)
    await postman.deliver_answer(1, SPOT, parts, resumed=resumed)
    return postman


def texts(chat: Chat) -> list[str]:
    return [chat.messages[number] for number in sorted(chat.messages)]


async def test_the_first_part_alone_replies_to_the_question() -> None:
    chat = Chat()
    await bring(chat, Rows(DeliveryRecord(0, None, "attempting")), PARTS)
    assert texts(chat) == [part.text for part in PARTS]
    assert chat.replies == [9] + [None] * (len(PARTS) - 1)


async def test_the_live_message_becomes_the_first_part() -> None:
    chat, rows = Chat(), Rows(DeliveryRecord(0, 50, "shown"))
    chat.messages[50] = "Paragr"
    await bring(chat, rows, PARTS)
    assert texts(chat) == [part.text for part in PARTS]
    assert chat.messages[50] == PARTS[0].text


async def test_messages_of_a_longer_answer_are_taken_away() -> None:
    chat, rows = Chat(), Rows(*[DeliveryRecord(seq, 50 + seq, "shown") for seq in range(4)])
    chat.messages |= {50 + seq: "old" for seq in range(4)}
    await bring(chat, rows, PARTS[:2])
    assert texts(chat) == [part.text for part in PARTS[:2]]
    assert set(rows.rows) == {0, 1}


async def test_a_refused_rich_part_arrives_as_text_in_as_many_messages_as_it_takes() -> None:
    chat, rows = Chat(rich=False), Rows(DeliveryRecord(0, None, "attempting"))
    await bring(chat, rows, [TABLE, PARTS[0]])
    pieces = [piece.text for piece in TABLE.fallback()]
    assert len(pieces) > 1
    assert texts(chat) == [*pieces, PARTS[0].text]


async def test_a_rich_part_that_was_sent_as_text_is_whole_after_a_crash_as_well() -> None:
    chat, rows = Chat(rich=False), Rows(DeliveryRecord(0, None, "attempting"))
    await bring(chat, rows, [TABLE, PARTS[0]])
    before = texts(chat)
    del rows.rows[len(before) - 1]  # the crash came before this was stored
    chat.messages.pop(max(chat.messages))
    await bring(chat, rows, [TABLE, PARTS[0]], resumed=True)
    assert texts(chat) == before


async def test_a_part_whose_end_is_not_known_is_counted_and_not_sent_again() -> None:
    chat, rows = Chat(OutcomeUnknown), Rows(DeliveryRecord(0, None, "attempting"))
    postman = await bring(chat, rows, PARTS)
    assert postman.unknown == 1
    assert texts(chat) == [part.text for part in PARTS[1:]]
    await bring(chat, rows, PARTS, resumed=True)
    assert texts(chat) == [part.text for part in PARTS[1:]]


async def test_a_part_is_not_sent_again_because_the_server_gave_no_number() -> None:
    chat, rows = Chat(), Rows(DeliveryRecord(0, None, "sent"), DeliveryRecord(1, None, "sent"))
    await bring(chat, rows, PARTS[:2], resumed=True)
    assert chat.calls == 0


async def test_after_a_crash_an_attempt_is_sent_again_and_counted() -> None:
    chat, rows = Chat(), Rows(DeliveryRecord(0, None, "attempting"))
    postman = await bring(chat, rows, PARTS, resumed=True)
    assert postman.repeated == 1
    assert texts(chat) == [part.text for part in PARTS]


async def test_a_message_that_was_deleted_meanwhile_is_sent_anew() -> None:
    chat, rows = Chat(MessageGone), Rows(DeliveryRecord(0, 50, "shown"))
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

    await delivery(chat, Rows()).deliver_answer(1, SPOT, PARTS, [], before_first=prepare)
    assert seen == [(PARTS[0].text, 0)]


@given(st.lists(st.integers(1, 8), max_size=4), st.booleans())
async def test_however_often_it_crashes_every_part_is_there_once(crashes: list[int], rich: bool) -> None:
    """A crash comes after so many calls; a part that was being sent then counts as not arrived."""
    parts = [*PARTS[:2], TABLE, PARTS[2]]
    chat, rows = Chat(rich=rich), Rows(DeliveryRecord(0, None, "attempting"))
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


BUTTON = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Post", callback_data="post")]])
KEY = DeliveryKey("summary", "1:7")
RICH = present(parse("# Title\n\n| a | **b** |\n|---|---|\n| [1](https://example.org/1) | `2` |\n\n- [x] done\n"))
DOCUMENT = OutgoingDocument((*PARTS[:2], *RICH), BUTTON)


class Office:
    """Deliveries over a real store, by one process after the other."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.chat = Chat()
        self.clock = FakeClock()
        self.delivery = self.process()

    def process(self) -> ResumableDelivery:
        rows = self.store.deliveries
        return ResumableDelivery(cast("MessageSender", self.chat), rows, cast("Bot", self.chat), self.clock)

    async def crash_after(self, calls: int, *, message: int | None = None) -> None:
        """The process ends in its next call."""
        self.chat.outcomes = [*[None] * calls, cast("Any", Killed)]
        with pytest.raises(Killed):
            await self.delivery.deliver(DOCUMENT, SPOT, KEY, message=message, user_id=5, source_chat_id=-7)
        self.chat.outcomes = []
        self.delivery = self.process()

    @property
    def shown(self) -> list[str]:
        return texts(self.chat)


class Killed(BaseException):
    def __init__(self, _: str) -> None:
        super().__init__()


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store)


WHOLE = [part.text for part in DOCUMENT.messages]


async def test_a_document_arrives_with_its_keyboard_below_the_last_message(office: Office) -> None:
    assert await office.delivery.deliver(DOCUMENT, SPOT, KEY) == 101
    assert office.shown == WHOLE
    assert [office.chat.keyboards[number] for number in sorted(office.chat.messages)] == [None] * 2 + [BUTTON]


async def test_a_document_that_is_there_is_not_sent_again(office: Office) -> None:
    await office.delivery.deliver(DOCUMENT, SPOT, KEY)
    assert await office.process().deliver(OutgoingDocument(tuple(PARTS[2:])), SPOT, KEY) == 101
    await office.process().resume()
    assert office.shown == WHOLE


async def test_a_line_that_is_there_becomes_the_first_message(office: Office) -> None:
    office.chat.messages[50] = "2 of 7"
    assert await office.delivery.deliver(DOCUMENT, SPOT, KEY, message=50) == 50
    assert office.shown == WHOLE


@pytest.mark.parametrize("calls", range(3))
async def test_the_next_process_goes_on_with_a_document_where_a_crash_ended_it(office: Office, calls: int) -> None:
    await office.crash_after(calls)
    assert office.shown == WHOLE[:calls]
    await office.delivery.resume()
    assert office.shown == WHOLE
    assert office.chat.replies == [9, None, None]
    assert [office.chat.keyboards[number] for number in sorted(office.chat.messages)] == [None] * 2 + [BUTTON]
    assert office.delivery.repeated == 1


async def test_whoever_brings_it_again_goes_on_with_what_was_stored(office: Office) -> None:
    await office.crash_after(1)
    other = OutgoingDocument(tuple(PARTS[2:]))
    assert await office.delivery.deliver(other, SPOT, KEY) == 101
    await office.delivery.resume()
    assert office.shown == WHOLE


async def test_bringing_it_again_while_it_is_gone_on_with_sends_nothing_twice(office: Office) -> None:
    await office.crash_after(1)
    await asyncio.gather(office.delivery.resume(), office.delivery.deliver(DOCUMENT, SPOT, KEY))
    assert office.shown == WHOLE


async def test_rich_messages_are_the_same_after_a_crash(office: Office) -> None:
    sent: list[OutgoingMessage] = []
    remembered = office.chat.send

    async def send(
        destination: Destination, part: OutgoingMessage, keyboard: InlineKeyboardMarkup | None = None
    ) -> int:
        sent.append(part)
        return await remembered(destination, part, keyboard)

    await office.crash_after(0)
    office.chat.send = send  # type: ignore[method-assign]  # to see the parts themselves
    await office.delivery.resume()
    assert tuple(sent) == DOCUMENT.messages


async def test_a_chat_that_cannot_be_written_to_leaves_nothing_and_another_may_be_tried(office: Office) -> None:
    office.chat.outcomes = [Undeliverable]
    with pytest.raises(Undeliverable):
        await office.delivery.deliver(DOCUMENT, SPOT, KEY)
    assert await office.store.deliveries.unfinished() == []
    await office.delivery.deliver(DOCUMENT, Destination(5), KEY)
    assert office.shown == WHOLE


@pytest.mark.parametrize("crashed", [False, True])
async def test_what_a_group_does_not_take_for_one_member_goes_to_the_private_chat(
    office: Office, *, crashed: bool
) -> None:
    office.chat.outcomes = [cast("Any", Killed)] if crashed else [None, Undeliverable]
    with contextlib.suppress(Killed):
        await office.delivery.deliver(DOCUMENT, Destination(-7, receiver=5), KEY, user_id=5, source_chat_id=-7)
    if crashed:
        office.delivery = office.process()
        office.chat.outcomes = [None, Undeliverable]
        assert await office.delivery.go_on(KEY)
    assert office.chat.chats == [-7, 5, 5, 5]
    assert office.shown[-3:] == WHOLE
    assert office.chat.keyboards[max(office.chat.messages)] == BUTTON


async def test_what_one_member_alone_sees_is_not_edited_after_a_crash(office: Office) -> None:
    office.chat.outcomes = [None, None, cast("Any", Killed)]
    with pytest.raises(Killed):
        await office.delivery.deliver(DOCUMENT, Destination(-7, receiver=5), KEY)
    office.chat.outcomes = []
    assert await office.process().go_on(KEY)
    assert office.shown == WHOLE


async def test_a_key_that_nothing_was_brought_under_is_not_gone_on_with(office: Office) -> None:
    assert (await office.delivery.knows(KEY), await office.delivery.go_on(KEY)) == (False, False)
    await office.crash_after(1)
    assert (await office.delivery.knows(KEY), await office.delivery.go_on(KEY)) == (True, True)
    assert office.shown == WHOLE
    assert await office.delivery.go_on(KEY), "it has arrived"
    assert office.shown == WHOLE


async def test_a_document_is_kept_before_anything_makes_way_for_it(office: Office) -> None:
    found: list[tuple[bool, list[str]]] = []

    async def make_way() -> None:
        found.append((await office.delivery.knows(KEY), office.shown))

    await office.delivery.deliver(DOCUMENT, SPOT, KEY, once_kept=make_way)
    assert found == [(True, [])]


async def test_what_is_delivered_is_kept_no_longer(office: Office) -> None:
    await office.delivery.deliver(DOCUMENT, SPOT, KEY, user_id=5, source_chat_id=-7)
    await office.store.close()
    assert WHOLE[0][:40].encode() not in office.store.database.path.read_bytes()


async def test_what_is_on_its_way_is_forgotten_with_its_person_and_its_group(office: Office) -> None:
    for forget in (office.store.erasure.forget(5), office.store.erasure.forget_group(-7)):
        await office.crash_after(1)
        await forget
        await office.delivery.resume()
        assert office.shown == WHOLE[:1]
        office.chat.messages.clear()


async def test_a_document_that_cannot_be_read_any_more_is_dropped(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await office.crash_after(1)
    await office.store.database.run(lambda db: db.execute("UPDATE deliveries SET body = '{}'").rowcount)
    await office.delivery.resume()
    assert await office.store.deliveries.unfinished() == []
    assert "cannot be read" in caplog.text


async def test_one_document_that_fails_keeps_no_other(office: Office) -> None:
    await office.crash_after(0)
    for name in ("1:8", "1:9"):
        office.chat.outcomes = [cast("Any", Killed)]
        with pytest.raises(Killed):
            await office.delivery.deliver(OutgoingDocument((PARTS[2],)), SPOT, DeliveryKey("digest", name))
    office.chat.outcomes = [Undeliverable]
    await office.delivery.resume()
    assert office.shown == [PARTS[2].text] * 2


MARKDOWN = st.lists(
    st.sampled_from(
        [
            "# Title\n\n",
            "| a | **b** |\n|---|---|\n| [1](https://example.org/1) | `2` |\n\n",
            "- [x] done\n  - *deeper*\n\n",
            "```py\nprint(1)\n```\n\n",
            "> said ~~so~~\n\n",
            "$$x^2$$\n\n",
            "1. one\n2. two\n\n",
            "a || hidden || **bold `code`** 世界 👨‍👩‍👧 [^1]\n\n",
            "<details><summary>More</summary>\n\nwords\n\n</details>\n\n",
            "[^1]: a note\n\n",
            "---\n\n",
        ]
    ),
    max_size=8,
).map("".join)


@given(MARKDOWN)
def test_every_document_is_the_same_after_it_was_stored(text: str) -> None:
    document = OutgoingDocument(tuple(present(parse(text))), BUTTON)
    assert _AS_JSON.validate_json(_AS_JSON.dump_json(document, exclude_none=True)) == document
