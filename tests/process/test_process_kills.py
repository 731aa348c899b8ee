"""kill -9 at the worst moments: no question is lost, none is paid for again once its answer is stored, and an answer
appears twice only where the kill came between its sending and the note that it was sent."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import pytest

from bot.playground.siliconflow import Script
from bot.playground.telegram import Chat, Message, Person
from tests.process.local_environment import BotProcess, LocalEnvironment

_BEING_SENT = (
    "SELECT answer_id FROM delivery_records JOIN deliveries ON deliveries.id = delivery_id WHERE state = 'attempting'"
)
_QUESTION = (
    "SELECT text FROM message_parts JOIN nodes ON nodes.id = node_id"
    " WHERE nodes.kind = 'question' AND nodes.id IN (SELECT parent_id FROM nodes WHERE {})"
)


@dataclass(frozen=True)
class Kill:
    """What the file said after it: questions whose answer was not stored yet, was stored, was being sent."""

    unanswered: set[str]
    stored: set[str]
    being_sent: set[str]
    asked: Counter[str]


class Crowd:
    """People with questions; each is answered by ``Answer to`` and the question, once ``flowing`` is set."""

    def __init__(self, around: LocalEnvironment, private: int, together: int = 0) -> None:
        world = around.telegram.world
        self.around = around
        self.flowing = asyncio.Event()
        self.questions: list[str] = []
        alone = [world.person(f"Person {number}") for number in range(private)]
        others = [world.person(f"Member {number}") for number in range(together)]
        self._places: list[tuple[Person, Chat]] = [(person, world.private(person)) for person in alone]
        if others:
            group = world.group("Friends", *others)
            self._places += [(person, group) for person in others]
        around.answer(lambda question: Script([f"Answer to {question}"], hold=self.flowing))

    def ask(self, each: int) -> None:
        """The first question of each, then the second of each, and so on."""
        world = self.around.telegram.world
        for number in range(each):
            for person, chat in self._places:
                question = f"question {number} of {person.first_name}"
                self.questions.append(question)
                world.say(person, chat, question if chat.is_private else f"@{world.bot.username} {question}")

    def answers(self) -> list[str]:
        """The questions that lasting messages answer, in the order of sending. A stop button marks what is not yet."""
        chats = {chat.id: chat for _, chat in self._places}.values()
        return [
            message.text.removeprefix("Answer to ")
            for chat in chats
            for message in self.around.telegram.world.answers(chat)
            if _lasts(message)
        ]

    def of(self, person: Person) -> list[str]:
        return [question for question in self.answers() if question.endswith(f" of {person.first_name}")]

    @property
    def people(self) -> list[Person]:
        return [person for person, _ in self._places]

    def after_kill(self) -> Kill:
        def questions(answers: str) -> set[str]:
            return {text for (text,) in self.around.stored(_QUESTION.format(answers))}

        return Kill(
            unanswered=questions("kind = 'answer' AND state = 'open'"),
            stored=questions("kind = 'answer' AND state = 'done'"),
            being_sent=questions(f"id IN ({_BEING_SENT})"),
            asked=Counter(self.around.asked()),
        )


def _lasts(message: Message) -> bool:
    return message.keyboard is None


Moment = Callable[[Crowd], Awaitable[None]]


async def before_the_first_answers(crowd: Crowd) -> None:
    """Everybody's first question is at the provider, all others wait behind it."""
    await crowd.around.until_asked(len(crowd.people))
    crowd.flowing.set()


async def among_the_answers(crowd: Crowd) -> None:
    """While answers stream in and go out at full speed."""
    await crowd.around.until(lambda: len(crowd.answers()) >= len(crowd.questions) // 4)


async def during_sends(crowd: Crowd) -> None:
    """Some messages are in their chats and the bot was not told so; some are on their way there."""
    crowd.flowing.set()
    faults = crowd.around.telegram.faults
    on_received = faults.hold("sendMessage", delivered=True, times=len(crowd.people) // 4)
    on_their_way = faults.hold("sendMessage", delivered=False, times=len(crowd.people) // 8 + 1)
    await crowd.around.until(lambda: not on_received.left and not on_their_way.left)


async def live_through(crowd: Crowd, each: int, moments: Sequence[Moment]) -> list[Kill]:
    """Ask, kill at each moment, and wait in the last run for the rest of the answers."""
    crowd.ask(each)
    kills = []
    for moment in moments:
        run = await crowd.around.spawn()
        await moment(crowd)
        await run.kill()
        crowd.around.telegram.faults.clear()
        kills.append(crowd.after_kill())
    await finish(crowd, await crowd.around.spawn())
    return kills


async def finish(crowd: Crowd, run: BotProcess) -> None:
    await crowd.around.until(lambda: set(crowd.answers()) >= set(crowd.questions))
    assert await run.stop() == 0


def check(crowd: Crowd, kills: Sequence[Kill]) -> None:
    given, asked = Counter(crowd.answers()), Counter(crowd.around.asked())
    assert set(given) == set(asked) == set(crowd.questions)
    for question in crowd.questions:
        assert given[question] <= 1 + sum(question in kill.being_sent for kill in kills)
        assert asked[question] <= 1 + sum(question in kill.unanswered for kill in kills)
    for kill in kills:
        assert not kill.stored & kill.unanswered
        assert {question: asked[question] for question in kill.stored} == {
            question: kill.asked[question] for question in kill.stored
        }
    for person in crowd.people:
        assert crowd.of(person) == sorted(crowd.of(person))
    assert not crowd.around.stored("SELECT * FROM inbox WHERE state != 'done'")
    assert not crowd.around.stored("SELECT * FROM delivery_records WHERE state != 'sent'")
    _report(given, asked, kills)


def _report(given: Counter[str], asked: Counter[str], kills: Sequence[Kill]) -> None:
    doubled, bound = given.total() - len(given), sum(len(kill.being_sent) for kill in kills)
    again = asked.total() - len(asked)
    print(  # noqa: T201 - figures for those who run it with -s
        f"\n{len(given)} questions, {len(kills)} kills: none lost; {doubled} answers appeared twice,"
        f" of {bound} that were being sent; {again} questions were asked again, none with a stored answer"
    )


async def test_killed_process_loses_nothing(around: LocalEnvironment) -> None:
    crowd = Crowd(around, private=5)
    [kill] = kills = await live_through(crowd, each=4, moments=[during_sends])
    assert len(kill.being_sent) >= 2
    check(crowd, kills)


@pytest.mark.slow
async def test_process_killed_again_and_again_loses_nothing(around: LocalEnvironment) -> None:
    crowd = Crowd(around, private=36, together=4)
    moments = [before_the_first_answers, among_the_answers, during_sends, during_sends]
    kills = await live_through(crowd, each=5, moments=moments)
    assert len(crowd.questions) == 200
    assert len(kills[0].unanswered) == len(crowd.people)
    check(crowd, kills)
