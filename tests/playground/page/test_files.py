"""The files that the browser gets: whole, in both languages, and without a way for text to become markup."""

import re
from importlib.resources import files

import pytest

from bot.playground.page import actions

STATIC = {
    file.name: file.read_text(encoding="utf-8") for file in files("bot.playground.page").joinpath("static").iterdir()
}
MODULES = {name: text for name, text in STATIC.items() if name.endswith(".js")}
TABLES = ("english.js", "chinese.js")
# The workshop has tests of its own.
OWN = "".join(text for name, text in MODULES.items() if name not in TABLES and not name.startswith("workshop"))
ASKED_OF_THE_BOT = {"upload_photo", "upload_document"}  # names of chat actions
PAGE = STATIC["index.html"]


def keys(table: str) -> set[str]:
    """What the page says in one language; the sentences for refusals as ``errors.REASON``."""
    sentences = re.findall(r"^  (\w+):", STATIC[table], re.MULTILINE)
    refusals = re.findall(r"^    (\w+):", STATIC[table], re.MULTILINE)
    return {*sentences, *(f"errors.{reason}" for reason in refusals)}


def test_both_languages_say_the_same_things() -> None:
    assert keys("english.js") == keys("chinese.js")
    assert len(keys("english.js")) > 80


def test_both_languages_fill_in_the_same_values() -> None:
    def gaps(table: str) -> dict[str, set[str]]:
        lines = re.findall(r"^ +(\w+): (\".*)$", STATIC[table], re.MULTILINE)
        return {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in lines}

    assert gaps("english.js") == gaps("chinese.js")


def test_every_word_that_is_used_exists_and_every_other_is_not_there() -> None:
    used = set(re.findall(r'\bwords\("(\w+)"', OWN)) | set(re.findall(r'data-(?:words|label|title)="(\w+)"', PAGE))
    assert used <= keys("english.js")
    named = used | set(re.findall(r'"(\w+)"', OWN)) | set(re.findall(r"\berrors\"\)\.(\w+)", OWN))
    assert {key for key in keys("english.js") if not key.startswith("errors.")} <= named | ASKED_OF_THE_BOT


def test_every_refusal_has_a_sentence() -> None:
    package = files("bot.playground.page")
    source = "".join(file.read_text(encoding="utf-8") for file in package.iterdir() if file.name.endswith(".py"))
    reasons = set(re.findall(r'Refused\("(\w+)"\)', source)) | {"malformed"}
    assert {f"errors.{reason}" for reason in reasons} <= keys("english.js")


def test_the_page_does_all_that_there_is_to_do() -> None:
    assert set(actions.ACTIONS) == set(re.findall(r'attempt\("(\w+)"', OWN))


def test_every_element_that_the_modules_ask_for_is_in_the_page() -> None:
    asked = set(re.findall(r'(?:\bby|getElementById)\("([\w-]+)"\)', OWN))
    assert len(asked) > 30
    assert asked <= set(re.findall(r'\bid="([\w-]+)"', PAGE))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """As WCAG defines it, from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


COLOURS = dict(re.findall(r"--([\w-]+): light-dark\(([^)]+)\)", STATIC["page.css"]))
GROUNDS = ("bubble", "side", "ground")
READ = [
    *((ink, ground) for ground in (*GROUNDS, "mine", "inset") for ink in ("ink", "soft")),
    *((ink, ground) for ground in GROUNDS for ink in ("accent", "danger", "success")),
    *((f"ink{number}", "bubble") for number in range(6)),
    ("on-accent", "accent"),
    ("on-accent", "danger"),
    ("warm-ink", "warm"),
    ("ink", "warm"),
    ("accent", "mine"),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), READ, ids=["-on-".join(pair) for pair in READ])
def test_what_is_written_can_be_read(ink: str, ground: str, theme: int) -> None:
    one, other = (COLOURS[name].split(", ")[theme] for name in (ink, ground))
    assert contrast(one, other) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_the_edges_of_what_can_be_used_can_be_seen(ground: str, theme: int) -> None:
    edge, other = (COLOURS[name].split(", ")[theme] for name in ("edge", ground))
    assert contrast(edge, other) >= 3


def test_the_letters_on_faces_can_be_read() -> None:
    tones = re.findall(r"\.tone\d \{ background: (#\w{6}); \}", STATIC["page.css"])
    assert len(tones) == 6
    assert min(contrast("#ffffff", tone) for tone in tones) >= 4.5


def test_all_that_the_files_name_is_there() -> None:
    named = set(re.findall(r'(?:src|href)="([^"]+)"', PAGE))
    named |= {name for text in MODULES.values() for name in re.findall(r'from "\./([^"]+)"', text)}
    assert named <= set(STATIC)
    assert set(STATIC) - named == {"index.html"}


@pytest.mark.parametrize("name", sorted(STATIC))
def test_no_text_becomes_markup_and_nothing_comes_from_elsewhere(name: str) -> None:
    text = STATIC[name]
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser", text
    )
    assert not re.search(r"https?://(?!www\.w3\.org/(?:2000/svg|1998/Math/MathML)|\$\{)", text)


def test_nothing_in_the_page_needs_an_exception_from_its_policy() -> None:
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", PAGE)
    assert re.findall(r"<script[^>]*>([^<]*)</script>", PAGE) == [""]
