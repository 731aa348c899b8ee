"""The developers' side of the page as files: whole, and in both languages."""

import re
from importlib.resources import files

from bot.clock import SystemClock
from bot.playground.siliconflow import LocalSiliconFlow
from bot.playground.telegram import LocalTelegram
from bot.playground.workshop import Switches

STATIC = files("bot.playground.page").joinpath("static")
WORDS = STATIC.joinpath("workshop_words.js").read_text(encoding="utf-8")
MODULES = {
    name: STATIC.joinpath(name).read_text(encoding="utf-8")
    for name in (file.name for file in STATIC.iterdir())
    if re.fullmatch(r"workshop(?!_words).*\.js", name)
}
CODE = "".join(MODULES.values())


def table(language: str) -> str:
    return WORDS[WORDS.index(f"\n  {language}: {{") :].split("\n  },", 1)[0]


def keys(language: str) -> set[str]:
    return set(re.findall(r"^    (\w+):", table(language), re.MULTILINE))


def switches(language: str) -> set[str]:
    return set(re.findall(r"^      (\w+): \[", table(language), re.MULTILINE))


def test_both_languages_say_the_same_things() -> None:
    assert keys("en") == keys("zh")
    assert len(keys("en")) > 40
    for key in keys("en"):
        said = [re.search(rf"^    {key}: (.*)", table(language), re.MULTILINE) for language in ("en", "zh")]
        places = [sorted(re.findall(r"\{(\w+)\}", found[1])) for found in said if found]
        assert places[0] == places[1], key


def test_every_word_that_is_used_exists_and_none_is_left_over() -> None:
    named = set(re.findall(r'\bsay\("(\w+)"', CODE))
    assert named <= keys("en")
    computed = {name for name in keys("en") if re.search(rf'\b{name}\b(?=[,"\s:\]])', CODE)} | {
        *("of_upstream", "of_telegram"),  # the groups of switches
        *("starting", "running", "killed", "resting"),  # the bot's phases
    }
    assert keys("en") - named - computed == set()


def test_every_switch_has_words() -> None:
    clock = SystemClock()
    known = Switches(LocalTelegram("4200:files", clock), LocalSiliconFlow(clock)).state
    assert switches("en") == switches("zh") == set(known)


def test_every_module_is_reached_from_the_page() -> None:
    reached, waiting = set(), ["page.js"]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += re.findall(r'from "\./([^"]+)"', STATIC.joinpath(name).read_text(encoding="utf-8"))
    assert set(MODULES) <= reached
