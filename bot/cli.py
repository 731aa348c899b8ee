"""The command line. Each command imports what it needs when it runs, so that none waits for what only others use."""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bot import __version__, logs
from bot.settings import Settings, SettingsError, load, missing_to_run, table

if TYPE_CHECKING:
    from bot.playground.terminal.phrases import Phrases

FINE, FAILED, SETTINGS_WRONG = 0, 1, 2
INTERRUPTED = 130  # what a shell expects of a program ended by Ctrl-C


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code. Without a command: the bot, or the playground where there is no token."""
    parser = argument_parser()
    arguments = parser.parse_args(argv)
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        return command(arguments)
    except SettingsError as error:
        print("The settings are wrong:", *error.faults, sep="\n  ", file=sys.stderr)
        return SETTINGS_WRONG
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has left, and what is still in its buffer cannot go there
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def argument_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="siliconbot",
        description="A Telegram assistant on SiliconFlow. Alone: run, or with no TELEGRAM_BOT_TOKEN the playground.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.set_defaults(command=_begin)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    run = commands.add_parser("run", help="run the bot")
    run.set_defaults(command=_run)

    playground = commands.add_parser("playground", help="the bot in the browser, with a local Telegram and SiliconFlow")
    playground.add_argument("--host", help="where it listens (default: HTTP_HOST)")
    playground.add_argument("--port", type=_port, help="its port, 0 for any free one (default: HTTP_PORT)")
    without = playground.add_mutually_exclusive_group()
    without.add_argument("--terminal", action="store_true", help="chat here instead of in the browser")
    without.add_argument(
        "--tour", action="store_true", help="play a tour of the commands, locally and free; exit 0 if all of it works"
    )
    without.add_argument(
        "--servers-only", action="store_true", help="the local Telegram and SiliconFlow alone, for a bot of your own"
    )
    playground.add_argument("--pictures", type=Path, metavar="FOLDER", help="where --terminal and --tour put pictures")
    playground.add_argument("--token", type=_token, help="the bot token that --servers-only knows")
    playground.set_defaults(command=partial(_playground, playground))

    check = commands.add_parser("check", help="say what is wrong with settings and reachability, and its mend")
    check.add_argument("--settings", action="store_true", help="print all variables with default and meaning instead")
    check.set_defaults(command=_check)

    migrate = commands.add_parser("migrate", help="bring the database to the newest schema")
    migrate.set_defaults(command=_migrate)
    return parser


def _begin(_: argparse.Namespace) -> int:
    """A newcomer without a token gets the playground; what is set for other people's eyes never becomes one."""
    settings = _load()
    if settings.telegram_bot_token is not None or not settings.local_only:
        return _run_bot(settings)
    from bot.playground import app as playground

    return playground.run(settings, settings.http_host, settings.http_port)


def _run(_: argparse.Namespace) -> int:
    return _run_bot(_load())


def _run_bot(settings: Settings) -> int:
    if faults := missing_to_run(settings):
        raise SettingsError(faults)
    from bot import app

    return app.run(settings)


def _playground(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    in_terminal = arguments.terminal or arguments.tour
    if arguments.pictures is not None and not in_terminal:
        parser.error("--pictures goes with --terminal or --tour")
    if arguments.token is not None and not arguments.servers_only:
        parser.error("--token goes with --servers-only")
    if arguments.tour:
        return _tour(arguments.pictures)
    settings = _load(quietly=in_terminal)
    if arguments.terminal:
        return _terminal(settings, arguments.pictures)
    host, port = arguments.host or settings.http_host, settings.http_port if arguments.port is None else arguments.port
    if arguments.servers_only:
        from bot.playground import servers

        return servers.run(host, port, arguments.token)
    from bot.playground import app as playground

    return playground.run(settings, host, port)


def _tour(pictures: Path | None) -> int:
    """Nothing is read of the settings, so that nothing in them can cost or break it."""
    from bot.playground import tour

    logs.configure("warning", "console", ())
    return tour.run(_phrases(), pictures)


def _terminal(settings: Settings, pictures: Path | None) -> int:
    from bot.playground.terminal import chat

    return chat.run(settings, _phrases(), pictures)


def _phrases() -> "Phrases":
    """In the language of the shell."""
    from bot.playground.terminal.phrases import Phrases
    from bot.telegram.texts import language_of

    named = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return Phrases(language_of(next(filter(None, named), None)))


def _check(arguments: argparse.Namespace) -> int:
    if arguments.settings:
        for row in table():
            print(f"{row.name:<24} {row.default or '-':<30} {row.meaning}")
        return FINE
    from bot.config_mapping import registry
    from bot.operation import check
    from bot.store.migrations import inspect

    try:
        settings = _load()
        registry(settings)  # what names a model that is none is found here
        findings = check.examine(settings, inspect)
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


def _load(*, quietly: bool = False) -> Settings:
    """``quietly``: at the level ``info`` only what is wrong is logged, for a chat is going on beside it."""
    settings = load(os.environ, Path.cwd())
    level = "warning" if quietly and settings.log_level == "info" else settings.log_level
    logs.configure(level, settings.log_format, settings.secrets)
    return settings


def _token(text: str) -> str:
    if not re.fullmatch(r"[0-9]+:[\w-]+", text, re.ASCII):
        raise argparse.ArgumentTypeError("a bot token is a number, a colon, and letters or digits")
    return text


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError(text)
    return port
