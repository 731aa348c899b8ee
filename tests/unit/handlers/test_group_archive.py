"""What a group's archive keeps of what is written, and what it leaves out."""

from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.types import Chat, Message, MessageEntity, User

from handlers.group_archive import archived_message


def written(**content: Any) -> Message:
    ann = User(id=7, is_bot=False, first_name="Ann")
    chat = Chat(id=-1_001_000_000_000, type="supergroup")
    return Message(message_id=9, date=datetime.now(UTC), chat=chat, from_user=ann, **content)


@pytest.mark.parametrize("text", ["/ask why?", "/Ask why?", "/ASK@silicon_bot why?", "/poll@another_bot"])
def test_commands_in_any_case_are_not_what_the_group_said(text: str) -> None:
    assert archived_message(written(text=text)) is None
    assert archived_message(written(caption=text, photo=[])) is None


def test_what_telegram_marks_as_a_command_is_none_of_it_however_it_goes_on() -> None:
    mark = MessageEntity(type="bot_command", offset=0, length=5)
    assert archived_message(written(text="/poll, please", entities=[mark])) is None


@pytest.mark.parametrize("text", ["see /etc/hosts", "/etc/hosts is empty", "try /ask"])
def test_paths_and_talk_of_commands_are_kept(text: str) -> None:
    archived = archived_message(written(text=text))
    assert archived is not None
    assert archived.text == text
