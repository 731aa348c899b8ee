"""In a private chat: answers grow, can be stopped, know what was said, and come once although the bot is killed."""

import pytest
from playwright.async_api import Locator, expect

from tests.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG = "Write something long, so that I can stop you"
MANY_THINGS = "A quote, a list of tasks, a table and a formula, please"
STILL = 0.01  # a line that slides away under the reader's eyes is more

# Every length that the draft has had, in characters.
_WATCH_GROWTH = """
  window.lengths = [];
  new MutationObserver(() => {
    const length = document.querySelector("#draft .content")?.textContent.length;
    if (length && length !== window.lengths.at(-1)) window.lengths.push(length);
  }).observe(document.getElementById("draft"), { childList: true, characterData: true, subtree: true });
"""


def button(row: Locator, words: str) -> Locator:
    return row.locator(".keyboard button", has_text=words)


async def test_a_question_asked_in_the_browser_is_answered_there(ann: Visitor) -> None:
    answer = await ann.answered("How are you?")
    await expect(answer).to_contain_text("No model is behind this answer")
    await expect(answer).to_contain_text("How are you?")


@pytest.mark.slow
async def test_an_answer_grows_in_place_and_is_one_message_in_the_end(ann: Visitor) -> None:
    before = await ann.answers.count()
    await ann.page.evaluate(_WATCH_GROWTH)
    answer = await ann.answered(MANY_THINGS)
    lengths = await ann.page.evaluate("window.lengths")
    assert len(lengths) > 2, "it did not grow"
    assert lengths == sorted(lengths)
    await expect(ann.answers).to_have_count(before + 1)
    for shape in ("blockquote", "table", ".tasks", "math"):
        await expect(answer.locator(shape).first).to_be_visible()


@pytest.mark.slow
async def test_nothing_moves_under_the_readers_eyes_while_the_page_opens_and_an_answer_streams(ann: Visitor) -> None:
    await ann.answered(MANY_THINGS)
    assert await ann.shifted() < STILL


@pytest.mark.slow
async def test_the_button_of_the_draft_ends_the_answer(ann: Visitor) -> None:
    before = await ann.answers.count()
    await ann.say(LONG)
    await expect(ann.draft).to_contain_text("Paragraph")
    await ann.draft.get_by_role("button", name="Stop").click()
    await expect(ann.answers.nth(before)).to_contain_text("– stopped –")
    await expect(ann.draft).to_have_count(0)


@pytest.mark.slow
async def test_another_model_knows_what_was_said_to_the_first(ann: Visitor) -> None:
    await ann.answered("Remember: the cat is called Miso")
    panel = await ann.answered("/model")
    await button(panel, "GLM").click()
    await button(panel, "GLM-4-9B").click()
    await expect(ann.answers.last).to_contain_text("GLM-4-9B-0414 answers here")
    answer = await ann.answered("What did I tell you?")
    await expect(answer).to_contain_text("the cat is called Miso")


@pytest.mark.slow
async def test_settings_change_by_their_buttons(ann: Visitor) -> None:
    await ann.be("小明")
    panel = await ann.answered("/settings")
    await button(panel, "语言").click()
    await button(panel, "English").click()
    await expect(ann.toasts).to_contain_text("Saved")
    await expect(panel).to_contain_text("Your settings")
    await button(panel, "Thinking").click()
    await panel.get_by_role("button", name="on", exact=True).click()
    await expect(panel).to_contain_text("Thinking: on")


@pytest.mark.slow
async def test_a_bot_killed_in_the_midst_of_an_answer_gives_it_once(ann: Visitor) -> None:
    before = await ann.answers.count()
    await ann.page.locator("#workshop-open").click()
    process = ann.page.locator("#workshop .process")
    await expect(process).to_contain_text("run 1")
    await ann.say(MANY_THINGS)
    await expect(ann.draft).to_contain_text("You asked")
    await ann.page.get_by_role("button", name="Kill and restart").click()
    await expect(process).to_contain_text("run 2")
    await expect(ann.answers.nth(before)).to_contain_text(MANY_THINGS)
    await expect(await ann.answered("Are you well?")).to_contain_text("Are you well?")
    await expect(ann.answers).to_have_count(before + 2)
