"""What a line does that somebody types in the terminal, and what it is answered where it cannot."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.clock import FakeClock
from bot.playground.telegram import Chat, LocalTelegram, Message, Person, TelegramSimulator
from bot.playground.telegram.drafts import Draft
from bot.playground.telegram.files import PIXEL
from bot.playground.terminal.phrases import Phrases
from bot.playground.terminal.printing import Ink, Printer
from bot.playground.terminal.screen import Screen
from bot.playground.terminal.session import TerminalSession, Wrong
from bot.playground.terminal.window import Window


@dataclass
class Sitting:
    """Ann in her private chat; Bob is in the group with her."""

    telegram: LocalTelegram
    world: TelegramSimulator
    ann: Person
    bob: Person
    room: Chat
    group: Chat
    out: io.StringIO
    seat: TerminalSession

    def said(self, chat: Chat | None = None) -> list[str]:
        """What people have written there."""
        written = self.world.messages(chat or self.room)
        return [message.text for message in written if message.sender != self.world.bot.id]

    def answer(self, text: str, *buttons: str, chat: Chat | None = None) -> Message:
        rows = [[{"text": label, "callback_data": f"data {label}"}] for label in buttons]
        keyboard = {"inline_keyboard": rows} if rows else None
        return self.world.ledger.post(chat or self.room, self.world.bot, text=text, keyboard=keyboard)

    def pressed(self) -> list[str]:
        """The data of the presses that wait for the bot."""
        queries = (pending.update.get("callback_query") for pending in self.world.updates.all())
        return [str(query["data"]) for query in queries if query]

    def wrong(self, line: str) -> str:
        with pytest.raises(Wrong) as told:
            self.seat.take(line)
        return Phrases("en")(told.value.key, **told.value.values)


@pytest.fixture
def sitting() -> Iterator[Sitting]:
    telegram = LocalTelegram("42:x", FakeClock())
    world = telegram.world
    ann, bob = world.person("Ann", username="ann_lee"), world.person("Bob")
    room, group = world.private(ann), world.group("Friends", ann, bob)
    out = io.StringIO()
    printer = Printer(world, Ink(coloured=False), lambda _: "")
    window = Window(world, printer, Screen(out, redraws=False), Phrases("en"), room)
    with window.open():
        yield Sitting(telegram, world, ann, bob, room, group, out, TerminalSession(world, window, ann))


@pytest.mark.parametrize(
    ("typed", "sent"),
    [("hello", "hello"), (" /ask why: because ", "/ask why: because"), (":)", ":)"), (":8080 is it", ":8080 is it"),
     ("::help", ":help"), ("：：帮助", "：帮助"), (":-D", ":-D"), ("::", ":")],
)  # fmt: skip
def test_what_is_typed_is_sent(sitting: Sitting, typed: str, sent: str) -> None:
    assert sitting.seat.take(typed)
    assert sitting.said() == [sent]


def test_an_empty_line_says_nothing(sitting: Sitting) -> None:
    assert sitting.seat.take("  ")
    assert sitting.said() == []


@pytest.mark.parametrize("line", [":quit", ":q", "：quit"])
def test_quit_leaves(sitting: Sitting, line: str) -> None:
    assert not sitting.seat.take(line)


async def test_a_button_is_pressed_by_its_number_on_the_newest_message_that_has_any(sitting: Sitting) -> None:
    old = sitting.answer("old", "A", "B")
    sitting.answer("new", "C", "D")
    sitting.answer("without")
    sitting.seat.take("hello")
    sitting.seat.take(":press 2")
    sitting.seat.take(f":press 1 #{old.id}")
    assert sitting.pressed() == ["data D", "data A"]
    assert "no button 3" in sitting.wrong(":press 3")
    assert "no button 0" in sitting.wrong(":press 0")
    assert "number is needed" in sitting.wrong(":press x")
    assert "no message #99" in sitting.wrong(":press 1 99")


def test_a_button_that_leads_outside_is_not_pressed(sitting: Sitting) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Site", "url": "https://a.example/"}]]}
    sitting.world.ledger.post(sitting.room, sitting.world.bot, text="x", keyboard=keyboard)
    assert "outside of the chat" in sitting.wrong(":press 1")


def test_without_buttons_none_is_pressed(sitting: Sitting) -> None:
    assert "No message" in sitting.wrong(":press 1")


def test_a_reply_and_an_edit_name_a_message(sitting: Sitting) -> None:
    answer = sitting.answer("an answer")
    sitting.seat.take(f":reply {answer.id} and  then?")
    [reply] = [message for message in sitting.world.messages(sitting.room) if message.reply_to == answer.id]
    assert reply.text == "and  then?"
    sitting.seat.take(f":edit {reply.id} or else")
    assert sitting.said() == ["or else"]
    assert "not yours" in sitting.wrong(f":edit {answer.id} mine")
    assert "words are missing" in sitting.wrong(f":reply {answer.id}")


def test_chats_are_listed_and_opened_by_number(sitting: Sitting) -> None:
    sitting.world.say(sitting.bob, sitting.group, "is anybody here?")
    sitting.seat.take(":chats")
    assert "1  SiliconBot\n2  Friends\n" in sitting.out.getvalue()
    sitting.seat.take(":chat 2")
    assert sitting.out.getvalue().count("is anybody here?") == 2
    sitting.seat.take("I am")
    assert sitting.said(sitting.group) == ["is anybody here?", "I am"]
    assert "no chat 3" in sitting.wrong(":chat 3")


def test_somebody_else_stays_in_the_group_and_has_a_private_chat_of_their_own(sitting: Sitting) -> None:
    sitting.seat.take(":as bob")
    sitting.seat.take("from Bob")
    assert sitting.said(sitting.world.private(sitting.bob)) == ["from Bob"]
    sitting.seat.take(":chat 2")
    sitting.seat.take(":as @Ann_Lee")
    sitting.seat.take("from Ann")
    [message] = sitting.world.messages(sitting.group, sender=sitting.ann)
    assert message.text == "from Ann"
    assert "Ann, Bob" in sitting.wrong(":as Nobody")
    assert "Ann, Bob" in sitting.wrong(":as")


def test_a_picture_is_sent_with_its_words(sitting: Sitting, tmp_path: Path) -> None:
    file = tmp_path / "a picture.png"
    file.write_bytes(PIXEL)
    sitting.seat.take(f":photo {file} | what is it?")
    [message] = sitting.world.messages(sitting.room)
    assert message.text == "what is it?"
    assert "photo" in (message.media or {})
    assert "cannot be read" in sitting.wrong(f":photo {tmp_path / 'none'}")
    assert "cannot be read" in sitting.wrong(":photo a\0b")
    file.write_text("no picture")
    assert "no such picture" in sitting.wrong(f":photo {file}")


def test_the_draft_that_is_seen_is_stopped(sitting: Sitting) -> None:
    assert "being written" in sitting.wrong(":stop")
    draft = Draft(sitting.room.id, None, 7, "half", can_stop=True, expires=FakeClock().now() + 30)
    sitting.telegram.state.drafts.show(draft)
    sitting.seat.take(":stop")
    assert sitting.telegram.state.drafts.ending(draft) == "stopped"


def test_a_topic_is_written_in_until_another_chat_is_opened(sitting: Sitting, tmp_path: Path) -> None:
    forum = sitting.world.group("Forum", sitting.ann, forum=True)
    lake = sitting.world.topic(sitting.ann, forum, "Lake")
    assert "no topics" in sitting.wrong(":topics")
    sitting.seat.take(":chat 3")
    sitting.seat.take(":topics")
    assert f"{lake}  Lake" in sitting.out.getvalue()
    (tmp_path / "p.png").write_bytes(PIXEL)
    for line in (f":topic {lake}", "deep", f":photo {tmp_path / 'p.png'}", ":topic Hills", "high", ":topic 0", "far"):
        sitting.seat.take(line)
    hills = max(forum.topics)
    written = [(each.text, each.thread) for each in sitting.world.messages(forum) if each.service is None]
    assert written == [("deep", lake), ("", lake), ("high", hills), ("far", None)]
    assert " · Hills\nhigh" in sitting.out.getvalue()
    assert "no topic 7" in sitting.wrong(":topic 7")
    sitting.seat.take(f":topic {lake}")
    for line in (":chat 2", "hello"):
        sitting.seat.take(line)
    assert sitting.said(sitting.group) == ["hello"]


def test_a_reply_goes_where_what_it_replies_to_stands(sitting: Sitting) -> None:
    forum = sitting.world.group("Forum", sitting.ann, forum=True)
    lake, hills = (sitting.world.topic(sitting.ann, forum, name) for name in ("Lake", "Hills"))
    said = sitting.world.say(sitting.bob, forum, "cold?", thread=lake)
    for line in (":chat 3", f":topic {hills}", f":reply {said.id} ice"):
        sitting.seat.take(line)
    assert sitting.world.messages(forum)[-1].thread == lake


def test_a_draft_in_a_topic_is_stopped_too(sitting: Sitting) -> None:
    sitting.world.private_topics = True
    thread = sitting.world.topic(sitting.ann, sitting.room, "Lake")
    draft = Draft(sitting.room.id, thread, 7, "half", can_stop=True, expires=FakeClock().now() + 30)
    sitting.telegram.state.drafts.show(draft)
    sitting.seat.take(":stop")
    assert "stopped_message_generation" in sitting.world.updates.all()[-1].update


def test_an_unknown_command_names_itself_and_how_to_send_it(sitting: Sitting) -> None:
    assert (
        sitting.wrong(":dance now")
        == "There is no :dance. Type :help for what there is, or ::dance to send it as it is."
    )
    assert sitting.said() == []


def test_too_many_characters_are_refused_and_nothing_is_sent(sitting: Sitting) -> None:
    assert "4096" in sitting.wrong("x" * 4097)
    assert sitting.said() == []


def test_what_happens_elsewhere_bears_the_title_of_the_chat(sitting: Sitting) -> None:
    sitting.world.say(sitting.bob, sitting.group, "psst")
    message = sitting.answer("progress")
    sitting.world.ledger.remove(message)
    shown = sitting.out.getvalue()
    assert " · Friends\npsst" in shown
    assert f"(#{message.id} was deleted)" in shown
