"""The parts of messages come back from the store as they were given to it."""

import asyncio
import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.conversation import AnswerOutcome, ConversationKey, Exchange, NewQuestion
from bot.domain.message import (
    AudioPart,
    DocumentPart,
    FileReference,
    MessagePart,
    PicturePart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from bot.domain.quota import Budget
from bot.store import Store
from bot.store.message_parts import as_kept
from tests.unit.message_parts import parts

ANN = ConversationKey(5, 0, 5)
FILE = FileReference("image/png", b"bytes", "telegram", "kept", 5, "cat.png")
EACH: tuple[MessagePart, ...] = (
    TextPart("你好 👩‍👩‍👧"),
    PicturePart(FILE, (640, 480), "a cat"),
    AudioPart(FILE, 2.5, "hello"),
    DocumentPart(FILE, "words"),
    ToolCallPart("1", "clock", "{}"),
    ToolResultPart("1", "clock", "noon"),
    TextPart(""),
)


Said = tuple[MessagePart, ...]


class Talk:
    """One conversation in a store."""

    def __init__(self, store: Store) -> None:
        self.rows = store.conversations
        self._numbers = itertools.count(1)

    async def begin(self, asked: Said, replaces: int | None = None) -> Exchange | None:
        number = next(self._numbers)
        new = NewQuestion(f"1:{number}", ANN, asked, 1, number, replaces=replaces)
        return await self.rows.begin(new, 0.0, Budget("user:5"))

    async def ask(self, asked: Said, answer: Said) -> Exchange:
        exchange = await self.begin(asked)
        assert exchange is not None
        await self.rows.finish(exchange, AnswerOutcome("done", answer, "", "m", 1))
        return exchange

    async def context(self, node_id: int) -> list[Said]:
        return [node.parts for node in await self.rows.path(node_id)]


@pytest.fixture
def talk(store: Store) -> Talk:
    return Talk(store)


messages = st.lists(parts(st.none()), max_size=5).map(tuple)


@given(st.lists(st.tuples(messages, messages), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_what_was_said_comes_back_part_by_part(said: list[tuple[Said, Said]]) -> None:
    asyncio.run(comes_back(said))


async def comes_back(said: list[tuple[Said, Said]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(Path(folder) / "bot.db")
        talk = Talk(store)
        last = [await talk.ask(*each) for each in said][-1]
        assert await talk.context(last.answer_id) == [side for each in said for side in each]
        for number, (asked, _) in enumerate(said, 1):
            located = await talk.rows.locate(5, number)
            assert located is not None
            assert located.node.parts == asked
        await store.close()


async def test_bytes_in_memory_serve_the_question_that_they_came_with_and_are_not_kept(talk: Talk) -> None:
    exchange = await talk.ask(EACH, EACH)
    assert exchange.path[-1].parts == EACH
    assert await talk.context(exchange.answer_id) == [as_kept(EACH), as_kept(EACH)]
    reference = FileReference("image/png", None, "telegram", "kept", 5, "cat.png")
    assert as_kept(EACH)[1] == PicturePart(reference, (640, 480), "a cat")


async def test_an_answer_that_was_begun_before_is_given_with_its_parts(talk: Talk) -> None:
    await talk.ask(EACH, EACH)
    known = await talk.rows.begin(NewQuestion("1:1", ANN, EACH, 1, 1), 0.0, Budget("user:5"))
    assert known is not None
    assert (known.state, known.parts) == ("done", as_kept(EACH))


async def test_finishing_once_more_leaves_nothing_of_the_first_answer(talk: Talk) -> None:
    exchange = await talk.ask(EACH, EACH)
    await talk.rows.finish(exchange, AnswerOutcome("done", (TextPart("B"),), "", "m", 1))
    assert await talk.context(exchange.answer_id) == [as_kept(EACH), (TextPart("B"),)]


async def test_a_question_edited_to_say_the_same_is_not_asked_again(talk: Talk) -> None:
    first = await talk.ask(EACH, (TextPart("A"),))
    assert await talk.begin(EACH, replaces=first.question_id) is None
    assert await talk.begin(EACH[1:], replaces=first.question_id) is not None


async def test_who_is_forgotten_leaves_no_part(store: Store, talk: Talk) -> None:
    await talk.ask((TextPart("zanzibarite " * 400),), (*EACH, TextPart("zanzibarite")))
    await store.erasure.forget(5)
    sql = "SELECT count(*) FROM message_parts"
    assert await store.database.run(lambda db: db.execute(sql).fetchone()[0]) == 0
    kept = b"".join(path.read_bytes() for path in store.database.path.parent.glob("bot.db*"))
    for word in ("zanzibarite", "anzibar", "cat.png", "a cat", "你好"):
        assert word.encode() not in kept, word


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ("1, 0, 'video', ''", "CHECK"),
        ("1, 0, 'picture', ''", "CHECK"),
        ("1, 0, 'tool_call', '{}'", "CHECK"),
        ("9, 0, 'text', ''", "FOREIGN KEY"),
    ],
)
async def test_what_is_no_part_is_not_stored(store: Store, talk: Talk, values: str, why: str) -> None:
    await talk.begin(())
    sql = f"INSERT INTO message_parts (node_id, seq, kind, text) VALUES ({values})"  # noqa: S608 - constants
    with pytest.raises(Exception, match=why):
        await store.database.run(lambda db: db.execute(sql).fetchall())
