"""/draw: from a wish to a picture in the chat, and on from there."""

import re

import pytest

from bot.playground.siliconflow.faults import Quirks
from bot.playground.siliconflow.picture_storage import Spoil
from tests.flows.drawing import NAME, asked, calls, content, drawn, picture, pictures, start, told, upstream
from tests.flows.stage import Stage, labels


@pytest.mark.parametrize(("seed", "begins"), [(42, b"\x89PNG"), (43, b"\xff\xd8")])
async def test_a_wish_becomes_a_photo_with_the_very_bytes_that_were_drawn(
    studio: Stage, seed: int, begins: bytes
) -> None:
    photo = await drawn(studio, studio.ann, studio.room, f"/draw a lighthouse at dawn --seed {seed}")
    assert "photo" in (photo.media or {})
    assert content(studio, photo) == upstream(studio)[0]
    assert content(studio, photo).startswith(begins)
    assert photo.text.splitlines() == [
        "a lighthouse at dawn",
        f"Kolors · 1024x1024 · seed {seed} · 0.4 s · free",
        "AI-generated",
    ]
    assert labels(photo) == ["🔁 Again", "🎲 Vary", "📐 Size", "🧠 Model", "✏️ Words", "📄 Original"]
    assert asked(studio) == {
        "model": "Kwai-Kolors/Kolors",
        "prompt": "a lighthouse at dawn",
        "image_size": "1024x1024",
        "seed": seed,
        "num_inference_steps": 20,
        "guidance_scale": 7.5,
    }
    assert "x-enable-watermark" not in calls(studio)[0].headers


async def test_nothing_but_the_picture_is_left_of_a_drawing(studio: Stage) -> None:
    studio.siliconflow.storage.spoil(Spoil.EXPIRED)
    hold = Quirks(hold_after=0)
    rule = studio.siliconflow.faults.add(hold)
    studio.say(studio.ann, studio.room, "/draw a cat")
    line = await studio.next(studio.room, 0)
    assert re.fullmatch(r"🎨 Drawing … \d+ s", line.text)
    assert labels(line) == ["⏹ Cancel"]
    assert studio.telegram.journal.of("sendChatAction")[0].parameters["action"] == "upload_photo"
    studio.siliconflow.faults.remove(rule)
    await studio.press(studio.ann, line, "Cancel")
    await studio.until(lambda: studio.now(line).keyboard is None)
    assert studio.now(line).text == "– the drawing was stopped –"
    photo = await drawn(studio, studio.ann, studio.room, "/draw a cat")
    await studio.until(lambda: studio.answers(studio.room)[-1] == photo)


async def test_the_command_alone_explains_itself(studio: Stage) -> None:
    english = await told(studio, studio.ann, studio.room, "/draw")
    for option in ("--size", "-n", "--no", "--seed", "--steps", "--guidance", "--improve", "--model"):
        assert option in english
    assert "• Kolors – free" in english
    assert "• Qwen-Image – ¥0.3, text in pictures" in english
    assert "竖版" in await told(studio, studio.bob, studio.telegram.world.private(studio.bob), "/draw")
    assert not calls(studio)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/draw a cat --size huge", ["--size", "huge", "1024x1024", "16:9"]),
        ("/draw a cat -n 9", ["-n", "1–4"]),
        ("/draw a cat --frob 3", ["--frob", "--size"]),
        ("/draw a cat --steps 500", ["--steps", "1–100"]),
        ("/draw a cat --model nothing", ["nothing", "Kolors", "Z-Image-Turbo"]),
        ("/draw a cat --model Qwen-Image-Edit-2509", ["only changes pictures"]),
    ],
)
async def test_a_wrong_wish_is_told_what_is_right(studio: Stage, text: str, words: list[str]) -> None:
    sentence = await told(studio, studio.ann, studio.room, text)
    assert [word for word in words if word not in sentence] == []
    assert not calls(studio)


async def test_what_a_model_does_not_take_is_said_below_the_picture(studio: Stage) -> None:
    photo = await drawn(studio, studio.ann, studio.room, "/draw a cat --model z-image-turbo --no dogs --guidance 5")
    assert "takes no --no" in photo.text
    assert "takes no --guidance" in photo.text
    assert "¥0.10" in photo.text
    assert "guidance_scale" not in asked(studio)
    wide = await drawn(studio, studio.ann, studio.room, "/draw a cat, 16:9")
    assert "Kolors does not draw 16:9; drawn as" in wide.text


async def test_several_pictures_come_as_an_album_with_a_line_of_buttons_below(studio: Stage) -> None:
    studio.say(studio.ann, studio.room, "/draw a cat -n 3 --seed 7")
    await studio.until(lambda: any(message.text == "3 pictures" for message in studio.answers(studio.room)))
    album, line = pictures(studio, studio.room), studio.answers(studio.room)[-1]
    assert len({message.album for message in album}) == 1
    assert [content(studio, photo) for photo in album] != []
    assert {content(studio, photo) for photo in album} == set(upstream(studio))
    assert sorted(call.body["seed"] for call in calls(studio)) == [7, 8, 9]  # type: ignore[index] # JSON of our own call
    assert album[0].text.startswith("a cat\n")
    assert labels(line) == ["🔁 Again", "📐 Size", "🧠 Model", "✏️ Words", "📄 Original"]
    await studio.press(studio.ann, line, "Original")
    await studio.until(lambda: len(pictures(studio, studio.room)) == 6)
    files = pictures(studio, studio.room)[3:]
    assert [content(studio, file) for file in files] == [content(studio, photo) for photo in album]
    assert all("document" in (file.media or {}) for file in files)


async def test_in_a_group_the_picture_answers_the_wish(studio: Stage) -> None:
    wish = studio.say(studio.bob, studio.group, f"/draw{NAME} 一只猫，竖版")
    photo = await picture(studio, studio.group, 0)
    assert photo.reply_to == wish.id
    assert "种子" in photo.text
    assert "AI 生成" in photo.text
    assert asked(studio)["image_size"] == "960x1280"


async def test_a_drawing_keeps_no_question_waiting(studio: Stage) -> None:
    studio.siliconflow.faults.add(Quirks(hold_after=0), model="Kwai-Kolors/Kolors")
    studio.say(studio.ann, studio.room, "/draw a cat")
    line = await studio.next(studio.room, 0)
    await studio.answer_to(studio.ann, studio.room, "What is a black hole?")
    await studio.press(studio.ann, line, "Cancel")


async def test_a_message_replied_to_with_the_command_alone_is_drawn(studio: Stage) -> None:
    said = studio.say(studio.bob, studio.group, "a lake in the mountains")
    await drawn(studio, studio.ann, studio.group, f"/draw{NAME}", reply_to=said)
    assert asked(studio)["prompt"] == "a lake in the mountains"


async def test_a_long_prompt_is_shortened_below_the_picture_and_drawn_whole(studio: Stage) -> None:
    prompt = "cats 🐈 " * 400
    photo = await drawn(studio, studio.ann, studio.room, f"/draw {prompt}")
    assert asked(studio)["prompt"] == prompt.strip()
    assert len(photo.text.encode("utf-16-le")) <= 2 * 1024
    assert "…\nKolors · " in photo.text


async def test_a_prompt_can_be_improved_and_is_shown_folded(studio: Stage) -> None:
    studio.siliconflow.answers.push("“A cat in golden light, soft focus.”")
    photo = await drawn(studio, studio.ann, studio.room, "/draw a cat --improve")
    assert asked(studio)["prompt"] == "A cat in golden light, soft focus."
    assert photo.text.startswith("a cat\nA cat in golden light, soft focus.\nKolors")
    [quote] = photo.entities
    assert (quote["type"], quote["offset"], quote["length"]) == ("expandable_blockquote", 6, 34)
    assert "a cat" in studio.sent_upstream()


async def test_a_prompt_that_cannot_be_improved_is_drawn_as_it_is(studio: Stage) -> None:
    studio.siliconflow.answers.push("word " * 400)
    photo = await drawn(studio, studio.ann, studio.room, "/draw a cat --improve")
    assert asked(studio)["prompt"] == "a cat"
    assert "could not be improved" in photo.text
    assert photo.text.count("a cat") == 1


@pytest.mark.parametrize(
    ("question", "what"),
    [("画一只猫", "一只猫"), ("帮我画一只猫", "一只猫"), ("Draw me a cat, please", "a cat, please")],
)
async def test_a_question_that_asks_for_a_picture_is_offered_one(studio: Stage, question: str, what: str) -> None:
    studio.say(studio.ann, studio.room, question)
    offer = await studio.next(studio.room, 1)
    assert labels(offer) == ["🎨 Draw it"]
    await studio.restart(IMAGE_TRUSTED_HOSTS=studio.siliconflow.storage.name)
    await studio.press(studio.ann, offer, "Draw")
    await picture(studio, studio.room, 0)
    assert asked(studio)["prompt"] == what
    assert studio.now(offer).deleted


async def test_other_questions_are_not_offered_a_picture(studio: Stage) -> None:
    await studio.answer_to(studio.ann, studio.room, "How do I draw a conclusion?")
    await studio.answer_to(studio.ann, studio.room, "画家是谁")
    assert len(studio.answers(studio.room)) == 2


async def test_pictures_are_not_marked_where_the_operator_says_so(empty_stage: Stage) -> None:
    await start(empty_stage, IMAGE_WATERMARK="off")
    photo = await drawn(empty_stage, empty_stage.ann, empty_stage.room, "/draw a cat")
    assert calls(empty_stage)[0].headers["x-enable-watermark"] == "0"
    assert "AI" not in photo.text


async def test_pictures_count_against_the_quota_of_the_day(empty_stage: Stage) -> None:
    await start(empty_stage, QUOTA_PICTURES_PER_DAY="2")
    stage = empty_stage
    photo = await drawn(stage, stage.ann, stage.room, "/draw a cat")
    stage.say(stage.ann, stage.room, "/draw two cats -n 2")
    second = await picture(stage, stage.room, 1)
    assert "1/2 · " in second.text
    await stage.press(stage.ann, photo, "Again")
    await stage.until(lambda: len(stage.answers(stage.room)) == 3 and not stage.answers(stage.room)[-1].keyboard)
    assert "2" in stage.answers(stage.room)[-1].text
    assert len(calls(stage)) == 2


async def test_who_has_to_wait_sees_for_how_long(empty_stage: Stage) -> None:
    await start(empty_stage, SILICONFLOW_IPM="1")
    stage = empty_stage
    await drawn(stage, stage.ann, stage.room, "/draw a cat")
    stage.say(stage.bob, stage.group, f"/draw{NAME} 一只猫")
    line = await stage.next(stage.group, 0)
    assert re.fullmatch(r"⏳ 大约 \d+ 秒后轮到你", line.text)
    assert (await stage.press(stage.ann, line, "取消")).show_alert
    assert (await stage.press(stage.bob, line, "取消")).text == "已停止。"
    await stage.until(lambda: stage.now(line).keyboard is None)
    assert stage.now(line).text == "—— 已停止画图 ——"
    assert len(calls(stage)) == 1


async def test_stop_ends_a_drawing_too(studio: Stage) -> None:
    studio.siliconflow.faults.add(Quirks(hold_after=0), model="Kwai-Kolors/Kolors")
    studio.say(studio.ann, studio.room, "/draw a cat")
    line = await studio.next(studio.room, 0)
    studio.say(studio.ann, studio.room, "/stop")
    await studio.until(lambda: studio.now(line).text == "– the drawing was stopped –")
