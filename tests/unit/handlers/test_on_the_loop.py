"""aiogram runs what is no coroutine in a thread: nothing of ours may need one."""

from collections.abc import Iterator

from aiogram import Router
from aiogram.dispatcher.event.handler import CallableObject

from handlers import ROUTERS


def called_by(router: Router) -> Iterator[tuple[str, CallableObject]]:
    """Every handler, and every filter of one."""
    for each in router.chain_tail:
        for kind, observer in each.observers.items():
            for handler in observer.handlers:
                place = f"{each.name}, {kind}, {handler.callback.__name__}"
                yield place, handler
                yield from ((f"a filter of {place}", condition) for condition in handler.filters or ())


def test_no_handler_and_no_filter_is_run_in_a_thread() -> None:
    called = [found for make in ROUTERS for found in called_by(make())]
    assert len(called) > 60
    assert [name for name, each in called if not each.awaitable] == []
