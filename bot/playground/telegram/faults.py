"""What can go wrong on the way to Telegram and back, on demand."""

import asyncio
import json
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from bot.playground.telegram.errors import RefusedError

Json = dict[str, Any]
BAD_GATEWAY = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(slots=True, eq=False)
class Fault:
    """One rule. ``processes``: the call takes effect although its caller may not learn of it. ``given``: only of calls
    with this parameter.
    """

    method: str
    chat: int | None
    left: int | None
    processes: bool = True
    held: Literal["before", "after"] | None = None
    reset: bool = False
    status: int = 200
    text: str | None = None
    refusal: RefusedError | None = None
    result: Callable[[Any], Any] | None = None
    given: str | None = None
    released: asyncio.Event = field(default_factory=asyncio.Event)
    hits: int = 0

    def matches(self, method: str, chat: str, given: Container[str]) -> bool:
        is_call = self.method in {"*", method.lower()} and (self.given is None or self.given in given)
        return self.left != 0 and is_call and (self.chat is None or str(self.chat) == chat)

    def take(self) -> None:
        self.hits += 1
        if self.left is not None:
            self.left -= 1

    def release(self) -> None:
        """Let go the calls that are held, and those to come."""
        self.released.set()

    def answer(self, request: web.Request, body: Json | None) -> web.Response:
        """What goes back instead; ``body`` is the true answer, None when the call had no effect."""
        if self.reset and request.transport is not None:
            request.transport.abort()
        if self.text is not None:
            return web.Response(status=self.status, text=self.text, content_type="text/html")
        if self.refusal is not None:
            return reply(self.refusal.body())
        if body is not None and self.result is not None and body["ok"]:
            body = body | {"result": self.result(body["result"])}
        return reply(body or {"ok": False, "error_code": 500, "description": "Internal Server Error"})


def reply(body: Json) -> web.Response:
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(status=body.get("error_code", 200), text=text, content_type="application/json")


class Faults:
    """Rules for calls of a method (``"*"``: all), of one chat if it is given, the next ``times`` (None: until removed).

    The first rule that fits a call is used. Each constructor returns its :class:`Fault`, for ``release`` and ``hits``.
    """

    def __init__(self) -> None:
        self._rules: list[Fault] = []

    def refuse(
        self,
        method: str,
        description: str,
        *,
        code: int = 400,
        chat: int | None = None,
        times: int | None = 1,
        given: str | None = None,
    ) -> Fault:
        """Answer with this error; ``description`` is whole, "Bad Request: " and all."""
        refusal = RefusedError(code, description)
        return self._add(method, chat, times, processes=False, refusal=refusal, given=given)

    def flood(self, method: str, retry_after: int, *, chat: int | None = None, times: int | None = 1) -> Fault:
        refusal = RefusedError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
        return self._add(method, chat, times, processes=False, refusal=refusal)

    def unknown(self, method: str, *, times: int | None = None) -> Fault:
        """A server that is too old for this method."""
        return self.refuse(method, "Not Found: method not found", code=404, times=times)

    def reset(self, method: str, *, delivered: bool, chat: int | None = None, times: int | None = 1) -> Fault:
        """Cut the connection, before the call took effect or after it."""
        return self._add(method, chat, times, processes=delivered, reset=True)

    def bad_gateway(self, method: str, *, delivered: bool, chat: int | None = None, times: int | None = 1) -> Fault:
        """502 with a page of HTML."""
        return self._add(method, chat, times, processes=delivered, status=502, text=BAD_GATEWAY)

    def broken_json(self, method: str, *, chat: int | None = None, times: int | None = 1) -> Fault:
        """The call takes effect; the body of the 200 is cut off."""
        return self._add(method, chat, times, text='{"ok":true,"result":{"message_id":')

    def hold(
        self,
        method: str,
        *,
        delivered: bool,
        chat: int | None = None,
        times: int | None = 1,
        given: str | None = None,
    ) -> Fault:
        """Keep the caller waiting until :meth:`Fault.release`, before the call takes effect or after it.

        A caller that gives up while held before the effect ends the call without one.
        """
        return self._add(method, chat, times, held="after" if delivered else "before", given=given)

    def minimal(self, method: str, *, chat: int | None = None, times: int | None = None) -> Fault:
        """Results shrink to ``{"message_id": n}``."""
        return self._add(method, chat, times, result=lambda result: {"message_id": result.get("message_id", 0)})

    def only_true(self, method: str, *, chat: int | None = None, times: int | None = None) -> Fault:
        """Results become ``true``."""
        return self._add(method, chat, times, result=lambda _: True)

    def remove(self, fault: Fault) -> None:
        fault.release()
        self._rules.remove(fault)

    def clear(self) -> None:
        for fault in tuple(self._rules):
            self.remove(fault)

    def take(self, method: str, chat: str, given: Container[str]) -> Fault | None:
        for rule in self._rules:
            if rule.matches(method, chat, given):
                rule.take()
                return rule
        return None

    def _add(self, method: str, chat: int | None, times: int | None, **effect: Any) -> Fault:
        fault = Fault(method.lower(), chat, times, **effect)
        self._rules.append(fault)
        return fault
