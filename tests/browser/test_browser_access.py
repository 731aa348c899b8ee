"""The page for everybody: by the keyboard alone, read aloud, on a phone, in the dark, in 中文 and English."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from bot.playground.telegram import Chat
from bot.playground.telegram.files import PIXEL
from tests.browser.visitor import PHONE, Arrive, Visitor
from tests.playground.page_visit import Json, Visit

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

CONTRAST = (Path(__file__).parent / "contrast.js").read_text()
CONTROLS = {"button", "link", "textbox", "switch", "tab", "option", "menuitem", "checkbox", "DisclosureTriangle"}
COMMANDS = [{"command": "ask", "description": "Ask"}, {"command": "draw", "description": "Draw"}]
KEYBOARD = {"inline_keyboard": [[{"text": "One", "callback_data": "1"}, {"text": "Two", "callback_data": "2"}]]}

# Numbers what Tab has to come to, in the order of the page; how much that is.
_NUMBER = """() => {
  const all = [...document.querySelectorAll("button, a[href], textarea, summary, [tabindex='0']")];
  const wanted = all.filter((node) => node.tabIndex >= 0 && !node.disabled && node.checkVisibility());
  wanted.forEach((node, index) => (node.dataset.number = index));
  return wanted.length;
}"""
# The number of what has the focus, and whether that is to be seen: at it, or at the bubble of a message.
_FOCUS = """() => {
  const node = document.activeElement;
  const shapes = [node, ...node.querySelectorAll(".bubble")].map((each) => getComputedStyle(each).outlineStyle);
  return [Number(node.dataset.number ?? -1), shapes.some((shape) => shape !== "none")];
}"""

# Neither the page nor its messages slide sideways.
_FITS = """() => [document.documentElement, document.getElementById("scroller")]
  .every((node) => node.scrollWidth <= node.clientWidth)"""


def table(columns: int) -> Json:
    cells = [{"text": f"column {number}", "align": "left", "valign": "top"} for number in range(columns)]
    return {"type": "table", "cells": [cells, cells], "is_bordered": True}


async def furnish(stand: Visit) -> Chat:
    """A chat with something of every kind in it."""
    world, room = stand.world, stand.room
    world.private(stand.ming)
    await stand.call("setMyCommands", commands=COMMANDS)
    said = world.say(stand.ann, room, "hello, https://example.org and /ask")
    world.say(stand.ann, room, "again", reply_to=said)
    world.send_photos(stand.ann, room, [PIXEL, PIXEL])
    world.send_document(stand.ann, room, b"text", "notes.txt")
    blocks = [
        {"type": "heading", "text": "A heading", "size": 2},
        {"type": "pre", "text": "print(1)" + " # and on" * 40, "language": "python"},
        {
            "type": "details",
            "summary": "More",
            "blocks": [{"type": "paragraph", "text": {"type": "code", "text": "x"}}],
        },
        table(12),
    ]
    await stand.call("sendRichMessage", chat_id=room.id, rich_message={"blocks": blocks})
    await stand.call("sendMessage", chat_id=room.id, text="Choose", reply_markup=KEYBOARD)
    return room


async def nameless(page: Page) -> list[Any]:
    """Controls that a screen reader would have no name for."""
    session = await page.context.new_cdp_session(page)
    tree = await session.send("Accessibility.getFullAXTree")
    controls = [node for node in tree["nodes"] if node.get("role", {}).get("value") in CONTROLS and not node["ignored"]]
    assert controls
    return [node for node in controls if not node.get("name", {}).get("value", "").strip()]


async def test_a_message_is_written_answered_and_left_by_the_keyboard_alone(stand: Visit, arrive: Arrive) -> None:
    room = await furnish(stand)
    visitor = await arrive(stand.url)
    keys, newest = visitor.page.keyboard, visitor.rows.last
    await expect(visitor.text).to_be_focused()
    await keys.press("Shift+Tab")
    await expect(newest).to_be_focused()
    await keys.press("Enter")
    items = visitor.page.get_by_role("menuitem")
    await expect(items.first).to_be_focused()
    await keys.press("ArrowUp")
    await expect(items.last).to_be_focused()
    await keys.press("Escape")
    await expect(items.last).to_be_hidden()
    await expect(newest).to_be_focused()
    await keys.press("r")
    await expect(visitor.text).to_be_focused()
    await keys.type("By hand")
    await keys.press("Enter")
    await expect(visitor.rows.last.locator(".quoted")).to_contain_text("Choose")
    assert stand.world.messages(room)[-1].text == "By hand"


async def test_commands_people_chats_and_help_have_keys(stand: Visit, arrive: Arrive) -> None:
    await furnish(stand)
    visitor = await arrive(stand.url)
    page, keys = visitor.page, visitor.page.keyboard
    await keys.type("/")
    await expect(page.get_by_role("option")).to_have_count(len(COMMANDS))
    await keys.press("ArrowDown")
    await keys.press("Tab")
    await expect(visitor.text).to_have_value("/draw ")
    await keys.press("Alt+ArrowDown")
    await expect(page.locator("#title")).to_have_text("Friends")
    await keys.press("Alt+2")
    await expect(page.locator("#people [aria-pressed='true']")).to_contain_text("小明")
    await keys.press("F1")
    await expect(page.locator("#sheet")).to_be_visible()
    await keys.press("Escape")
    await expect(page.locator("#sheet")).to_be_hidden()
    await expect(visitor.text).to_be_focused()


async def test_tab_comes_to_everything_once_and_shows_where_it_is(stand: Visit, arrive: Arrive) -> None:
    await furnish(stand)
    visitor = await arrive(stand.url)
    await expect(visitor.rows.last).to_contain_text("Choose")
    count = await visitor.page.evaluate(_NUMBER)
    start, _ = await visitor.page.evaluate(_FOCUS)
    reached = []
    for _ in range(count + 1):  # with the way from the end to the beginning
        await visitor.page.keyboard.press("Tab")
        number, is_seen = await visitor.page.evaluate(_FOCUS)
        assert is_seen or number < 0, f"number {number} has the focus, and nothing shows it"
        reached.append(number)
    assert [number for number in reached if number >= 0] == [*range(start + 1, count), *range(start + 1)]


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
async def test_every_control_has_a_name(stand: Visit, arrive: Arrive, locale: str) -> None:
    await furnish(stand)
    visitor = await arrive(stand.url, locale=locale)
    page = visitor.page
    await visitor.be("Ann")  # who reads Chinese is 小明 at first
    await expect(visitor.rows.last).to_contain_text("Choose")
    assert await nameless(page) == []
    await visitor.rows.last.focus()
    await page.keyboard.press("Enter")
    assert await nameless(page) == []
    await page.keyboard.press("Escape")
    await visitor.rows.locator(".photo").first.click()
    assert await nameless(page) == []


async def test_every_control_of_the_developers_side_has_a_name(ann: Visitor) -> None:
    await ann.answered("How are you?")
    await ann.page.locator("#workshop-open").click()
    for name in ("Calls", "Limits", "Context", "Faults"):
        await ann.page.get_by_role("tab", name=name).click()
        assert await nameless(ann.page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_all_text_stands_out_from_what_is_behind_it(stand: Visit, arrive: Arrive, scheme: str) -> None:
    room = await furnish(stand)
    await stand.call("sendMessageDraft", chat_id=room.id, draft_id=1, text="It grows", can_stop=True)
    people = [stand.world.person(f"Number {number}") for number in range(6)]  # as many as names have colours
    crowd = stand.world.group("Everybody", stand.ann, *people)
    for person in people:
        stand.world.say(stand.ann, crowd, "Yes", reply_to=stand.world.say(person, crowd, "Is that you?"))
    visitor = await arrive(stand.url, color_scheme=scheme)
    await expect(visitor.draft).to_be_visible()
    assert await visitor.page.evaluate(CONTRAST) == []
    await visitor.enter("Everybody")
    assert await visitor.page.evaluate(CONTRAST) == []


async def test_on_a_phone_all_of_it_fits_and_chats_are_one_step_back(stand: Visit, arrive: Arrive) -> None:
    await furnish(stand)
    visitor = await arrive(stand.url, viewport=PHONE, is_mobile=True, has_touch=True)
    page = visitor.page
    await expect(visitor.rows.last).to_contain_text("Choose")
    assert await page.evaluate(_FITS)
    await page.locator("#back").tap()
    await page.locator("#chats button", has_text="Friends").tap()
    await expect(page.locator("#title")).to_have_text("Friends")
    await visitor.say("From the phone")
    await expect(visitor.rows.last).to_be_in_viewport()
    assert await page.evaluate(_FITS)


async def test_the_page_speaks_the_readers_language_and_remembers_another(stand: Visit, arrive: Arrive) -> None:
    visitor = await arrive(stand.url, locale="zh-CN")
    html = visitor.page.locator("html")
    await expect(html).to_have_attribute("lang", "zh-CN")
    await expect(visitor.page.locator("#where")).to_have_text("对话")
    await visitor.page.locator("#language").click()
    await visitor.page.reload()
    await expect(html).to_have_attribute("lang", "en")
    await expect(visitor.page.locator("#where")).to_have_text("Chats")


async def test_dark_is_as_the_machine_has_it_until_somebody_chooses(stand: Visit, arrive: Arrive) -> None:
    visitor = await arrive(stand.url, color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = await visitor.page.evaluate(ground)
    await visitor.page.get_by_role("button", name="Light", exact=True).click()
    light = await visitor.page.evaluate(ground)
    assert dark != light
    await visitor.page.reload()
    await expect(visitor.page.get_by_role("button", name="Dark", exact=True)).to_be_visible()
    assert await visitor.page.evaluate(ground) == light
