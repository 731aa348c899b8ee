"""The schema, from nothing and from every earlier state of it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.db import Database as Connection

from bot.domain.conversation import ConversationKey
from bot.domain.delivery import DeliveryKey, DeliveryRecord
from bot.store import NewerDatabase, Store, migrate
from bot.store.database import connect
from bot.store.migrations import prepare, steps

NAMES = [step.name for step in steps.pending(Database(memory=True))]

ROWS = {
    "0001_inbox": "INSERT INTO inbox (bot_id, update_id, body, received) VALUES (1, 7, '{\"update_id\": 7}', 1.0)",
    "0002_conversations": (
        "INSERT INTO conversations (id, chat_id, topic_id, user_id) VALUES (1, 5, 0, 5);"
        "INSERT INTO nodes (id, conversation_id, kind, state, text, chat_id, message_id, at)"
        " VALUES (1, 1, 'question', 'done', 'why?', 5, 40, 1.0);"
        "INSERT INTO nodes (id, conversation_id, parent_id, kind, state, turn, text, at)"
        " VALUES (2, 1, 1, 'answer', 'done', '1:7', 'because', 1.0);"
        "UPDATE conversations SET tip = 2"
    ),
    "0003_parts": (
        "INSERT INTO parts (answer_id, seq, chat_id, message_id, state)"
        " VALUES (2, 0, 5, 41, 'sent'), (2, 1, 5, NULL, 'unknown')"
    ),
    "0004_people": (
        "INSERT INTO people (user_id, language) VALUES (5, 'en');"
        "INSERT INTO question_counts (user_id, day, questions) VALUES (5, '1970-01-01', 3)"
    ),
    "0005_grants": "INSERT INTO grants (id, at, account, model, tokens, pictures) VALUES ('g', 1.0, 'a', 'm', 9, 0)",
    "0006_ledger": (
        "INSERT INTO members (id, allowed, role) VALUES (5, 1, 'user');"
        "INSERT INTO notices (name) VALUES ('full');"
        "INSERT INTO calls (at, user_id, chat_id, subject, purpose, model, outcome)"
        " VALUES (1.0, 5, 5, 'user:5', 'question', 'm', 'done')"
    ),
    "0007_pictures": (
        "INSERT INTO drawings (id, turn, chat_id, topic_id, user_id, words, improve, at)"
        " VALUES (1, '1:8', 5, 0, 5, 'a cat', 0, 1.0);"
        "INSERT INTO pictures (id, drawing_id, recipe) VALUES (1, 1, '{}');"
        "INSERT INTO picture_messages (chat_id, message_id, picture_id, shows) VALUES (5, 42, 1, 'picture')"
    ),
    "0008_archive": (
        "INSERT INTO group_messages (chat_id, message_id, topic_id, author_id, author, username, at, kind, text)"
        " VALUES (-9, 1, 0, 5, 'Ann', '', 1.0, 'text', 'hello');"
        "INSERT INTO group_words (rowid, chat, words) VALUES (1, 'c9', 'hello');"
        "INSERT INTO summary_askers (chat_id, user_id, at) VALUES (-9, 5, 1.0)"
    ),
    "0009_digests": (
        "INSERT INTO digests (chat_id, topic_id, username, clock, days, zone, pinned, by, language, next_due)"
        " VALUES (-9, 0, '', '21:00', '0', 'Europe/Berlin', 0, 5, 'en', 1.0)"
    ),
    "0010_group_zones": "INSERT INTO group_zones (chat_id, zone) VALUES (-8, 'UTC')",
    "0011_open_loops": (
        "INSERT INTO open_loops (chat_id, topic_id, text, messages, people, rounds)"
        " VALUES (-9, 0, '{}', '[1]', '[5]', 0)"
    ),
    "0012_pending_summaries": (
        "INSERT INTO pending_summaries (name, user_id, chat_id, at, body, messages)"
        " VALUES ('n', 5, -9, 1.0, '{}', '[1]');"
        "INSERT INTO private_summaries_off (chat_id) VALUES (-9)"
    ),
    "0013_summary_index": (
        "INSERT INTO nodes (id, conversation_id, parent_id, kind, state, text, at)"
        " VALUES (3, 1, 2, 'summary', 'done', 'in short', 1.0)"
    ),
    "0014_asked_topics": "INSERT INTO summary_askers (chat_id, user_id, topic_id, at) VALUES (-9, 5, 3, 1.0)",
    "0015_numbered_nodes": (
        "INSERT INTO nodes (conversation_id, parent_id, kind, state, text, at)"
        " VALUES (1, 2, 'question', 'done', 'and then?', 2.0)"
    ),
    "0016_message_parts": (
        "INSERT INTO message_parts (node_id, seq, kind, text, name, media_type, telegram_file_id, width, height)"
        " VALUES (1, 1, 'picture', 'a cat', 'cat.png', 'image/png', 'abc', 640, 480)"
    ),
    "0017_deliveries": (
        "INSERT INTO deliveries (kind, name, chat_id, user_id, source_chat_id, body, at)"
        " VALUES ('summary', '1:9', 5, 5, -9, '{}', 1.0);"
        "INSERT INTO delivery_records (delivery_id, seq, chat_id, state)"
        " SELECT max(id), 0, 5, 'attempting' FROM deliveries"
    ),
    "0018_refused_parameters": "INSERT INTO refused_parameters VALUES ('home', 'llama', 'temperature', '', 'e1')",
}


def schema(path: Path) -> list[tuple[str, str]]:
    with closing(connect(path)) as db:
        rows = db.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '_sqlite%' ORDER BY name").fetchall()
        return [(name, sql) for name, sql in rows]


def make(path: Path, released: list[str]) -> None:
    """The file as the version left it whose steps these are, with rows in each of its tables."""
    with closing(connect(path)) as db:
        for number, name in enumerate(released, 1):
            steps.apply(db, stop_before=NAMES[number:])
            db.conn.executescript(ROWS[name])


def test_a_blank_file_gets_every_step(tmp_path: Path) -> None:
    assert migrate(tmp_path / "bot.db") == NAMES


def test_migrating_once_more_does_nothing(tmp_path: Path) -> None:
    migrate(tmp_path / "bot.db")
    before = schema(tmp_path / "bot.db")
    assert migrate(tmp_path / "bot.db") == []
    assert schema(tmp_path / "bot.db") == before


def test_every_step_has_rows_to_be_tested_with() -> None:
    assert list(ROWS) == NAMES


@pytest.mark.parametrize("count", range(len(NAMES)))
async def test_every_earlier_schema_is_migrated_with_its_rows(tmp_path: Path, count: int) -> None:
    path = tmp_path / "bot.db"
    make(path, NAMES[:count])
    assert migrate(path) == NAMES[count:]
    migrate(tmp_path / "blank.db")
    assert schema(path) == schema(tmp_path / "blank.db")
    store = await Store.open(path)
    unfinished = [update.update_id for update in await store.inbox.unfinished(1)]
    located = await store.conversations.locate(5, 40)
    used = await store.quotas.used("user:5", at=1.0)
    digest = await store.digests.get(-9)
    path_to_answer = [node.text for node in await store.conversations.path(2)] if count >= 2 else []
    records = await store.deliveries.of(DeliveryKey.of_answer(2))
    answer = await store.conversations.locate(5, 41)
    await store.close()
    assert unfinished == ([7] if count >= 1 else [])
    assert (located.conversation if located else None) == (ConversationKey(5, 0, 5) if count >= 2 else None)
    assert path_to_answer == ([] if count < 2 else ["why?", "because"] if count < 13 else ["in short"])
    assert used.today.questions == (3 if count >= 4 else 0)
    assert records == ([DeliveryRecord(0, 41, "sent"), DeliveryRecord(1, None, "unknown")] if count >= 3 else [])
    assert (answer.node.text if answer else None) == ("because" if count >= 3 else None)
    assert (digest.zone if digest else None) == ("Europe/Berlin" if count >= 9 else None)


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    migrate(path)
    with closing(connect(path)) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('siliconbot', '9999_future', '')"
        )
    before = path.read_bytes()
    with pytest.raises(NewerDatabase, match="9999_future"):
        migrate(path)
    assert path.read_bytes() == before


async def test_a_newer_database_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    with closing(connect(path)) as db:
        steps.ensure_migrations_table(db)
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('siliconbot', '9999_future', '')"
        )
    with pytest.raises(NewerDatabase):
        await Store.open(path)


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    with closing(connect(path)) as db:
        db.execute("CREATE TABLE notices (id)")  # in the way of a later step
        with pytest.raises(Exception, match="already exists"):
            prepare(db)
        assert db.table_names() == ["notices"]


def test_processes_that_start_at_once_all_succeed(tmp_path: Path) -> None:
    """Each has a connection of its own, which is all that SQLite's locks know of processes within one machine."""
    for trial in range(15):
        path, start = tmp_path / f"{trial}.db", threading.Barrier(4)

        def run(path: Path, start: threading.Barrier) -> list[str]:
            start.wait(10)
            return migrate(path)

        with ThreadPoolExecutor(4) as pool:
            runs = [pool.submit(run, path, start) for _ in range(4)]
        assert sorted(run.result() for run in runs) == [[], [], [], NAMES]


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("secure_delete", 1), ("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 1), ("busy_timeout", 5000)],
)
def test_settings_that_all_rely_on(tmp_path: Path, pragma: str, value: object) -> None:
    with closing(connect(tmp_path / "bot.db")) as db:
        assert db.execute(f"PRAGMA {pragma}").fetchone()[0] == value


def test_no_reference_dangles_after_the_steps(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    make(path, NAMES)

    def faults(db: Connection) -> list[object]:
        return [*db.execute("PRAGMA foreign_key_check"), *db.execute("PRAGMA integrity_check")]

    with closing(connect(path)) as db:
        assert faults(db) == [("ok",)]


async def test_counts_of_an_older_version_are_carried_over(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "bot.db")) as db:
        steps.apply(db, stop_before=[name for name in NAMES if name >= "0006"])
        db.conn.executescript(
            "INSERT INTO question_counts VALUES (5, '2027-01-15', 4);"
            "INSERT INTO conversations (id, chat_id, topic_id, user_id) VALUES (1, -7, 0, 5);"
            "INSERT INTO nodes (id, conversation_id, kind, state, turn, at) VALUES (1, 1, 'answer', 'open', 't', 1.0)"
        )
        prepare(db)
        assert db.execute("SELECT counted FROM nodes").fetchall() == [("user:5",)]
    store = await Store.open(tmp_path / "bot.db")
    used = await store.quotas.used("user:5", 1_800_014_400.0)  # 2027-01-15 12:00 UTC
    await store.close()
    assert used.today.questions == 4


async def test_an_answers_records_go_with_it_in_a_migrated_file_too(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    make(path, NAMES[:4])
    store = await Store.open(path)
    await store.erasure.forget(5)
    left = await store.database.run(lambda db: [db["deliveries"].count, db["delivery_records"].count])
    await store.close()
    assert left == [0, 0]
