"""What reads the words of people and models takes time in proportion to their length, whatever they are."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

import pytest

from bot.drawing.draw_request import picture_asked_for
from bot.drawing.request_parsing import parse as parse_drawing
from bot.groups import group_answer, prompts
from bot.groups.arguments import ArgumentContext
from bot.groups.arguments import parse as parse_summary
from bot.groups.digest_schedule import parse as parse_digest
from bot.groups.language import main_language
from bot.groups.language import terms as stems
from bot.groups.transcript import named, renamed, said, shown, visible
from bot.store.words import indexed, phrase, terms
from tests.unit.groups.summary_models import message
from tests.world.growth import MOST, Text, Work, growth

PROMPT: Final = prompts.segment([message(id_, "x", author=id_ // 10) for id_ in (11, 12, 21, 31)])
CONTEXT: Final = ArgumentContext(datetime(2026, 3, 4, 12, tzinfo=UTC), replied=5, replied_author=7)

LONG: Final = (16_000,)  # n of a model's answer, which is compared with four times as many characters
TYPED: Final = (1_024,)  # of a message, which has 4,096 at most


def repeated(unit: str) -> Text:
    return lambda length: unit * (length // len(unit))


def nested(opening: str, closing: str, lead: str = "", end: str = "") -> Text:
    def text(length: int) -> str:
        depth = length // len(opening + closing)
        return lead + opening * depth + closing * depth + end

    return text


def within(lead: str, unit: str, end: str = "") -> Text:
    return lambda length: lead + unit * (length // len(unit)) + end


ANSWERS: Final[Mapping[str, Text]] = {
    **{
        unit: repeated(unit)
        for unit in ("{", "[", "{[]", '{"a":', '{"a":1}', '"', "\\", '{"', '{"topics":', '{"topics":[{')
    },
    "nested brackets": nested("[", "]", '{"topics":', "x"),
    "nested lists in an object that does not end": nested("[", "]", '{"topics":'),
    "nested objects": nested('{"topics":[', "]}"),
    "nested objects without their end": nested('{"a":', "}", end="x"),
    "many small ones without an end": within("{" * 49 + '{"x":[', "[],"),
    "many objects without an end": within('{"topics":[', "{},"),
    "many statements": within('{"decisions":[', '{"text":"[a](b)","refs":[1]},', "{}]}"),
    "a string without its end": within('{"topics":["', 'a\\"'),
    "many numbers": within('{"decisions":[{"text":"a","refs":[', "1,", "1]}]}"),
}

MARKUP: Final[Mapping[str, Text]] = {
    **{
        unit: repeated(unit)
        for unit in (
            *(
                "[",
                "](",
                "[a](",
                "[a](b)",
                "(",
                ")",
                "@",
                "@/",
                "//",
                "/@a",
                "http",
                "://",
                "a:/",
                "h://",
                "a.",
                ".",
                "*_",
            ),
            *(
                "**",
                "`",
                "_*",
                "U1 ",
                "U",
                "@abcd",
                "a\u0301",
                "\u0301",
                "\u200b",
                "\ufe0f",
                "🇩",
                "?",
                " ",
                "\n",
                "的",
                "1",
            ),
        )
    },
    "nested links": nested("[", "](b)", end="a"),
    "links in addresses": nested("[a](", ")"),
    "nested marks": nested("*_", "_*"),
    "marks within marks": nested("*_", "*_"),
    "mentions in links": nested("[@", "/](b)"),
}

TYPED_TEXTS: Final[Mapping[str, Text]] = {
    **{
        unit: repeated(unit)
        for unit in (
            *(
                "--",
                "--size ",
                "--no ",
                '--no "',
                "--seed '",
                "-n",
                "-n1 ",
                "—",
                "— ",
                "—a ",
                "--a ",
                "--size=",
                "a:",
                "16:9 ",
            ),
            *(
                "please ",
                "can you please ",
                "can you ",
                "i would like you to ",
                "draw ",
                "draw me ",
                "draw a picture of ",
            ),
            *(
                "hey, ",
                "请",
                "能不能",
                "你能",
                "画",
                "画一",
                "帮我画",
                "3h ",
                "1 ",
                "the last ",
                "the last 3 ",
                "最近的",
                "@abcd ",
            ),
            *(
                "from ",
                "since ",
                "all topics ",
                "only for me ",
                "today ",
                "?",
                "a? ",
                "？",
                " ",
                "\n",
                ",",
                ", ",
                "，",
                '"',
                "”",
            ),
            *("mon ", "9:30 ", "Europe/Berlin ", "a/b ", "UTC ", "a", "的", "🇩", "a ", "http://", "https://a ", "你 "),
        )
    },
    "a drawing at the end": within("", "can you please ", "x"),
    "much white space": within("please draw a", " ", "\0"),
    "a last word": within("a", " ", "16:9"),
    "quotes that do not end": within('--no "', "a "),
}

MODELS: Final[Mapping[str, Work]] = {
    "parse": lambda text: group_answer.parse(text, PROMPT),
    "prose": group_answer.prose,
}
TRANSCRIPT: Final[Mapping[str, Work]] = {
    "visible": visible,
    "said": lambda text: said(text, {"abcd": "U1"}),
    "shown": lambda text: shown(text, 6_400),
    "named": named,
    "renamed": lambda text: renamed(text, {"U1": "Ann"}),
    "statement": lambda text: group_answer.parse(json.dumps({"decisions": [{"text": text, "refs": [1]}]}), PROMPT),
    "main_language": lambda text: main_language([text]),
    "stems": stems,
    "indexed": indexed,
    "looked for": lambda text: [phrase(term) for term in terms(text)],
}
PEOPLE: Final[Mapping[str, Work]] = {
    "picture_asked_for": picture_asked_for,
    "drawing": parse_drawing,
    "summary": lambda text: parse_summary(text, CONTEXT),
    "digest": lambda text: parse_digest(text, "UTC", 0),
}


def too_slow(work: Work, texts: Mapping[str, Text], sizes: tuple[int, ...]) -> dict[str, float]:
    measured = {name: growth(work, text, sizes) for name, text in texts.items()}
    return {name: times for name, times in measured.items() if times > MOST}


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_a_models_answer(name: str) -> None:
    assert too_slow(MODELS[name], ANSWERS, LONG) == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", TRANSCRIPT)
def test_what_is_said_in_a_group(name: str) -> None:
    assert too_slow(TRANSCRIPT[name], MARKUP, LONG) == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", PEOPLE)
def test_what_people_type(name: str) -> None:
    assert too_slow(PEOPLE[name], TYPED_TEXTS, TYPED) == {}


@pytest.mark.parametrize("work", [lambda text: [text[:end] for end in range(len(text))], lambda text: _peeled(text)])
def test_what_grows_faster_is_told(work: Callable[[str], object]) -> None:
    assert too_slow(work, {"nested": nested("(", ")")}, (4_000, 16_000)) != {}


def _peeled(text: str) -> str:
    while "()" in text:
        text = text.replace("()", "", 1)
    return text
