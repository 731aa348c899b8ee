"""Groups with a past, in Chinese and English, for summaries to be tried on: two days of a small team in topics, and a
morning of friends."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files

from bot.playground.telegram.ledger import Ledger
from bot.playground.telegram.messages import Message
from bot.playground.telegram.people import Chat, Person
from bot.playground.telegram.simulator import TelegramSimulator

TITLE = "Teahouse 茶馆"
WEEKEND = "周末徒步 · Weekend hike"
_ENDED = timedelta(minutes=5)  # before now

# First name, user name, language.
_PEOPLE = (
    ("Lin", "lin_pm", "zh-hans"),
    ("Maya", "maya_dev", "en"),
    ("Chen", "chen_db", "zh-hans"),
    ("Tom", "tom_design", "en"),
    ("Sara", "sara_qa", "en"),
    ("Wang", "wang_ops", "zh-hans"),
    ("Yuki", "yuki_l10n", "ja"),
)
_CLOCK = re.compile(r"@ (?P<day>\d) (?P<hour>\d\d):(?P<minute>\d\d)")
_LINE = re.compile(r"\+(?P<later>\d+) (?P<who>\w+)(?: #(?P<label>\w+))?(?: >(?P<to>\w+))?: (?P<text>.+)")


@dataclass(frozen=True, slots=True)
class Said:
    """``at``: since the first day began. ``label`` is what ``to``, the label of the message replied to, refers to; both
    may be empty, and hold within a topic."""

    at: timedelta
    topic: str
    who: str
    text: str
    label: str
    to: str


@dataclass(frozen=True, slots=True)
class Seeded:
    """``topics``: thread ids by name, without General."""

    chat: Chat
    people: dict[str, Person]
    topics: dict[str, int]
    messages: tuple[Message, ...]


def seed(world: TelegramSimulator) -> Seeded:
    """A forum in which all of it was said, the last of it five minutes ago; the bot, an administrator, is told of it
    as of anything that is said."""
    people = {name: world.person(name, username=username, language=language) for name, username, language in _PEOPLE}
    return _told(world, world.group(TITLE, *people.values(), forum=True, bot="administrator"), people, talk())


def seed_weekend(world: TelegramSimulator, people: dict[str, Person]) -> Seeded:
    """The same of three friends, ``people`` by their names in the file, in a group without topics."""
    return _told(world, world.group(WEEKEND, *people.values()), people, talk("weekend"))


def _told(world: TelegramSimulator, chat: Chat, people: dict[str, Person], story: tuple[Said, ...]) -> Seeded:
    """The first of the people opens the topics."""
    begun = world.ledger.now() - _ENDED.total_seconds() - story[-1].at.total_seconds()
    told: list[Message] = []
    labelled: dict[tuple[str, str], Message] = {}
    with _past(world.ledger) as past:
        past.seconds = begun + story[0].at.total_seconds()
        topics = {name: world.topic(next(iter(people.values())), chat, name) for name in _topics(story)}
        for said in story:
            past.seconds = begun + said.at.total_seconds()
            reply_to = labelled[said.topic, said.to] if said.to else None
            message = world.say(people[said.who], chat, said.text, reply_to=reply_to, thread=topics.get(said.topic))
            labelled[said.topic, said.label] = message
            told.append(message)
    return Seeded(chat, people, topics, tuple(told))


@cache
def talk(name: str = "seed") -> tuple[Said, ...]:
    """Everything that is said in a file of this package, in its order."""
    text = files(__package__).joinpath(f"{name}.txt").read_text("utf-8")
    return tuple(sorted(_read(text), key=lambda said: said.at))


def _topics(story: tuple[Said, ...]) -> list[str]:
    """All but General."""
    return [name for name in dict.fromkeys(said.topic for said in story) if name != "General"]


def _read(text: str) -> Iterator[Said]:
    """Raises ValueError for a line that is none of those that the file describes."""
    topic, at = "", timedelta()
    for line in text.splitlines():
        if line.startswith("=== "):
            topic = line.removeprefix("=== ")
        elif clock := _CLOCK.fullmatch(line):
            day, hour, minute = map(int, clock.groups())
            at = timedelta(days=day - 1, hours=hour, minutes=minute)
        elif match := _LINE.fullmatch(line):
            at += timedelta(minutes=int(match["later"]))
            yield Said(at, topic, match["who"], match["text"], match["label"] or "", match["to"] or "")
        elif line and not line.startswith("#"):
            raise ValueError(f"not a line of a seed: {line}")


class _Past:
    """A clock that stands where it is set."""

    seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError("nothing waits in the past")


@contextmanager
def _past(ledger: Ledger) -> Iterator[_Past]:
    """Messages are dated by the ledger's clock, which is another one meanwhile; nothing else runs until then."""
    present, ledger.clock = ledger.clock, _Past()
    try:
        yield ledger.clock
    finally:
        ledger.clock = present
