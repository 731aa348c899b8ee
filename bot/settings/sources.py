"""The files that settings stand in. What is wrong with one is added to ``faults``, and reading goes on."""

import tomllib
from pathlib import Path

from dotenv.parser import parse_stream
from pydantic import ValidationError

from bot.settings.faults import Fault, in_file
from bot.settings.file import BotFile


def read_dotenv(path: Path, faults: list[Fault]) -> dict[str, str]:
    """The assignments of a `.env`, nothing expanded; empty where the file is not there or cannot be used."""
    try:
        with path.open(encoding="utf-8") as lines:
            bindings = list(parse_stream(lines))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        faults.append(_unreadable(path.name, error))
        return {}
    for binding in bindings:
        if binding.error or (binding.key is not None and binding.value is None):
            line = binding.original.line
            faults.append(Fault(path.name, f"holds no assignment in line {line}", "Write NAME=value"))
    return {binding.key: binding.value for binding in bindings if binding.key and binding.value is not None}


def read_bot_file(path: Path, faults: list[Fault], *, named: bool) -> BotFile:
    """What `bot.toml` holds; nothing where it cannot be used. ``named``: the operator set BOT_CONFIG."""
    try:
        return BotFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except FileNotFoundError:
        if named:
            faults.append(Fault("BOT_CONFIG", "names a file that does not exist", "Correct its path, or unset it"))
    except tomllib.TOMLDecodeError as error:
        faults.append(Fault(path.name, "is not TOML", f"Correct this: {error}"))
    except ValidationError as error:
        faults += in_file(error, path.name, BotFile)
    except (OSError, ValueError) as error:
        faults.append(_unreadable("BOT_CONFIG" if named else path.name, error))
    return BotFile()


def _unreadable(name: str, error: OSError | ValueError) -> Fault:
    if isinstance(error, OSError):
        return Fault(name, f"cannot be read ({error.strerror})", "Let the user who runs the bot read it")
    return Fault(name, "is not UTF-8", "Save it as UTF-8")
