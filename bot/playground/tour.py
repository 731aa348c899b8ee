"""A short tour of the four commands on the local servers: the quickest proof that all of it works on a machine.

Each stop says something as a person would, waits until the bot has nothing more to do, and checks what is seen then.
"""

import asyncio
import re
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TextIO

from PIL import Image, ImageChops

from bot.inbox.polling import RefusedToken
from bot.playground.local_environment import LocalEnvironment, surroundings
from bot.playground.siliconflow import LocalSiliconFlow
from bot.playground.siliconflow.journal import Exchange
from bot.playground.telegram import Chat, Event, Message
from bot.playground.telegram.seed import TITLE
from bot.playground.terminal.console import BRISK, Console
from bot.playground.terminal.phrases import Phrases
from bot.playground.terminal.work import Work, at_work
from bot.settings import load

_PATIENCE: Final = 60.0  # seconds for one stop
_CAT: Final = "Miso"
_COMMANDS: Final = ("ask", "model", "draw", "summarize")
_LINK: Final = re.compile(r"https://t\.me/c/(\d+)/(\d+)\b")
_FEWEST_LINKS: Final = 3


class Stop(Exception):
    """Something is not as it should be; ``key`` and ``values`` as for :class:`Phrases`."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


def run(phrases: Phrases, pictures: Path | None) -> int:
    """The exit code: 0 if all of it worked. The settings of this machine play no part, a key costs nothing."""
    return asyncio.run(_tour(phrases, pictures))


async def _tour(phrases: Phrases, pictures: Path | None) -> int:
    with TemporaryDirectory(prefix="siliconbot-") as nowhere:
        async with surroundings(load({}, Path(nowhere)), BRISK) as around:
            return await tour(around, sys.stdout, phrases, pictures)


async def tour(around: LocalEnvironment, out: TextIO, phrases: Phrases, pictures: Path | None) -> int:
    console = Console(around.telegram.world, out, phrases, pictures)
    console.window.note("tour_begins")
    begun = time.monotonic()
    try:
        folder = console.album.make()
        await _go(around, console, phrases)
    except BrokenPipeError:
        raise
    except Stop as stop:
        return _failed(console, phrases(stop.key, **stop.values))
    except (OSError, RefusedToken) as error:
        return _failed(console, phrases("tour_broken", what=str(error) or type(error).__name__))
    done = phrases("tour_done", seconds=f"{time.monotonic() - begun:.0f}", folder=folder)
    console.screen.say(*console.printer.text(f"✓ {done}", "good"))
    return 0


def _failed(console: Console, sentence: str) -> int:
    console.screen.say(*console.printer.text(f"✗ {sentence}", "bad"))
    return 1


async def _go(around: LocalEnvironment, console: Console, phrases: Phrases) -> None:
    """From stop to stop. Raises Stop, or what ends the bot."""
    async with at_work(around) as work:
        guide = _Guide(around, console, work, phrases)
        with console.window.open():
            for number, (name, visit) in enumerate(_STOPS, 1):
                console.title(f"{number}/{len(_STOPS)} {phrases(name)}")
                await visit(guide)


class _Guide:
    """Acts as the person of the console, in their private chat and in the group with a past."""

    def __init__(self, around: LocalEnvironment, console: Console, work: Work, phrases: Phrases) -> None:
        assert around.siliconflow is not None  # noqa: S101 - a tour is made where nothing costs
        self.siliconflow: LocalSiliconFlow = around.siliconflow
        self.console = console
        self.phrases = phrases
        self.world = around.telegram.world
        self._journal = around.telegram.journal
        self.room = console.window.chat
        self.drafts: list[str] = []
        self._feed = around.telegram.feed
        self._work = work

    async def say(self, chat: Chat, text: str, **where: Any) -> list[Message]:
        """What the bot has answered to it, once it has nothing more to do."""
        before = len(self.world.answers(chat))
        self.drafts.clear()
        with self._feed.listening(self._overhear):
            self.world.say(self.console.person, chat, text, **where)
            await self.rest()
        return self.world.answers(chat)[before:]

    async def press(self, message: Message, label: str) -> Message:
        """The message as it is after its button was pressed."""
        data = next((each.get("callback_data") for each in message.buttons() if label in each["text"]), None)
        check(data is not None, "tour_no_button", label=label)
        self.world.press(self.console.person, message, str(data))
        await self.rest()
        return self.world.history(message)[-1]

    async def has_menu(self) -> bool:
        """The commands of the tour are in it; the bot sets it by itself, some time after it has begun."""

        def is_set() -> bool:
            menus = [str(call.parameters.get("commands")) for call in self._journal.of("setMyCommands")]
            return any(all(f'"{name}"' in menu for name in _COMMANDS) for menu in menus)

        try:
            return await self._feed.until(is_set)
        except TimeoutError:
            return False

    async def rest(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._work.done()
        except TimeoutError:
            raise Stop("tour_late", seconds=f"{_PATIENCE:.0f}") from None

    def words(self, messages: list[Message]) -> str:
        """All that they say, as it is printed."""
        return "\n".join(line for message in messages for line in self.console.printer.body(message))

    def _overhear(self, event: Event) -> None:
        if event.kind == "draft":
            self.drafts.append("\n".join(self.console.printer.draft(event.value)))


async def _start(guide: _Guide) -> None:
    answers = await guide.say(guide.room, "/start")
    check("/help" in guide.words(answers), "tour_no_hello")
    check(await guide.has_menu(), "tour_no_menu", names=", ".join(_COMMANDS))


async def _ask(guide: _Guide) -> None:
    answers = await guide.say(guide.room, guide.phrases("say_remember", cat=_CAT))
    check(_CAT in guide.words(answers), "tour_no_answer")
    check(any(guide.drafts), "tour_no_stream")


async def _switch(guide: _Guide) -> None:
    """In the middle of the conversation, from a keyboard, and the thread is still known."""
    before = _model(guide.siliconflow)
    panels = await guide.say(guide.room, "/model glm 9b")
    check(bool(panels), "tour_no_answer")
    chosen = await guide.press(panels[-1], "GLM-4-9B-0414")
    check("GLM-4-9B-0414" in chosen.text and chosen.keyboard is None, "tour_no_choice")
    answers = await guide.say(guide.room, guide.phrases("say_recall"))
    after = _model(guide.siliconflow)
    check(after != before and "GLM-4-9B-0414" in after, "tour_wrong_model", model=after)
    check(_CAT in guide.words(answers), "tour_forgotten")


async def _draw(guide: _Guide) -> None:
    """A picture, and the same changed by words in reply to it."""
    first = _picture(await guide.say(guide.room, guide.phrases("say_draw")))
    second = _picture(await guide.say(guide.room, guide.phrases("say_change"), reply_to=first))
    drawings = [exchange for exchange in guide.siliconflow.journal if exchange.path == "/v1/images/generations"]
    check(bool((drawings[-1].body or {}).get("image")), "tour_not_from_first")
    places = [guide.console.album.place(_file_id(message)) for message in (first, second)]
    check(_differ(*places), "tour_same_pictures", places=", ".join(places))


async def _summarize(guide: _Guide) -> None:
    """Each link leads to a message that somebody wrote in this group."""
    group = next(chat for chat in guide.world.ledger.chats.values() if chat.title == TITLE)
    guide.console.window.chat = group
    pages = await guide.say(group, f"/summarize@{guide.world.bot.username} 200")
    links = _LINK.findall(guide.words(pages))
    check(len(links) >= _FEWEST_LINKS, "tour_few_links", count=len(links))
    for chat, number in links:
        target = group.find(int(number)) if f"-100{chat}" == str(group.id) else None
        is_good = target is not None and target.sender != guide.world.bot.id
        check(is_good, "tour_bad_link", link=f"https://t.me/c/{chat}/{number}")


_STOPS: Final[tuple[tuple[str, Callable[[_Guide], Awaitable[None]]], ...]] = (
    ("tour_start", _start),
    ("tour_ask", _ask),
    ("tour_model", _switch),
    ("tour_draw", _draw),
    ("tour_summarize", _summarize),
)


def check(holds: bool, key: str, **values: object) -> None:  # noqa: FBT001 - it is the sentence's subject
    """Raises Stop."""
    if not holds:
        raise Stop(key, **values)


def _model(siliconflow: LocalSiliconFlow) -> str:
    """What was asked last."""
    asked: list[Exchange] = siliconflow.journal.chats
    check(bool(asked), "tour_no_answer")
    return str((asked[-1].body or {}).get("model"))


def _picture(messages: list[Message]) -> Message:
    found = [message for message in messages if "photo" in (message.media or {})]
    check(len(found) == 1, "tour_no_picture")
    return found[0]


def _file_id(message: Message) -> str:
    return str((message.media or {})["photo"][-1]["file_id"])


def _differ(first: str, second: str) -> bool:
    """They are pictures of one size, with pixels of their own."""
    try:
        with Image.open(first) as one, Image.open(second) as other:
            change = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
            return one.size == other.size and change.getbbox() is not None
    except (OSError, ValueError):
        return False
