"""A message: who wrote it and when, what it says and shows, and its buttons."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from bot.playground.telegram import Draft, Message, TelegramSimulator
from bot.playground.terminal.printing import spans
from bot.playground.terminal.printing.blocks import Blocks
from bot.playground.terminal.printing.spans import Ink, Line

Json = dict[str, Any]
_GIST = 40  # characters of a message that is replied to
_KINDS = {"photo": "picture"}


@dataclass(frozen=True, slots=True)
class Printer:
    """``place``: where a picture or file can be looked at, by its id; "" where nowhere."""

    world: TelegramSimulator
    ink: Ink
    place: Callable[[str], str]

    def head(self, message: Message, *marks: str) -> str:
        """Author, number and time; ``marks``: what else is to be said of it."""
        ledger, voice = self.world.ledger, message.voice
        author = ledger.people[message.sender].first_name if voice is None else ledger.chats[voice].title
        clock = datetime.fromtimestamp(message.date, UTC).astimezone().strftime("%H:%M")
        about = (f"#{message.ephemeral or message.id}", clock, *marks)
        return self.ink.paint((spans.label(author, "author"), spans.label(" · " + " · ".join(about), "faint")))

    def name(self, text: str) -> str:
        """A name that stands alone, as that of the writer of a draft."""
        return self.ink.paint((spans.label(text, "author"),))

    def body(self, message: Message) -> list[str]:
        found = [*self._reply(message), *self._media(message), *self._words(message), *self._buttons(message)]
        return [self.ink.paint(line) for line in found]

    def draft(self, draft: Draft) -> list[str]:
        """Empty: it shows that somebody thinks."""
        if draft.rich is not None:
            found = self._blocks.lines(draft.rich["blocks"])
        else:
            found = self._formatted(draft.text, draft.entities)
        return [self.ink.paint(line) for line in found]

    def text(self, text: str, *looks: str) -> list[str]:
        """Words that belong to no message."""
        return [self.ink.paint(line) for line in spans.lines([spans.span(text, *looks)])]

    @property
    def _blocks(self) -> Blocks:
        return Blocks(self.ink, self._medium)

    def _words(self, message: Message) -> list[Line]:
        if message.service is not None:
            return [(spans.label(f"[{', '.join(message.service).replace('_', ' ')}]", "faint"),)]
        if message.rich is not None:
            return self._blocks.lines(message.rich["blocks"])
        return self._formatted(message.text, message.entities)

    def _formatted(self, text: str, entities: tuple[Json, ...]) -> list[Line]:
        return spans.lines(self.ink.drawn(spans.of_entities(text, entities))) if text else []

    def _reply(self, message: Message) -> Iterator[Line]:
        target = self.world.ledger.chats[message.chat].find(message.reply_to)
        if target is not None:
            gist = " ".join(target.text.split())[:_GIST]
            yield (spans.label(f"↩ #{target.id} {gist}", "faint"),)

    def _media(self, message: Message) -> Iterator[Line]:
        for kind, described in (message.media or {}).items():
            yield (spans.label(self._medium(kind, described)),)

    def _medium(self, kind: str, described: Any) -> str:
        best = described[-1] if isinstance(described, list) else described
        size = f"{best['width']}×{best['height']}" if "width" in best else best.get("file_name", "")
        about = ", ".join(part for part in (size, self.place(best["file_id"])) if part)
        return f"[{_KINDS.get(kind, kind)} {about}]"

    def _buttons(self, message: Message) -> Iterator[Line]:
        """Numbered in the order of :meth:`Message.buttons`, in their rows."""
        buttons = enumerate(message.buttons(), 1)
        for row in (message.keyboard or {}).get("inline_keyboard", []):
            yield self._row(islice(buttons, len(row)))
        if rest := list(buttons):
            yield self._row(iter(rest))

    def _row(self, buttons: Iterator[tuple[int, Json]]) -> Line:
        labels = (f"{number}[{button['text']}]" + _target(button) for number, button in buttons)
        return (spans.label("  ".join(labels), "good"),)


def _target(button: Json) -> str:
    return f" ({button['url']})" if "url" in button else ""
