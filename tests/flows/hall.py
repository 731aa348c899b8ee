"""What flows of private summaries have in common: a small group with something to sum up, and what its members see."""

import json
import re

from bot.playground.telegram import Message, Person
from tests.flows.stage import Stage

NAME = "@silicon_local_bot"
_LINK = re.compile(r"https://t\.me/c/\d+/\d+")


async def gather(stage: Stage, *, bot: str = "administrator", **variables: str) -> None:
    """Ann and Bob have talked in the group, and the bot, who is there as ``bot``, has kept it."""
    stage.telegram.world.privacy = False
    stage.group.members[stage.telegram.world.bot.id] = bot
    await stage.start(**variables)
    stage.say(stage.ann, stage.group, "We ship on Friday, I will write the notes")
    stage.say(stage.bob, stage.group, "Who tests the release before that?")
    for person in (stage.ann, stage.bob):  # the last in each one's order, so that all of it is kept by then
        await stage.reply_to(person, stage.group, f"/privacy{NAME}")


def command(words: str) -> str:
    return f"/summarize{NAME} {words}"


def alone(stage: Stage, person: Person) -> list[Message]:
    """What the person alone sees in the group."""
    return stage.telegram.world.ephemeral(stage.group, person)


async def ephemeral(stage: Stage, person: Person) -> Message:
    """The summary that the person alone sees, once nothing else is left there."""
    await stage.until(lambda: [bool(links(message)) for message in alone(stage, person)] == [True])
    return alone(stage, person)[0]


async def privately(stage: Stage, person: Person) -> Message:
    """The summary in the person's private chat."""
    room = stage.telegram.world.private(person)
    await stage.until(lambda: any(map(links, stage.answers(room))))
    return next(message for message in stage.answers(room) if links(message))


def links(message: Message) -> list[str]:
    return _LINK.findall(json.dumps([message.entities, message.rich]))


def shown(message: Message) -> str:
    return message.text or json.dumps(message.rich, ensure_ascii=False)


def public(stage: Stage) -> list[Message]:
    """The summaries that all see."""
    return [message for message in stage.answers(stage.group) if links(message)]
