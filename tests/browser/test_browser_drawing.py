"""Pictures: drawn on command, changed by reply, and sent by people."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.async_api import FilePayload, expect

from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


def picture(colour: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (320, 200), colour).save(file, "PNG")
    return file.getvalue()


async def test_a_picture_is_drawn_and_changed_by_a_reply(ann: Visitor) -> None:
    await ann.say("/draw a lighthouse in the fog, 960x1280")
    pictures = ann.answers.locator("img")
    await expect(pictures).to_have_js_property("naturalWidth", 960)
    await expect(pictures).to_have_js_property("naturalHeight", 1280)
    await ann.choose(ann.answers.filter(has=ann.page.locator("img")), "reply")
    await ann.say("in a storm")
    await expect(pictures).to_have_count(2)
    await expect(pictures.last).not_to_have_js_property("naturalWidth", 0)
    await expect(ann.answers.last).to_contain_text("in a storm")
    below = "(list) => Math.abs(list.scrollHeight - list.scrollTop - list.clientHeight) < 2"
    await ann.page.wait_for_function(f"({below})(document.querySelector('#scroller'))")  # its end stays in view


async def test_a_picture_is_opened_in_full_and_closed_by_a_key(ann: Visitor) -> None:
    await ann.be("小明")
    await ann.attach([("red.png", picture("red"))])
    await ann.say("")
    photo = ann.rows.locator(".photo")
    await photo.click()
    box = ann.page.locator("#lightbox")
    await expect(box.locator("img")).to_have_js_property("naturalWidth", 320)
    await ann.page.keyboard.press("Escape")
    await expect(box).to_be_hidden()
    await expect(photo).to_be_focused()


async def test_a_photo_from_a_file_is_shown_and_the_bot_says_what_it_can_do_with_it(ann: Visitor) -> None:
    await ann.attach([("green.png", picture("green"))])
    answer = await ann.answered("My garden")
    await expect(ann.rows.locator(".photo img").last).to_have_js_property("naturalHeight", 200)
    await expect(answer).to_contain_text("To change this picture, reply to it with /draw")


async def test_several_photos_are_one_album_and_one_question(ann: Visitor) -> None:
    before = await ann.answers.count()
    colours = ("red", "green", "blue")
    await ann.attach([(f"{colour}.png", picture(colour)) for colour in colours])
    answer = await ann.answered("Which colours are these?")
    await expect(ann.rows.locator(".album").last.locator("img")).to_have_count(len(colours))
    await expect(answer).to_contain_text("reply to it with /draw")
    await expect(ann.answers).to_have_count(before + 1)


async def test_a_file_that_is_no_picture_is_refused_and_the_words_stay(ann: Visitor) -> None:
    await ann.text.fill("Look at this")
    await ann.page.locator("#files").set_input_files(
        FilePayload(name="a.png", mimeType="image/png", buffer=b"<script>")
    )
    await expect(ann.toasts).to_contain_text("That is not a picture")
    await expect(ann.text).to_have_value("Look at this")
