"""What can be looked at without the network: the settings and the database."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.check.finding import Finding
from bot.settings import Fault, Settings, missing_to_run
from bot.store.database import connect
from bot.store.migrations import steps

_SOUND_SQLITE = (3, 51, 3)  # 3.7.0 to 3.51.2 can damage a file in WAL mode, https://sqlite.org/wal.html#walresetbug


def of_faults(faults: Iterable[Fault]) -> Iterator[Finding]:
    for fault in faults:
        yield Finding("fail", fault.name, f"{fault.wrong}. {fault.mend}.")


def of_settings(settings: Settings) -> Iterator[Finding]:
    if settings.telegram_bot_token is not None:
        yield from of_faults(missing_to_run(settings))
    for name in settings.unknown:
        yield Finding("warn", name, "has no effect: there is no such setting. `check --settings` lists all.")
    if settings.open_to_all:
        yield Finding(
            "warn", "BOT_ALLOWED_IDS", "is empty: anybody may use the bot. Name users and chats, or an owner."
        )
    for path in (settings.directory / ".env", settings.directory / settings.bot_config):
        if path.exists() and path.stat().st_mode & stat.S_IROTH:
            yield Finding(
                "warn", path.name, f"may hold keys and everybody on this machine can read it: chmod 600 {path}"
            )
    yield Finding("ok", "settings", "were read.")


def of_database(path: Path) -> Iterator[Finding]:
    blank = connect(Path(":memory:"))
    known = [step.name for step in steps.pending(blank)]
    yield _engine(blank.execute("SELECT sqlite_version()").fetchone()[0])
    blank.close()
    if path.exists():
        yield _file(path, known)
    else:
        yield _folder(next(folder for folder in path.parents if folder.exists()))


def _engine(version: str) -> Finding:
    if tuple(map(int, version.split("."))) < _SOUND_SQLITE:
        return Finding("warn", "SQLite", f"{version} can damage a database under load. Install pysqlite3, or 3.51.3.")
    return Finding("ok", "SQLite", f"is version {version}.")


def _folder(folder: Path) -> Finding:
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Finding("ok", "database", "is not there yet; the first start makes it.")
    return Finding(
        "fail", "database", f"cannot be made in {folder}. Let the bot's user write there, or change DATABASE_URL."
    )


def _file(path: Path, known: list[str]) -> Finding:
    connection = connect(path)
    try:
        connection.execute("BEGIN IMMEDIATE")  # refused where the file cannot be written
        connection.execute("ROLLBACK")
        applied = [step.name for step in steps.applied(connection)]
    finally:
        connection.close()
    if newer := sorted(set(applied) - set(known)):
        return Finding("fail", "database", f"is newer than this program ({', '.join(newer)}). Update the program.")
    if pending := [name for name in known if name not in applied]:
        return Finding(
            "ok", "database", f"will be brought to the newest schema by the next start ({', '.join(pending)})."
        )
    return Finding("ok", "database", f"is at the newest schema ({known[-1]}).")
