"""The registry of tables against the schema, and what is derived from it: with a row in every table there is."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database as Connection

from bot.store import Store
from bot.store.migrations import prepare
from bot.store.rules import Kept, OnForget, OnLeave, OnMigrate, TableRules
from bot.store.tables import TABLES
from tests.unit.store.table_rows import BY_NAME, NOW, RowMaker, columns, holding, stored, tables

ANN, BOB, GROUP, LARGE, OTHER = 7_310_247_115, 8_421_358_226, -5_532_469_337, -1_006_643_570_448, -9_754_681_559
DAY = 86_400.0
PERSONS = {"user_id", "author_id", "by"}
MESSAGES = {"message_id", "reply_to", "line_id"}
LISTS = {"messages": "rests_on", "people": "people"}


async def read(store: Store, work: Callable[[Connection], Any]) -> Any:
    return await store.database.run(work)


# The registry
@pytest.fixture(scope="module")
def schema() -> Iterator[Connection]:
    db = Connection(memory=True)
    prepare(db)
    yield db
    db.close()


def test_every_table_states_whose_it_is_and_nothing_is_stated_of_others(schema: Connection) -> None:
    assert sorted(tables(schema)) == sorted(table.name for table in TABLES)


def named(table: TableRules) -> set[str]:
    """The columns that a table names."""
    ages = table.kept if isinstance(table.kept, tuple) else ()
    single = {table.person, table.people, table.chat, table.subject, table.rests_on, table.voided}
    return (single - {""}) | {*table.message_ids, *table.key, *table.merge} | {age.column for age in ages}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_that_is_named_exists(schema: Connection, table: TableRules) -> None:
    assert named(table) <= columns(table.name, schema).keys()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_that_tells_of_a_person_a_chat_or_a_message_is_named(
    schema: Connection, table: TableRules
) -> None:
    there = set(columns(table.name, schema))
    assert there & PERSONS <= {table.person}
    assert there & {"chat_id"} <= {table.chat}
    assert there & MESSAGES <= set(table.message_ids)
    assert all(getattr(table, field) == name for name, field in LISTS.items() if name in there)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_rows_with_a_parent_go_with_it_by_a_foreign_key(schema: Connection, table: TableRules) -> None:
    """Or, as the words of the index, with the row they are about."""
    sql = "SELECT \"table\" FROM pragma_foreign_key_list(?) WHERE on_delete = 'CASCADE'"
    cascades = {row[0] for row in schema.execute(sql, (table.name,))}
    assert (table.kept is Kept.WITH_PARENT) == bool(table.parent)
    if table.parent and not BY_NAME[table.parent].indexed:
        assert cascades == {table.parent}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_what_is_unique_with_the_chat_is_the_key(schema: Connection, table: TableRules) -> None:
    """Or two rows could become the same when a group moves, and one of them be lost without a word."""
    owners = {table.chat, table.subject} - {""}
    for key in unique(table.name, schema):
        if key & owners and table.migrate is not OnMigrate.DELETE:
            assert key - owners == set(table.key)


def unique(name: str, db: Connection) -> list[set[str]]:
    """The sets of columns whose values no two rows share."""
    found = [{row[0] for row in db.execute("SELECT name FROM pragma_table_info(?) WHERE pk", (name,))}]
    for (index,) in db.execute('SELECT name FROM pragma_index_list(?) WHERE "unique"', (name,)).fetchall():
        found.append({row[0] for row in db.execute("SELECT name FROM pragma_index_info(?)", (index,))})
    return found


def test_what_outlives_its_owner_says_why() -> None:
    kept = [table for table in TABLES if OnForget.KEEP is table.forget or OnLeave.KEEP is table.leave]
    assert {table.name for table in kept} == {"left_out", "members", "spending"}
    assert all(table.because for table in kept)


# With a row in every table
async def filled(store: Store, *owners: tuple[int, int]) -> None:
    def fill(db: Connection) -> None:
        maker = RowMaker(db)
        for person, chat in owners:
            maker.fill(person, chat)

    await read(store, fill)
    rows = await read(store, stored)
    assert [name for name in rows if not rows[name]] == []


def bytes_kept(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("bot.db*"))


async def test_of_a_person_who_is_forgotten_everywhere_no_row_is_left(store: Store, tmp_path: Path) -> None:
    await filled(store, (ANN, ANN), (ANN, GROUP), (BOB, GROUP), (BOB, BOB))
    others = holding(await read(store, stored), BOB)
    await store.erasure.forget(ANN)
    rows = await read(store, stored)
    assert holding(rows, ANN) == {"left_out", "members", "spending"}
    assert holding(rows, BOB) == others
    await store.retention.prune(NOW + 31 * DAY, 999)
    assert holding(await read(store, stored), ANN) == {"left_out", "members"}
    for name in ("left_out", "members"):
        await read(store, lambda db, name=name: db.table(name).delete_where())  # type: ignore[misc]  # a loop's own
    await store.database.empty_log()
    kept = bytes_kept(tmp_path)
    assert ANN.to_bytes(6) not in kept
    assert str(ANN).encode() not in kept


async def test_forgotten_in_one_chat_a_person_keeps_what_is_of_others(store: Store) -> None:
    await filled(store, (ANN, GROUP), (ANN, OTHER), (ANN, ANN))
    before = await read(store, stored)
    await store.erasure.forget(ANN, GROUP)
    after = await read(store, stored)
    assert holding(after, OTHER) == holding(before, OTHER) - {"inbox"}
    for table in TABLES:
        if table.person and table.chat and table.forget in (OnForget.DELETE, OnForget.UNNAME):
            here = [row for row in after[table.name] if row[table.chat] == GROUP and row[table.person] == ANN]
            assert here == [], table.name


async def test_of_a_group_that_was_left_no_row_is_left(store: Store) -> None:
    await filled(store, (ANN, GROUP), (BOB, OTHER), (ANN, ANN))
    others = holding(await read(store, stored), OTHER)
    await store.erasure.forget_group(GROUP)
    rows = await read(store, stored)
    assert holding(rows, GROUP) == {"left_out", "members", "spending"}
    assert holding(rows, OTHER) == others
    await store.retention.prune(NOW + 31 * DAY, 999)
    assert holding(await read(store, stored), GROUP) == {"left_out", "members"}


@pytest.mark.parametrize("both", [False, True])
async def test_of_a_group_that_became_a_supergroup_all_is_the_supergroups(store: Store, both: bool) -> None:
    await filled(store, (ANN, GROUP), (BOB, OTHER), *([(ANN, LARGE)] if both else []))
    before = await read(store, stored)
    await store.supergroups.migrate(GROUP, LARGE)
    rows = await read(store, stored)
    assert holding(rows, GROUP) == set()
    dropped = {table.name for table in TABLES if table.migrate is OnMigrate.DELETE}
    assert holding(rows, LARGE) == (holding(before, GROUP) - dropped) | (holding(before, LARGE) if both else set())
    assert holding(rows, OTHER) == holding(before, OTHER)
    await store.supergroups.migrate(GROUP, LARGE)
    assert await read(store, stored) == rows


@pytest.mark.parametrize("table", [table for table in TABLES if table.message_ids], ids=lambda table: table.name)
async def test_ids_of_messages_from_before_are_no_ids_of_the_supergroup(store: Store, table: TableRules) -> None:
    await filled(store, (ANN, GROUP))
    await store.supergroups.migrate(GROUP, LARGE)
    [row] = (await read(store, stored))[table.name]
    assert all(row[column] < 1 for column in table.message_ids)


@pytest.mark.parametrize("table", [table for table in TABLES if isinstance(table.kept, tuple)], ids=lambda t: t.name)
async def test_what_has_an_age_goes_when_it_is_reached(store: Store, table: TableRules) -> None:
    assert isinstance(table.kept, tuple)
    await filled(store, (ANN, GROUP))
    if table.name == "summary_leaves":
        await read(store, lambda db: db.execute("UPDATE summary_leaves SET start = NULL").rowcount)
    longest = max(90 * DAY if age.seconds is None else age.seconds for age in table.kept)
    await store.retention.prune(NOW + longest + 1, 90)
    assert (await read(store, stored))[table.name] == []
