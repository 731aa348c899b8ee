"""`check`: what is wrong with configuration and reachability, and how to mend it, one line each."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from bot.clock import Clock, SystemClock
from bot.domain.database_state import DatabaseState
from bot.logs import Redactor
from bot.operation.connectivity import Fetch, Finding, Reply, accounts, fetch, of_account, of_telegram
from bot.settings import Fault, Settings, missing_to_run

Inspect = Callable[[Path], DatabaseState]

_SOUND_SQLITE = (3, 51, 3)  # 3.7.0 to 3.51.2 can damage a file in WAL mode, https://sqlite.org/wal.html#walresetbug

SKEW_SECONDS = 30
_NAMED = 4  # files of one kind at most


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


def of_database(path: Path, inspect: Inspect) -> Iterator[Finding]:
    state = inspect(path)
    yield _engine(state.engine)
    yield _file(state) if state.exists else _folder(next(folder for folder in path.parents if folder.exists()))
    if state.exposed:
        yield _exposed(state.exposed)


def _engine(version: str) -> Finding:
    if tuple(map(int, version.split("."))) < _SOUND_SQLITE:
        return Finding("warn", "SQLite", f"{version} can damage a database under load. Install pysqlite3, or 3.51.3.")
    return Finding("ok", "SQLite", f"is version {version}.")


def _exposed(files: Sequence[Path]) -> Finding:
    """The next start mends it as well, where it may."""
    names = " ".join(str(file) for file in files[:_NAMED])
    more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
    return Finding("warn", "database", f"may be read by others on this machine: chmod 600 {names}{more}")


def _folder(folder: Path) -> Finding:
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Finding("ok", "database", "is not there yet; the first start makes it.")
    return Finding(
        "fail", "database", f"cannot be made in {folder}. Let the bot's user write there, or change DATABASE_URL."
    )


def _file(state: DatabaseState) -> Finding:
    if state.unknown:
        newer = ", ".join(state.unknown)
        return Finding("fail", "database", f"is newer than this program ({newer}). Update the program.")
    if state.pending:
        pending = ", ".join(state.pending)
        return Finding("ok", "database", f"will be brought to the newest schema by the next start ({pending}).")
    return Finding("ok", "database", f"is at the newest schema ({state.newest}).")


__all__ = ["Finding", "examine", "of_faults"]

Probe = tuple[str, Callable[[], Iterable[Finding]]]


def examine(settings: Settings, inspect: Inspect, fetch: Fetch = fetch, clock: Clock | None = None) -> list[Finding]:
    """The whole report, always in the same order; no secret of the settings stands in it.

    ``inspect``: finds out what state the database is in.
    """
    clock = clock or SystemClock()
    skews: list[float] = []

    def timed(url: str, headers: Mapping[str, str]) -> Reply:
        reply = fetch(url, headers)
        if reply.sent is not None:
            skews.append(clock.now() - reply.sent)
        return reply

    probes: list[Probe] = [
        ("settings", lambda: of_settings(settings)),
        ("DATABASE_URL", lambda: of_database(settings.database, inspect)),
        ("TELEGRAM_API_URL", lambda: of_telegram(settings, timed)),
        *((account.subject, partial(of_account, account, timed)) for account in accounts(settings)),
    ]
    with ThreadPoolExecutor(max_workers=len(probes)) as pool:
        findings = [finding for report in pool.map(_run, probes) for finding in report]
    findings += _clock(skews)
    redact = Redactor(settings.secrets)
    return [Finding(found.level, found.subject, redact(found.text)) for found in findings]


def _run(probe: Probe) -> list[Finding]:
    subject, look = probe
    try:
        return list(look())
    except Exception as error:  # noqa: BLE001 - what stops a probe would stop the bot as well: it is a finding
        return [Finding("fail", subject, f"could not be looked at: {str(error) or type(error).__name__}.")]


def _clock(skews: Sequence[float]) -> list[Finding]:
    """The least difference counts: a slow answer only adds to it."""
    if not skews:
        return []
    skew = min(skews, key=abs)
    if abs(skew) <= SKEW_SECONDS:
        return [Finding("ok", "clock", "agrees with the servers.")]
    return [Finding("warn", "clock", f"is {abs(skew):.0f} s {'fast' if skew > 0 else 'slow'}. Set it by NTP.")]
