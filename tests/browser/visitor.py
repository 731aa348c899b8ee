"""Somebody at the chat page, in a browser."""

import re
from collections.abc import Iterable
from typing import Any, Protocol

from playwright.async_api import ConsoleMessage, Error, FilePayload, Locator, Page, Request, ViewportSize, expect

DESK = ViewportSize(width=1100, height=800)
PHONE = ViewportSize(width=390, height=780)

# Sums up by how much of the window things were moved by anything but the person, as browsers measure it.
_WATCH_SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
"""


class Visitor:
    """What one sees there and does. ``faults``: what no visit may leave behind."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.faults: list[str] = []
        self._address = address
        self.text = page.locator("#text")
        self.rows = page.locator("#messages .row")
        self.answers = page.locator('#messages .row[aria-label^="SiliconBot, "]')
        self.draft = page.locator("#draft .row")
        self.toasts = page.locator("#toasts")
        page.on("console", self._hear)
        page.on("pageerror", self._fail)
        page.on("request", self._notice)

    async def arrive(self) -> None:
        await self.page.add_init_script(_WATCH_SHIFTS)
        await self.page.goto(self._address)
        await expect(self.page.locator("#chats button")).not_to_have_count(0)

    async def be(self, name: str) -> None:
        await self.page.locator("#people button", has_text=re.compile(f"{name}$")).click()

    async def enter(self, title: str) -> None:
        """A chat of the list."""
        chats = self.page.locator("#chats button")
        await chats.filter(has=self.page.locator("strong", has_text=title)).click()
        await expect(self.page.locator("#title")).to_contain_text(title)

    async def say(self, text: str) -> None:
        await self.text.fill(text)
        await self.text.press("Enter")
        await expect(self.text).to_have_value("")

    async def answered(self, text: str) -> Locator:
        """The row that the bot answered it in, once no answer grows any more."""
        before = await self.answers.count()
        await self.say(text)
        await expect(self.answers.nth(before)).to_be_visible()
        await expect(self.draft).to_have_count(0)
        return self.answers.nth(before)

    async def shifted(self) -> float:
        """Since the page was opened: 0 for nothing, 1 for about the whole window by its whole height."""
        return float(await self.page.evaluate("window.shifted"))

    async def choose(self, row: Locator, action: str) -> None:
        """In the menu of a message."""
        await row.hover()
        await row.locator(".more").click()
        await self.page.locator(f"#menu .{action}").click()

    async def attach(self, pictures: Iterable[tuple[str, bytes]]) -> None:
        """By their names and what is in them, to be sent with what is said next."""
        files = [FilePayload(name=name, mimeType="image/png", buffer=data) for name, data in pictures]
        await self.page.locator("#files").set_input_files(files)
        await expect(self.page.locator("#pictures canvas")).to_have_count(len(files))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"the console says: {message.text}")

    def _fail(self, error: Error) -> None:
        self.faults.append(f"a script failed: {error}")

    def _notice(self, request: Request) -> None:
        if not request.url.startswith((f"{self._address}/", "data:")):
            self.faults.append(f"asked for from elsewhere: {request.url}")


class Arrive(Protocol):
    """Opens the page at an address, in a browser of such a ``kind`` as Playwright's ``new_context`` takes it."""

    async def __call__(self, address: str, **kind: Any) -> Visitor: ...
