"""What people, groups, models and files are called and say is text: it runs nothing, and leads nowhere by itself."""

import pytest
from playwright.async_api import expect

from bot.playground.telegram import Chat
from tests.browser.visitor import Arrive, Visitor
from tests.playground.page_visit import Json, Visit

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

MARKUP = "<img src=x onerror='window.ran=1'><script>window.ran=1</script><svg onload='window.ran=1'>"
RUNS = "javascript:window.ran=1"
ELSEWHERE = "https://example.org/picture.png"


def paragraph(text: object) -> Json:
    return {"type": "paragraph", "text": text}


RICH = [
    {"type": "heading", "text": MARKUP, "size": 1},
    paragraph([{"type": "url", "text": MARKUP, "url": RUNS}, {"type": "url", "text": "out", "url": ELSEWHERE}]),
    paragraph({"type": "unheard_of", "text": MARKUP}),
    {"type": "pre", "text": MARKUP, "language": MARKUP},
    {"type": "mathematical_expression", "expression": rf"\frac{{{MARKUP}}}{{\href{{{RUNS}}}{{x}}}}"},
    {
        "type": "table",
        "cells": [[{"text": MARKUP, "is_header": True, "align": MARKUP, "valign": "top"}]],
        "caption": MARKUP,
    },
    {"type": "details", "summary": MARKUP, "blocks": [paragraph(MARKUP)], "is_open": True},
    {"type": "buttons", "buttons": [{"text": MARKUP, "url": RUNS}, {"text": "out", "url": ELSEWHERE}]},
]


async def stage(stand: Visit) -> Chat:
    """A group of such a name, with somebody of such a name, who put such words into one of each thing."""
    world = stand.world
    mallory = world.person(MARKUP, language="en")
    group = world.group(MARKUP, mallory, stand.ann, bot="administrator", forum=True)
    world.topic(mallory, group, MARKUP[:100])
    first = world.say(mallory, group, MARKUP)
    link = {"type": "text_link", "offset": 0, "length": 20, "url": RUNS}
    world.say(mallory, group, MARKUP, reply_to=first, entities=(link, {**link, "offset": 20, "url": f" {RUNS}"}))
    world.say_rich(mallory, group, RICH)
    world.send_photo(mallory, group, caption=MARKUP)
    world.send_document(mallory, group, MARKUP.encode(), f"{MARKUP}.html".replace("/", ""), caption=MARKUP)
    world.forward(mallory, [first], group)
    world.edit(mallory, world.say(mallory, group, "soon"), MARKUP)
    return group


async def enter(visitor: Visitor) -> None:
    await visitor.page.locator("#chats button", has_text="onerror").click()
    await expect(visitor.page.locator("#title")).to_have_text(MARKUP)


async def nothing_ran(visitor: Visitor) -> None:
    assert await visitor.page.evaluate("window.ran") is None
    await expect(visitor.page.locator("img[src='x'], svg[onload]")).to_have_count(0)
    await expect(visitor.page.locator("a[href^='javascript:' i]")).to_have_count(0)


async def test_hostile_names_and_messages_are_shown_as_they_stand(stand: Visit, arrive: Arrive) -> None:
    await stage(stand)
    visitor = await arrive(stand.url)
    await enter(visitor)
    await expect(visitor.rows.filter(has_text=MARKUP)).to_have_count(7)
    await expect(visitor.rows.locator("td, th").first).to_have_text(MARKUP)
    await nothing_ran(visitor)


async def test_pressing_all_there_is_on_hostile_messages_runs_nothing(stand: Visit, arrive: Arrive) -> None:
    group = await stage(stand)
    visitor = await arrive(stand.url)
    await enter(visitor)
    for piece in await visitor.page.locator("#messages .content :is(span, button, summary)").all():
        await piece.dispatch_event("click")
    await visitor.page.keyboard.press("Escape")
    for action in ("copy", "forward", "reply"):
        await visitor.choose(visitor.rows.filter(has_text=MARKUP).first, action)
        await visitor.page.keyboard.press("Escape")
    keyboard = {"inline_keyboard": [[{"text": MARKUP, "callback_data": "hostile"}]]}
    await stand.call("sendMessage", chat_id=group.id, text=MARKUP, reply_markup=keyboard)
    await visitor.page.locator(".keyboard button").click()
    [query] = [each["callback_query"] for each in await stand.news() if "callback_query" in each]
    await stand.call("answerCallbackQuery", callback_query_id=query["id"], text=MARKUP)
    await expect(visitor.toasts.get_by_text(MARKUP, exact=True)).to_be_visible()
    await nothing_ran(visitor)


async def test_a_hostile_draft_runs_nothing(stand: Visit, arrive: Arrive) -> None:
    stand.world.say(stand.ann, stand.room, "hi")
    visitor = await arrive(stand.url)
    safe = [block for block in RICH if RUNS not in str(block)]  # Telegram takes no such address from a bot
    await stand.call("sendMessageDraft", chat_id=stand.room.id, draft_id=1, text=MARKUP)
    await expect(visitor.draft.locator(".content")).to_have_text(MARKUP)
    await stand.call("sendRichMessageDraft", chat_id=stand.room.id, draft_id=1, rich_message={"blocks": safe[:1]})
    await expect(visitor.draft.locator("h3")).to_have_text(MARKUP)
    await nothing_ran(visitor)


async def test_a_link_to_elsewhere_is_followed_only_by_a_press_and_tells_nothing_of_the_page(
    stand: Visit, arrive: Arrive
) -> None:
    await stage(stand)
    visitor = await arrive(stand.url)
    await enter(visitor)
    links = visitor.page.locator(f"a[href='{ELSEWHERE}']")
    await expect(links).to_have_count(2)
    for link in await links.all():
        await expect(link).to_have_attribute("rel", "noopener noreferrer")
        await expect(link).to_have_attribute("target", "_blank")


async def test_even_markup_that_got_in_would_run_nothing_and_load_nothing(stand: Visit, arrive: Arrive) -> None:
    visitor = await arrive(stand.url)
    loads = f"<img src='{ELSEWHERE}'><iframe src='https://example.org'></iframe>"
    await visitor.page.evaluate("markup => document.body.insertAdjacentHTML('beforeend', markup)", MARKUP + loads)
    await expect(visitor.page.locator("img[src='x']")).to_have_count(1)
    await visitor.page.locator("img[src='x']").evaluate("image => image.dispatchEvent(new Event('error'))")
    assert await visitor.page.evaluate("window.ran") is None
    refused = [fault for fault in visitor.faults if "Content Security Policy" in fault]
    assert len(refused) > 2, visitor.faults
    visitor.faults.clear()
