"""Faults of what is local, to be switched on and off by hand. The oldest that is on strikes first."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Final

from bot.domain.model import Metric
from bot.playground.siliconflow import LocalSiliconFlow, Quirks, Speed, refusals
from bot.playground.siliconflow.faults import Fault
from bot.playground.telegram import LocalTelegram

_SLOW: Final = Speed(to_first=6.0, per_second=6, chunk=2)
_FLOOD_SECONDS: Final = 5
_SENDING: Final = (
    *("sendMessage", "sendRichMessage", "sendMessageDraft", "sendRichMessageDraft", "sendChatAction"),
    *("sendPhoto", "sendDocument", "sendMediaGroup", "editMessageText", "editMessageMedia", "editMessageReplyMarkup"),
)
_RICH: Final = ("sendRichMessage", "sendRichMessageDraft")
_EMPTY: Final = "Bad Request: message text is empty"

TurnOn = Callable[[ExitStack], None]
"""Switches something on, and leaves in the stack what switches it off."""


class Switches:
    """``siliconflow`` None: a real provider answers, and cannot be broken."""

    def __init__(self, telegram: LocalTelegram, siliconflow: LocalSiliconFlow | None) -> None:
        self._known: dict[str, TurnOn] = {} if siliconflow is None else dict(_of_siliconflow(siliconflow))
        self._known |= _of_telegram(telegram)
        self._on: dict[str, ExitStack] = {}

    @property
    def state(self) -> dict[str, bool]:
        """Every switch there is, by its name, and whether it is on."""
        return {name: name in self._on for name in self._known}

    def turn(self, name: str, *, on: bool) -> None:
        """Raises LookupError for a switch that does not exist."""
        turn_on = self._known[name]
        if not on and name in self._on:
            self._on.pop(name).close()
        elif on and name not in self._on:
            self._on[name] = ExitStack()
            turn_on(self._on[name])


def _of_siliconflow(siliconflow: LocalSiliconFlow) -> Mapping[str, TurnOn]:
    def fail(fault: Fault, stack: ExitStack) -> None:
        stack.callback(siliconflow.faults.remove, siliconflow.faults.add(fault, times=None))

    def silence(stack: ExitStack) -> None:
        release = asyncio.Event()
        stack.callback(release.set)
        fail(Quirks(hold_after=0, release=release), stack)

    def slow(stack: ExitStack) -> None:
        stack.callback(siliconflow.pace, siliconflow.pace(_SLOW))

    def limit(metric: Metric, count: int, stack: ExitStack) -> None:
        siliconflow.meter.ceiling[metric] = count
        stack.callback(siliconflow.meter.ceiling.pop, metric)

    return {
        "upstream_overloaded": partial(fail, refusals.OVERLOADED),
        "upstream_3_a_second": partial(limit, "rps", 3),
        "upstream_4_a_minute": partial(limit, "rpm", 4),
        "upstream_no_balance": partial(fail, refusals.NO_BALANCE),
        "upstream_key_refused": partial(fail, refusals.UNKNOWN_KEY),
        "upstream_cut": partial(fail, Quirks(cut_after=12)),
        "upstream_silent": silence,
        "upstream_slow": slow,
    }


def _of_telegram(telegram: LocalTelegram) -> Mapping[str, TurnOn]:
    faults = telegram.faults

    def flood(stack: ExitStack) -> None:
        for method in _SENDING:
            stack.callback(faults.remove, faults.flood(method, _FLOOD_SECONDS, times=None))

    def bad_gateway(stack: ExitStack) -> None:
        stack.callback(faults.remove, faults.bad_gateway("*", delivered=False, times=None))

    def cut(stack: ExitStack) -> None:
        for method in _SENDING:
            stack.callback(faults.remove, faults.reset(method, delivered=True, times=None))

    def old_server(stack: ExitStack) -> None:
        for method in _RICH:
            stack.callback(faults.remove, faults.unknown(method))
        # It does not know the parameter, and so finds no text.
        empty = faults.refuse("editMessageText", _EMPTY, times=None, given="rich_message")
        stack.callback(faults.remove, empty)

    return {
        "telegram_flood": flood,
        "telegram_bad_gateway": bad_gateway,
        "telegram_cut": cut,
        "telegram_old": old_server,
    }
