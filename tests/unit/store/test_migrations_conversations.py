"""Conversations from every earlier schema go on: nothing that was said is lost, changed or kept twice."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils.db import Database as Connection

from bot.domain.conversation import AnswerOutcome, ConversationKey, Exchange, NewQuestion, Node
from bot.domain.message import TextPart
from bot.domain.quota import Budget
from bot.store import Store, migrate
from bot.store.database import connect
from bot.store.migrations import steps
from tests.unit.store.test_migrations import NAMES, make

ANN, BOB = ConversationKey(-7, 3, 6), ConversationKey(-7, 3, 7)
OLDER = range(NAMES.index("0002_conversations") + 1, NAMES.index("0016_message_parts") + 1)

# id, conversation, parent, kind, state, turn, message, text, thinking, model
NODES = (
    (100, 50, None, "question", "done", None, 1, "你好，世界 👩‍👩‍👧 \u200b?", "", None),
    (101, 50, 100, "answer", "done", "7:1", None, "**当然** — é\u0301\r\n\n`a`\t " + "很长。" * 3_000, "嗯…", "m"),
    (102, 50, 101, "question", "done", None, 2, " \n", "", None),
    (103, 50, 102, "answer", "done", "7:2", None, "", "thought of nothing", "m"),
    (104, 50, 103, "question", "done", None, 3, "it failed", "", None),
    (105, 50, 104, "answer", "failed", "7:3", None, "", "", None),
    (106, 50, 103, "question", "done", None, 4, "NUL \0 in it", "", None),
    (107, 50, 106, "answer", "cut", "7:4", None, "half an ans", "", "m"),
    (108, 50, 107, "question", "done", None, 5, "still open", "", None),
    (109, 50, 108, "answer", "open", "7:5", None, "", "", None),
    (200, 51, None, "question", "done", None, 6, "a", "", None),
    (201, 51, 200, "answer", "done", "7:6", None, "A", "", "m"),
    (202, 51, 201, "summary", "done", None, None, "概要 📝", "", None),
    (203, 51, 201, "question", "done", None, 7, "b", "", None),
    (204, 51, 203, "answer", "done", "7:7", None, "B", "", "m"),
    (205, 51, 204, "question", "done", None, 8, "left behind", "", None),
    (206, 51, 205, "answer", "done", "7:8", None, "LEFT BEHIND", "", "m"),
)
TEXTS = {node[0]: node[7] for node in NODES}


def talk(db: Connection) -> None:
    """Ann's conversation goes on from a cut answer; Bob's was left behind."""
    db.conn.execute("INSERT INTO conversations (id, chat_id, topic_id, user_id) VALUES (50, -7, 3, 6), (51, -7, 3, 7)")
    db.conn.executemany(
        "INSERT INTO nodes (id, conversation_id, parent_id, kind, state, turn, chat_id, message_id, text, thinking,"
        " model, tokens, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, iif(?7, -7, NULL), ?7, ?8, ?9, ?10, ?1, 1.0)",
        NODES,
    )
    db.conn.execute("UPDATE conversations SET tip = 107 WHERE id = 50")
    db.conn.execute("UPDATE conversations SET left_behind = 206 WHERE id = 51")
    db.conn.commit()


@pytest.fixture(params=OLDER, ids=lambda count: NAMES[count - 1])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file of that schema, with rows in each table and both conversations, brought to the newest."""
    path = tmp_path / "bot.db"
    make(path, NAMES[: request.param])
    with closing(connect(path)) as db:
        talk(db)
    migrate(path)
    return path


def test_every_text_is_there_byte_for_byte(path: Path) -> None:
    with closing(connect(path)) as db:
        rows = db.execute("SELECT node_id, seq, kind, CAST(text AS BLOB) FROM message_parts WHERE node_id >= 100")
        kept = {node_id: (seq, kind, text.decode()) for node_id, seq, kind, text in rows}
        faults = [*db.execute("PRAGMA foreign_key_check"), *db.execute("PRAGMA integrity_check")]
    assert kept == {node_id: (0, "text", text) for node_id, text in TEXTS.items() if text}
    assert faults == [("ok",)]


async def test_every_conversation_goes_on(path: Path) -> None:
    store = await Store.open(path)
    rows = store.conversations

    async def begin(name: str, key: ConversationKey, parent: int | None = None) -> Exchange:
        exchange = await rows.begin(NewQuestion(name, key, (TextPart("next"),), 1, 99, parent), 1.0, Budget("user:6"))
        assert exchange is not None
        return exchange

    def said(nodes: tuple[Node, ...] | list[Node]) -> list[str]:
        return [node.text for node in nodes]

    before = [TEXTS[number] for number in (100, 101, 102, 103, 106, 107)]
    assert said((await begin("new", ANN)).path) == [*before, "next"]
    assert said((await begin("reply", ANN, 105)).path) == [*before[:4], "it failed", "next"]
    assert said((await begin("fresh", BOB)).path) == ["next"]
    assert said((await begin("taken up", BOB, 204)).path) == ["概要 📝", "b", "B", "next"]
    assert said(await rows.path(206)) == ["概要 📝", "b", "B", "left behind", "LEFT BEHIND"]
    assert [node.tokens for node in await rows.path(107)] == [100, 101, 102, 103, 106, 107]

    still_open = await begin("7:5", ANN)
    assert still_open == Exchange(ANN, 108, 109, has_past=True)
    assert said(await rows.path(108)) == [*before, "still open"]
    done = await begin("7:1", ANN)
    assert (done.state, done.text, done.thinking, done.model) == ("done", TEXTS[101], "嗯…", "m")
    assert (await begin("7:2", ANN)).parts == ()
    assert replace(await begin("7:3", ANN), path=()) == Exchange(ANN, 104, 105, "failed", has_past=True)

    await rows.finish(still_open, AnswerOutcome("done", (TextPart("好"),), "", "m", 1))
    assert said((await begin("after", ANN)).path) == [*before, "still open", "好", "next"]
    for number in (1, 2, 3, 4, 5):
        located = await rows.locate(-7, number)
        assert located is not None
        assert (located.node.text, located.conversation) == (TEXTS[located.node.id], ANN)
    await store.close()


def bytes_kept(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob("bot.db*"))


async def test_what_was_said_before_is_erased_to_the_last_byte(path: Path) -> None:
    assert "很长".encode() in bytes_kept(path)
    store = await Store.open(path)
    await store.erasure.forget(ANN.user_id)
    await store.erasure.forget(BOB.user_id)
    await store.close()
    kept = bytes_kept(path)
    for word in ("你好", "很长", "half an ans", "still open", "概要", "LEFT BEHIND", "嗯"):
        assert word.encode() not in kept, word


def test_the_rows_are_those_of_the_schema_before_and_no_more(tmp_path: Path) -> None:
    """What the fixtures of these tests rely on: before its step, text stood in the nodes."""
    path = tmp_path / "bot.db"
    with closing(connect(path)) as db:
        steps.apply(db, stop_before=["0016_message_parts"])
        assert "text" in {column.name for column in db["nodes"].columns}
        steps.apply(db)
        assert not {"text", "turn"} & {column.name for column in db["nodes"].columns}
