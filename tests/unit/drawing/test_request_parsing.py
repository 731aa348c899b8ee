"""A drawing command is read as it was meant, and no text is too odd to be read."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.drawing import MAX_SEED
from bot.domain.preferences import LocalizedMessage
from bot.drawing.request_parsing import NAMES, Options, parse
from bot.drawing.sizes import RequestedSize

WIDE = RequestedSize(16, 9)
PORTRAIT = RequestedSize(3, 4, shape=True)


def read(text: str) -> Options:
    command = parse(text)
    assert command.errors == ()
    return command.options


def error(text: str) -> LocalizedMessage:
    (only,) = parse(text).errors
    return only


def test_all_options_in_one_command() -> None:
    said = (
        "a lighthouse --size 16:9 at dawn -n 2 --seed 7 --steps 30 --guidance 4.5 --no “people, boats” "
        "--model Kolors --improve"
    )
    assert read(said) == Options(
        prompt="a lighthouse at dawn",
        size=WIDE,
        size_said="16:9",
        count=2,
        seed=7,
        steps=30,
        guidance=4.5,
        negative="people, boats",
        model="Kolors",
        improve=True,
    )


@pytest.mark.parametrize(
    "text",
    [
        "cat —size 16:9",
        "cat –size 16:9",
        "cat ——size 16:9",
        "cat --size=16:9",
        "cat --SIZE：16：9",
        "--16:9 cat",
        "cat 16:9",
    ],
)
def test_phones_and_habits_write_an_option_in_many_ways(text: str) -> None:
    assert (read(text).prompt, read(text).size) == ("cat", WIDE)


@pytest.mark.parametrize("text", ["cat -n 3", "cat -n3", "cat -n=3", "--count 3 cat", "cat —n ３", "猫 --张数 3"])
def test_number_of_pictures(text: str) -> None:
    assert read(text).count == 3


@pytest.mark.parametrize(
    ("quoted", "negative"),
    [
        ('"red hats" by night', "red hats"),
        ("“red hats” by night", "red hats"),
        ("”red hats“ by night", "red hats"),
        ("'don't blur' by night", "don't blur"),
        ("‘don’t blur’ by night", "don’t blur"),
        ("「帽子 人」 by night", "帽子 人"),
        ("「帽子 人」，by night", "帽子 人"),
    ],
)
def test_quotes_of_all_kinds_hold_a_value_together(quoted: str, negative: str) -> None:
    options = read(f"a cat --no {quoted}")
    assert (options.negative, options.prompt.startswith("a cat"), "by night" in options.prompt) == (
        negative,
        True,
        True,
    )


def test_what_to_avoid_needs_no_quotes_before_the_next_option() -> None:
    options = read("a cat --no hats, people —seed 3")
    assert (options.negative, options.seed, options.prompt) == ("hats, people", 3, "a cat")


@pytest.mark.parametrize("text", ["猫，--种子 7", "猫 —seed 7，", "猫，--种子=7"])
def test_commas_around_options_belong_to_neither(text: str) -> None:
    assert read(text) == Options(prompt="猫", seed=7)


def test_quote_that_is_never_closed_loses_nothing() -> None:
    assert read("a cat --no “hats and people").negative == "“hats and people"


@pytest.mark.parametrize(
    ("text", "prompt", "size"),
    [
        ("a cat, portrait", "a cat", PORTRAIT),
        ("一只猫，竖版", "一只猫", PORTRAIT),
        ("一只猫 竖版", "一只猫", PORTRAIT),
        ("a cat 1024x768", "a cat", RequestedSize(1024, 768, exact=True)),
        ("an oil portrait", "an oil portrait", PORTRAIT),  # the word may be meant as what to draw
        ("portrait", "portrait", None),
        ("portrait of a cat", "portrait of a cat", None),
        ("a clock that shows 10:30", "a clock that shows 10:30", None),
        ("a cat --size 3:4, portrait", "a cat portrait", RequestedSize(3, 4)),  # said before
    ],
)
def test_last_word_may_be_the_size(text: str, prompt: str, size: RequestedSize | None) -> None:
    assert (read(text).prompt, read(text).size) == (prompt, size)


def test_prose_with_dashes_stays_prose() -> None:
    text = "a cat — grey —sitting there, half-asleep -not 2-fold -- really"
    assert read(text) == Options(prompt=text)


def test_lines_of_a_prompt_stay_lines() -> None:
    assert read("a cat\nin the rain --seed 1\nby night").prompt == "a cat\nin the rain by night"


@pytest.mark.parametrize(
    ("text", "option", "allowed"),
    [
        ("cat --size huge", "--size", "16:9"),
        ("cat -n 5", "-n", "1–4"),
        ("cat -n 0", "-n", "1–4"),
        ("cat --seed x", "--seed", f"0–{MAX_SEED}"),
        ("cat --steps 1.5", "--steps", "1–100"),
        ("cat --guidance high", "--guidance", "0–20"),
    ],
)
def test_wrong_value_names_the_allowed_ones(text: str, option: str, allowed: str) -> None:
    message = error(text)
    assert (message.key, message.values["option"], message.values["value"]) == (
        "draw.wrong_value",
        option,
        text.split()[-1],
    )
    assert allowed in message.values["allowed"]


def test_unknown_option_names_all_there_are() -> None:
    assert error("a cat --quality high").values == {"option": "--quality", "allowed": NAMES}


@pytest.mark.parametrize("text", ["a cat --seed", "a cat --seed --improve", "a cat --no"])
def test_option_without_a_value_is_named(text: str) -> None:
    assert error(text).key == "draw.no_value"


def test_every_mistake_is_named_at_once() -> None:
    assert len(parse("--foo --seed x cat -n 9").errors) == 3


_WORDS = st.sampled_from(
    [
        "cat",
        "--",
        "—",
        "--size",
        "—no",
        "-n",
        "-n3",
        "16:9",
        "竖版",
        "“",
        "”",
        "'",
        '"',
        "--seed",
        "7",
        ",",
        "\n",
        "--图",
        "=",
        "x" * 30,
    ]
)


@given(
    st.one_of(
        st.text(max_size=80), st.lists(_WORDS, max_size=12).map(" ".join), st.lists(_WORDS, max_size=12).map("".join)
    )
)
@example("-n1 0\r,")
@example("a cat\n，\t; -n 2")
@example("-n1 a\u3000、\x1c,")
def test_any_text_is_read(text: str) -> None:
    command = parse(text)
    assert command.options.prompt == command.options.prompt.strip()
    assert all(len(value) < 200 for message in command.errors for value in message.values.values())


@given(st.text(st.characters(codec="utf-8", exclude_characters="-—–―,，、;；:："), max_size=60))
def test_text_without_options_is_the_prompt(text: str) -> None:
    command = parse(text)
    assert command.errors == ()
    assert command.options.size or command.options == Options(prompt=text.strip())


@given(st.integers(0, MAX_SEED), st.integers(1, 4), st.text("abc é中", min_size=1, max_size=20).filter(str.strip))
def test_what_is_written_out_is_read_again(seed: int, count: int, words: str) -> None:
    options = read(f"a cat --seed {seed} -n {count} --no “{words}”")
    assert options == Options(prompt="a cat", seed=seed, count=count, negative=words.strip())
