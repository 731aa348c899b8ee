"""The base of every repository: operations written once, as functions of the connection, and run on the store's thread.

    class PermitRepository(Repository):
        @transaction
        def recent(self, db: Connection, since: float) -> list[PermitRow]: ...

    rows = await permits.recent(since)

Callers leave the connection out and await the result. Operations of one repository call each other's SQL through plain
functions of the connection, never through a decorated operation.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, overload

from sqlite_utils.db import Database as Connection

from bot.store.database import Database

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound="Repository")


class Repository:
    """Operations on one open database."""

    def __init__(self, database: Database) -> None:
        self._database = database


@overload
def transaction(
    operation: Callable[Concatenate[R, Connection, P], T], /
) -> Callable[Concatenate[R, P], Awaitable[T]]: ...


@overload
def transaction(
    *, durable: bool = False, ignores_deferred: bool = False
) -> Callable[[Callable[Concatenate[R, Connection, P], T]], Callable[Concatenate[R, P], Awaitable[T]]]: ...


def transaction(
    operation: Callable[Concatenate[R, Connection, P], T] | None = None,
    /,
    *,
    durable: bool = False,
    ignores_deferred: bool = False,
) -> (
    Callable[Concatenate[R, P], Awaitable[T]]
    | Callable[[Callable[Concatenate[R, Connection, P], T]], Callable[Concatenate[R, P], Awaitable[T]]]
):
    """An awaited operation: submitted when it is called, its result given once it is committed.

    ``durable`` and ``ignores_deferred`` as of :meth:`bot.store.database.Database.run`.
    """

    def decorate(function: Callable[Concatenate[R, Connection, P], T]) -> Callable[Concatenate[R, P], Awaitable[T]]:
        @wraps(function)
        def call(self: R, /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
            return self._database.run(
                lambda db: function(self, db, *args, **kwargs), durable=durable, ignores_deferred=ignores_deferred
            )

        return call

    return decorate if operation is None else decorate(operation)


def submitted(
    *, durable: bool = False, deferred: bool = False
) -> Callable[[Callable[Concatenate[R, Connection, P], object]], Callable[Concatenate[R, P], None]]:
    """An operation that nobody waits for; a failure of it is logged.

    ``deferred``: it may be lost with the process, and waits a moment to be committed with others of its kind.
    """

    def decorate(function: Callable[Concatenate[R, Connection, P], object]) -> Callable[Concatenate[R, P], None]:
        @wraps(function)
        def call(self: R, /, *args: P.args, **kwargs: P.kwargs) -> None:
            submit = self._database.submit_deferred if deferred else self._database.submit
            submit(lambda db: function(self, db, *args, **kwargs), durable=durable)

        return call

    return decorate
