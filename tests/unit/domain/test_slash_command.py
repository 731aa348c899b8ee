"""What is a command, and what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.message import SlashCommand, slash_command

names = st.from_regex(r"[A-Za-z0-9_]{1,64}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/ask why?", SlashCommand("ask", "", "why?")),
        ("/Ask why?", SlashCommand("ask", "", "why?")),  # phones write a capital; clients send it as it is
        ("/ASK why?", SlashCommand("ask", "", "why?")),
        ("/ask@Silicon_Bot WHY", SlashCommand("ask", "silicon_bot", "WHY")),
        ("  /ask\nwhy?\n\nAnd how?", SlashCommand("ask", "", "why?\n\nAnd how?")),
        ("/ask\u3000为什么", SlashCommand("ask", "", "为什么")),
        ("/ask", SlashCommand("ask", "", "")),
        ("/ask@", SlashCommand("ask", "", "")),
        ("/2fa now", SlashCommand("2fa", "", "now")),
    ],
)
def test_a_command_is_read(text: str, command: SlashCommand) -> None:
    assert slash_command(text) == command


@pytest.mark.parametrize("text", ["", " ", "/", "/ ask", "//ask", "please /ask", "/ask,", "/ask@a-b", "/ask@a@b"])
def test_other_words_are_none(text: str) -> None:
    assert slash_command(text) is None


@pytest.mark.parametrize("text", ["/etc/hosts is what?", "/画 一只猫", "/" + "a" * 65])
def test_what_telegram_marks_as_no_command_is_none(text: str) -> None:
    assert slash_command(text) is None


@given(names, st.sampled_from(["", "@", "@some_bot"]), st.text())
def test_case_makes_no_difference(name: str, mention: str, rest: str) -> None:
    written = slash_command(f"/{name}{mention} {rest}")
    assert written is not None
    assert written == slash_command(f"/{name.swapcase()}{mention.swapcase()} {rest}")
    assert written.arguments == rest.lstrip()


@pytest.mark.parametrize("username", ["silicon_bot", "Silicon_Bot", ""])
def test_a_bot_is_meant_by_its_name_in_any_case_or_by_none(username: str) -> None:
    assert SlashCommand("ask", "", "").is_for(username)
    assert SlashCommand("ask", "silicon_bot", "").is_for(username)
    assert SlashCommand("ask", "other_bot", "").is_for(username) == (username == "")
