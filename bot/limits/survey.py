"""What the limits look like at one moment, for whoever wants to show it."""

from dataclasses import dataclass

from bot.domain.model import Metric


@dataclass(frozen=True, slots=True)
class WindowState:
    """One limit: ``limit`` is what is believed at present, ``used`` what counts against it, reservations included."""

    metric: Metric
    seconds: float
    used: float
    limit: float


@dataclass(frozen=True, slots=True)
class GateState:
    """One account and model. ``paused_for``: seconds that are left of the pause after a refusal."""

    account: str
    model: str
    windows: tuple[WindowState, ...]
    running: int
    paused_for: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many calls of one flow (``user:ID`` or ``chat:ID``) wait; not ``interactive``: behind all people."""

    flow: str
    count: int
    interactive: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """``gates``: all that were asked for since the start. ``waiting``: one for each flow and priority."""

    gates: tuple[GateState, ...]
    waiting: tuple[Waiting, ...]
