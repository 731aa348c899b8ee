"""What a browser does at the chat page, and what it is told."""

import contextlib
import json
from typing import Any

from aiohttp import ClientPayloadError, ClientResponse, ClientSession

from bot.playground.page import Page
from bot.playground.telegram import Chat, LocalTelegram, Person

TOKEN = "4200:page"
Json = dict[str, Any]


class Visit:
    """A browser at the page; ``call`` is the bot, at the other side of the local Telegram."""

    def __init__(self, telegram: LocalTelegram, page: Page, http: ClientSession) -> None:
        self.telegram = telegram
        self.page = page
        self.http = http
        self.readers: list[ClientResponse] = []
        self.url = f"http://127.0.0.1:{page.port}"
        self.world = telegram.world
        self.ann: Person = self.world.person("Ann", language="en")
        self.ming: Person = self.world.person("小明", language="zh-hans")
        self.room: Chat = self.world.private(self.ann)
        self.group: Chat = self.world.group("Friends", self.ann)

    async def call(self, method: str, **parameters: Any) -> Any:
        async with self.http.post(f"{self.telegram.url}/bot{TOKEN}/{method}", json=parameters) as answer:
            body = await answer.json()
        assert body["ok"], body
        return body["result"]

    async def state(self) -> Json:
        async with self.http.get(f"{self.url}/api/state") as answer:
            found: Json = await answer.json()
            return found

    async def chat(self, wanted: Chat) -> Json:
        """What the page shows of it."""
        [found] = [chat for chat in (await self.state())["chats"] if chat["id"] == wanted.id]
        return dict(found)

    async def news(self) -> list[Json]:
        """The updates that the bot gets, those that it has got already included."""
        return list(await self.call("getUpdates"))

    async def do(self, what: str, person: Person, chat: Chat, status: int = 200, /, **given: Any) -> Json:
        action = {"person": person.id, "chat": chat.id} | given
        async with self.http.post(f"{self.url}/api/{what}", json=action) as answer:
            assert answer.status == status, await answer.text()
            done: Json = await answer.json()
            return done

    async def events(self) -> "Events":
        """All that happens from now on."""
        response = await self.http.get(f"{self.url}/api/events")
        self.readers.append(response)
        events = Events(response)
        assert (await events.next())[0] == "state"
        return events

    def leave(self) -> None:
        for reader in self.readers:
            reader.close()


class Events:
    def __init__(self, response: ClientResponse) -> None:
        self._content = response.content

    async def next(self) -> tuple[str, Any]:
        """Raises EOFError when the page ended the stream."""
        try:
            raw = await self._content.readuntil(b"\n\n")
        except ClientPayloadError:
            raise EOFError from None
        if not raw:
            raise EOFError
        name, data = raw.decode().strip().split("\n")
        return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))

    async def last(self) -> tuple[str, Any]:
        """The last event before the page ended the stream."""
        event = await self.next()
        with contextlib.suppress(EOFError):
            while True:
                event = await self.next()
        return event
