"""The command line. Each command imports what it needs when it runs, so that none waits for what only others use."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bot import __version__, logs
from bot.settings import Settings, SettingsError, load, missing_to_run, table

FINE, FAILED, SETTINGS_WRONG = 0, 1, 2
INTERRUPTED = 130  # what a shell expects of a program ended by Ctrl-C


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code. Without a command: the help."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.command is None:
        parser.print_help()
        return FINE
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        return command(arguments)
    except SettingsError as error:
        print("The settings are wrong:", *error.faults, sep="\n  ", file=sys.stderr)
        return SETTINGS_WRONG
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="siliconbot", description="A Telegram assistant on SiliconFlow.")
    parser.add_argument("--version", action="version", version=__version__)
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    run = commands.add_parser("run", help="run the bot; with no TELEGRAM_BOT_TOKEN the playground")
    run.set_defaults(command=_run)

    playground = commands.add_parser("playground", help="the bot in the browser, with a local Telegram and SiliconFlow")
    playground.add_argument("--host", help="where it listens (default: HTTP_HOST)")
    playground.add_argument("--port", type=_port, help="its port, 0 for any free one (default: HTTP_PORT)")
    playground.set_defaults(command=_playground)

    check = commands.add_parser("check", help="say what is wrong with settings and reachability, and its mend")
    check.add_argument("--settings", action="store_true", help="print all variables with default and meaning instead")
    check.set_defaults(command=_check)

    migrate = commands.add_parser("migrate", help="bring the database to the newest schema")
    migrate.set_defaults(command=_migrate)
    return parser


def _run(_: argparse.Namespace) -> int:
    settings = _load()
    if settings.telegram_bot_token is None:
        from bot.playground import app as playground

        return playground.run(settings, settings.http_host, settings.http_port)
    if faults := missing_to_run(settings):
        raise SettingsError(faults)
    from bot import app

    return app.run(settings)


def _playground(arguments: argparse.Namespace) -> int:
    settings = _load()
    from bot.playground import app as playground

    port = settings.http_port if arguments.port is None else arguments.port
    return playground.run(settings, arguments.host or settings.http_host, port)


def _check(arguments: argparse.Namespace) -> int:
    if arguments.settings:
        for row in table():
            print(f"{row.name:<24} {row.default or '-':<30} {row.meaning}")
        return FINE
    from bot import check

    try:
        findings = check.examine(_load())
    except SettingsError as error:
        findings = list(check.of_faults(error.faults))
    print(*findings, sep="\n")
    return FAILED if any(finding.level == "fail" for finding in findings) else FINE


def _migrate(_: argparse.Namespace) -> int:
    settings = _load()
    from bot.store import NewerDatabase, migrate

    try:
        applied = migrate(settings.database)
    except (NewerDatabase, OSError) as error:
        print(f"{settings.database}: {error}", file=sys.stderr)
        return FAILED
    print(f"{settings.database}: {'applied ' + ', '.join(applied) if applied else 'already at the newest schema'}")
    return FINE


def _load() -> Settings:
    settings = load(os.environ, Path.cwd())
    logs.configure(settings.log_level, settings.log_format, settings.secrets)
    return settings


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError(text)
    return port
