"""Groups and topics: summaries that lead to what was said, other people's buttons, and messages passed on."""

import pytest
from playwright.async_api import expect

from tests.browser.visitor import Arrive, Visitor

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

HIKE = "Weekend hike"


async def test_a_link_of_a_summary_leads_to_the_message(ann: Visitor) -> None:
    await ann.enter(HIKE)
    await ann.say("/summarize 20")
    await ann.answers.locator("summary").first.click()
    link = ann.answers.locator("details a[href^='https://t.me/c/']").first
    number = (await link.get_attribute("href") or "").rpartition("/")[2]
    await link.click()
    message = ann.page.locator(f"#messages .found[data-id='{number}']")
    await expect(message).to_be_in_viewport()
    await expect(message).to_be_focused()


async def test_somebody_elses_buttons_say_so(ann: Visitor, arrive: Arrive, playground: str) -> None:
    await ann.enter(HIKE)
    panel = await ann.answered("/model")
    before = await panel.inner_text()
    bob = await arrive(playground)
    await bob.be("Bob")
    await bob.enter(HIKE)
    await bob.answers.last.locator(".keyboard button").first.click()
    await expect(bob.page.locator("#alert")).to_contain_text("This keyboard is somebody else's")
    assert await panel.inner_text() == before


async def test_a_message_of_a_group_is_passed_on_to_the_bot(ann: Visitor) -> None:
    await ann.enter(HIKE)
    await ann.choose(ann.rows.filter(has_text="我不吃花生").first, "forward")
    await ann.page.locator("#targets button", has_text="SiliconBot").click()
    await expect(ann.toasts).to_contain_text("Forwarded to SiliconBot")
    await ann.enter("SiliconBot")
    passed_on = ann.rows.filter(has_text="Forwarded from 小明")
    await expect(passed_on).to_contain_text("我不吃花生")


async def test_each_topic_of_a_private_chat_is_a_conversation(ann: Visitor) -> None:
    await ann.be("Bob")
    topics = ann.page.locator("#topics")
    await ann.answered("Remember: the dog is called Rex")
    await expect(topics.locator("[aria-current]")).not_to_have_attribute("data-key", "t0")
    first = await topics.locator("[aria-current]").get_attribute("data-key")
    await topics.get_by_role("button", name="New topic").click()
    await ann.page.get_by_role("textbox", name="Name of the topic").fill("Another dog")
    await ann.page.keyboard.press("Enter")
    await expect(topics.locator("[aria-current]")).to_contain_text("Another dog")
    await expect(await ann.answered("What did I tell you?")).to_contain_text("You told me nothing")
    await topics.locator(f"[data-key='{first}']").click()
    await expect(await ann.answered("What did I tell you?")).to_contain_text("the dog is called Rex")
