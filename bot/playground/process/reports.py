"""What the bot's process tells the playground: values, one line of JSON each."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from bot.ratelimit.scheduler import LimiterSnapshot


@dataclass(frozen=True, slots=True)
class Ready:
    """The bot is put together: what was left over goes on, and new updates are fetched."""

    kind: Literal["ready"] = "ready"


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the context; ``tokens`` are estimated."""

    role: str
    text: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A call to a provider begins. ``number`` counts within one run; ``at``: Unix seconds; ``size``: of the body, in
    bytes; ``earlier``: how many messages are left out in front of ``messages``; ``rest``: what else the body holds.
    """

    number: int
    at: float
    method: str
    address: str
    model: str
    size: int
    messages: tuple[Said, ...]
    earlier: int
    rest: dict[str, Any]
    kind: Literal["asked"] = "asked"


@dataclass(frozen=True, slots=True)
class Answered:
    """The call ``number`` is over. ``status`` None: there was no answer, and ``error`` says why. ``first_ms``: until
    the first byte of the body. ``end``: the body came whole, the bot left it, or it broke.
    """

    number: int
    status: int | None
    first_ms: float | None
    ms: float
    end: Literal["whole", "left", "broken"]
    text: str
    thinking: str
    usage: dict[str, Any]
    error: str
    kind: Literal["answered"] = "answered"


@dataclass(frozen=True, slots=True)
class Limits:
    snapshot: LimiterSnapshot
    kind: Literal["limits"] = "limits"


Report = Ready | Asked | Answered | Limits
_REPORT: TypeAdapter[Report] = TypeAdapter(Annotated[Report, Field(discriminator="kind")])


def encoded(report: Report) -> bytes:
    return _REPORT.dump_json(report) + b"\n"


def decoded(line: bytes) -> Report:
    """Raises ValueError for what is no report."""
    return _REPORT.validate_json(line)
