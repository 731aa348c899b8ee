"""What the chat in a terminal and the tour have in common: somebody to be, and a window into their chat."""

import os
from pathlib import Path
from typing import Final, TextIO

from bot.playground.siliconflow.speed import Speed
from bot.playground.telegram import TelegramSimulator
from bot.playground.terminal.album import Album
from bot.playground.terminal.phrases import Phrases
from bot.playground.terminal.printing import Ink, Printer
from bot.playground.terminal.screen import Screen
from bot.playground.terminal.window import Window
from bot.telegram.texts import language_of

BRISK: Final = Speed(to_first=0.1, per_second=400, chunk=4)
"""Streams, and keeps nobody waiting."""


class Console:
    """``person``: the first in the world who speaks the language of ``phrases``; their private chat is looked into."""

    def __init__(self, world: TelegramSimulator, out: TextIO, phrases: Phrases, pictures: Path | None) -> None:
        is_terminal = out.isatty()
        self.world = world
        self.person = next(
            person
            for person in world.ledger.people.values()
            if not person.is_bot and language_of(person.language) == phrases.language
        )
        self.album = Album(world.file, pictures)
        self.screen = Screen(out, redraws=is_terminal)
        self.printer = Printer(world, Ink(coloured=is_terminal and not os.environ.get("NO_COLOR")), self.album.place)
        self.window = Window(world, self.printer, self.screen, phrases, world.private(self.person))

    def title(self, text: str) -> None:
        self.screen.say(*self.printer.text(text, "heading"))
