"""What flows of drawing have in common: how pictures are asked for, and what came of it."""

from typing import Any

from bot.playground.siliconflow.journal import Exchange
from bot.playground.telegram import Chat, Message, Person
from tests.flows.stage import Stage

NAME = "@silicon_local_bot"


async def start(stage: Stage, **variables: str) -> Stage:
    """A bot without limits on pictures, that may fetch from the local store."""
    await stage.start(
        **{"IMAGE_TRUSTED_HOSTS": stage.siliconflow.storage.name, "SILICONFLOW_IPM": "0", **variables},
    )
    return stage


def pictures(stage: Stage, chat: Chat) -> list[Message]:
    """The bot's messages in the chat that hold a photo or a file."""
    return [message for message in stage.answers(chat) if message.media]


def is_line(message: Message) -> bool:
    """It says how far a drawing is, and can be cancelled."""
    return any(button["callback_data"].startswith("d:stop:") for button in message.buttons())


async def settled(stage: Stage, chat: Chat) -> list[Message]:
    """The bot's messages, once no drawing goes on."""
    await stage.until(lambda: not any(map(is_line, stage.answers(chat))))
    return stage.answers(chat)


async def picture(stage: Stage, chat: Chat, count: int) -> Message:
    """The picture after the first ``count``, once all of them are there."""
    await stage.until(lambda: len(pictures(stage, chat)) > count)
    await settled(stage, chat)
    await stage.idle()
    return pictures(stage, chat)[count]


async def drawn(stage: Stage, person: Person, chat: Chat, text: str, **where: Any) -> Message:
    """Say it, and wait for the next picture."""
    count = len(pictures(stage, chat))
    stage.say(person, chat, text, **where)
    return await picture(stage, chat, count)


async def told(stage: Stage, person: Person, chat: Chat, text: str, **where: Any) -> str:
    """Say it, and wait for a sentence that lasts."""
    count = len(await settled(stage, chat))
    stage.say(person, chat, text, **where)
    await stage.until(lambda: len(stage.answers(chat)) > count)
    return (await settled(stage, chat))[-1].text


def calls(stage: Stage) -> list[Exchange]:
    """What the provider was asked to draw."""
    return [exchange for exchange in stage.siliconflow.journal if "image" in exchange.path]


def asked(stage: Stage, number: int = -1) -> dict[str, Any]:
    return dict(calls(stage)[number].body or {})


def content(stage: Stage, message: Message) -> bytes:
    """The bytes that Telegram has of it."""
    media = message.media or {}
    file_id = media["photo"][-1]["file_id"] if "photo" in media else media["document"]["file_id"]
    file = stage.telegram.world.file(file_id)
    assert file is not None
    return file.data


def upstream(stage: Stage) -> list[bytes]:
    """The bytes of all pictures in the provider's store, in the order of drawing."""
    return stage.siliconflow.storage.pictures()


def number(message: Message) -> int:
    """Of the picture, as its buttons carry it."""
    [data] = [button["callback_data"] for button in message.buttons()][:1]
    return int(data.split(":")[2])
