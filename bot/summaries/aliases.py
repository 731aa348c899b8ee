"""The names under which a model knows a group's members."""

from dataclasses import replace

from bot.summaries.cleaning import renamed
from bot.summaries.notes import Notes


class Aliases:
    """U1, U2 and so on, in the order in which members come up."""

    def __init__(self) -> None:
        self._given: dict[int, str] = {}

    @property
    def people(self) -> tuple[int, ...]:
        """Author ids, U1's first."""
        return tuple(self._given)

    def of(self, author: int) -> str:
        return self._given.setdefault(author, f"U{len(self._given) + 1}")

    def adopt(self, notes: Notes) -> Notes:
        """Notes that were made under other aliases, under these; ``people`` is left to be set when all are known."""
        names = {f"U{k}": self.of(author) for k, author in enumerate(notes.people, start=1)}
        return replace(notes.rewritten(lambda text: renamed(text, names)), people=())
