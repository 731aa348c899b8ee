"""On from a picture: its buttons, words in reply to it, and pictures that people send."""

import base64

from bot.playground.siliconflow.faults import Quirks
from tests.flows.drawing import NAME, asked, calls, content, drawn, number, picture, pictures, start, told
from tests.flows.stage import Stage, labels


def given(stage: Stage, which: int = -1) -> bytes:
    """The picture that the provider was given to start from."""
    return base64.b64decode(asked(stage, which)["image"].partition(",")[2])


async def test_again_draws_the_same_words_with_another_seed(studio: Stage) -> None:
    first = await drawn(studio, studio.ann, studio.room, "/draw a cat --seed 7 --no dogs, 3:4")
    assert (await studio.press(studio.ann, first, "Again")).text == "Drawing …"
    second = await picture(studio, studio.room, 1)
    before, after = asked(studio, 0), asked(studio, 1)
    assert after["seed"] != before["seed"]
    assert after == {**before, "seed": after["seed"]}
    assert content(studio, first) != content(studio, second)


async def test_vary_starts_from_the_picture(studio: Stage) -> None:
    first = await drawn(studio, studio.ann, studio.room, "/draw a cat")
    await studio.press(studio.ann, first, "Vary")
    await picture(studio, studio.room, 1)
    assert given(studio) == content(studio, first)
    assert asked(studio)["prompt"] == "a cat"


async def test_another_size_and_another_model_are_chosen_from_what_there_is(studio: Stage) -> None:
    first = await drawn(studio, studio.ann, studio.room, "/draw a cat --seed 7")
    await studio.press(studio.ann, first, "Size")
    assert labels(studio.now(first)) == ["960 × 1280", "768 × 1024", "720 × 1440", "720 × 1280", "◀ Back"]
    await studio.press(studio.ann, first, "Back")
    await studio.press(studio.ann, first, "Size")
    await studio.press(studio.ann, first, "720 × 1440")
    tall = await picture(studio, studio.room, 1)
    assert (asked(studio)["image_size"], asked(studio)["seed"]) == ("720x1440", 7)
    assert "🔁 Again" in labels(studio.now(first))
    await studio.press(studio.ann, tall, "Model")
    assert labels(studio.now(tall))[0] == "Z-Image-Turbo · ¥0.1"
    await studio.press(studio.ann, tall, "Z-Image-Turbo")
    other = await picture(studio, studio.room, 2)
    assert (asked(studio)["model"], asked(studio)["image_size"]) == ("Tongyi-MAI/Z-Image-Turbo", "720x1440")
    assert "🎲 Vary" not in labels(other)


async def test_the_original_comes_as_a_file_and_is_sent_again_without_an_upload(studio: Stage) -> None:
    photo = await drawn(studio, studio.ann, studio.room, "/draw a cat")
    for count in (1, 2):
        await studio.press(studio.ann, photo, "Original")
        file = await picture(studio, studio.room, count)
        assert "document" in (file.media or {})
        assert content(studio, file) == content(studio, photo)
    assert [type(call.parameters["document"]) for call in studio.telegram.journal.of("sendDocument")] == [str, str]
    assert studio.telegram.journal.of("sendDocument")[1].parameters["document"].startswith("local-file-")


async def test_an_original_that_is_not_kept_any_more_is_said_to_be_gone(studio: Stage) -> None:
    photo = await drawn(studio, studio.ann, studio.room, "/draw a cat")
    for kept in (studio.path / "data" / "bot.pictures").iterdir():
        kept.unlink()
    answer = await studio.press(studio.ann, photo, "Original")
    assert answer.show_alert
    assert "not kept" in answer.text


async def test_new_words_are_asked_for_and_take_the_place_of_the_old_ones(studio: Stage) -> None:
    photo = await drawn(studio, studio.ann, studio.room, "/draw a cat --seed 7")
    await studio.press(studio.ann, photo, "Words")
    asking = studio.answers(studio.room)[-1]
    assert "a cat" in asking.text
    await studio.restart(IMAGE_TRUSTED_HOSTS=studio.siliconflow.storage.name, SILICONFLOW_IPM="0")
    other = await drawn(studio, studio.ann, studio.room, "a dog in the snow", reply_to=asking)
    assert (asked(studio)["prompt"], asked(studio)["seed"]) == ("a dog in the snow", 7)
    assert other.text.startswith("a dog in the snow\n")


async def test_words_in_reply_change_the_picture_again_and_again(studio: Stage) -> None:
    """With a restart between."""
    first = await drawn(studio, studio.ann, studio.room, "/draw a cat --seed 7, 3:4")
    second = await drawn(studio, studio.ann, studio.room, "in the snow", reply_to=first)
    assert given(studio) == content(studio, first)
    await studio.restart(IMAGE_TRUSTED_HOSTS=studio.siliconflow.storage.name, SILICONFLOW_IPM="0")
    third = await drawn(studio, studio.ann, studio.room, "at night --seed 8", reply_to=second)
    assert given(studio) == content(studio, second)
    assert [asked(studio, which)["prompt"] for which in range(3)] == [
        "a cat",
        "a cat, in the snow",
        "a cat, in the snow, at night",
    ]
    assert [asked(studio, which)["seed"] for which in range(3)] == [7, 7, 8]
    assert {asked(studio, which)["image_size"] for which in range(3)} == {"960x1280"}
    assert third.text.startswith("a cat, in the snow, at night\n")


async def test_a_model_that_takes_no_picture_draws_the_changed_words_with_the_same_seed(studio: Stage) -> None:
    first = await drawn(studio, studio.ann, studio.room, "/draw 一只猫 --model z-image-turbo --seed 7")
    await drawn(studio, studio.ann, studio.room, "在雪地里", reply_to=first)
    assert asked(studio)["prompt"] == "一只猫，在雪地里"
    assert asked(studio)["model"] == "Tongyi-MAI/Z-Image-Turbo"
    assert asked(studio)["seed"] == 7
    assert "image" not in asked(studio)


async def test_a_photo_with_the_command_as_its_words_is_changed(studio: Stage) -> None:
    ours = await drawn(studio, studio.ann, studio.room, "/draw a cat, 720x1440")
    data = content(studio, ours)
    count = len(pictures(studio, studio.room))
    studio.telegram.world.send_photo(studio.ann, studio.room, data, caption="/draw as a watercolour")
    await picture(studio, studio.room, count)
    assert given(studio) == data
    assert asked(studio)["prompt"] == "as a watercolour"
    assert asked(studio)["image_size"] == "720x1440"


async def test_a_photo_is_changed_in_reply_by_a_model_that_only_changes_pictures(studio: Stage) -> None:
    data = content(studio, await drawn(studio, studio.ann, studio.room, "/draw a cat"))
    sent = studio.telegram.world.send_photo(studio.bob, studio.group, data)
    wish = f"/draw{NAME} 改成水彩画 --model qwen-image-edit-2509"
    first = await drawn(studio, studio.ann, studio.group, wish, reply_to=sent)
    assert given(studio) == data
    assert "image_size" not in asked(studio)
    await drawn(studio, studio.ann, studio.group, "加一只鸟", reply_to=first)
    assert asked(studio)["prompt"] == "加一只鸟"
    assert given(studio) == content(studio, first)


async def test_a_picture_sent_as_a_file_is_one_too_and_what_is_none_is_said(studio: Stage) -> None:
    world = studio.telegram.world
    wrong = world.send_document(studio.ann, studio.room, b"%PDF-1.7", "a.pdf")
    await studio.next(studio.room, 0)
    assert "/draw" in await told(studio, studio.ann, studio.room, "/draw", reply_to=wrong)


async def test_a_picture_to_start_from_that_is_too_large_is_said(studio: Stage) -> None:
    large = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\4\0" * 2 + bytes(4_100_000)
    studio.telegram.world.send_photo(studio.ann, studio.room, large, caption="/draw as a watercolour")
    await studio.until(lambda: studio.answers(studio.room))
    assert "4 MB" in studio.answers(studio.room)[-1].text
    assert not calls(studio)


async def test_a_photo_without_words_is_told_how_it_is_changed(studio: Stage) -> None:
    photo = studio.telegram.world.send_photo(studio.ann, studio.room)
    hint = await studio.next(studio.room, 0)
    assert "/draw" in hint.text
    assert "what" in await told(studio, studio.ann, studio.room, "/draw", reply_to=photo)


async def test_of_an_album_of_people_the_picture_with_the_words_is_taken(studio: Stage) -> None:
    data = content(studio, await drawn(studio, studio.ann, studio.room, "/draw a cat"))
    studio.telegram.world.send_photos(studio.ann, studio.room, [data, data], caption="/draw at night")
    await picture(studio, studio.room, 1)
    await studio.answer_to(studio.ann, studio.room, "Hello")
    assert len(pictures(studio, studio.room)) == 2
    assert len(studio.answers(studio.room)) == 3


async def test_anyone_in_a_group_may_press_on_their_own_account(empty_stage: Stage) -> None:
    stage = await start(empty_stage, QUOTA_PICTURES_PER_DAY="1")
    photo = await drawn(stage, stage.ann, stage.group, f"/draw{NAME} a cat")
    await stage.press(stage.bob, photo, "Again")
    theirs = await picture(stage, stage.group, 1)
    assert theirs.reply_to == photo.id
    assert "种子" in theirs.text
    await stage.press(stage.bob, photo, "Words")
    asking = stage.answers(stage.group)[-1]
    assert asking.text.startswith("Bob\n")
    assert asking.entities[0]["type"] == "text_mention"


async def test_a_press_from_another_chat_changes_nothing(studio: Stage) -> None:
    secret = await drawn(studio, studio.ann, studio.room, "/draw a secret")
    room = studio.telegram.world.private(studio.bob)
    own = await drawn(studio, studio.bob, room, "/draw 一只猫")
    for what in ("again", "vary", "words", "original", "menu", "size", "model"):
        answer = await studio.forge(studio.bob, own, f"d:{what}:{number(secret)}:1:")
        assert answer.show_alert
        assert "过期" in answer.text
    assert (await studio.forge(studio.bob, own, "d:send:1:1:")).show_alert
    assert (await studio.forge(studio.bob, own, f"d:size:{number(own)}:1:1x1")).show_alert
    assert (await studio.forge(studio.bob, own, f"d:model:{number(own)}:1:nothing")).show_alert
    assert (await studio.forge(studio.bob, own, "d:nonsense:1:1:")).show_alert
    assert (await studio.forge(studio.bob, own, f"d:again:{2**63}:1:")).show_alert
    assert len(calls(studio)) == 2


async def test_a_button_pressed_twice_in_a_hurry_draws_once(studio: Stage) -> None:
    photo = await drawn(studio, studio.ann, studio.room, "/draw a cat")
    rule = studio.siliconflow.faults.add(Quirks(hold_after=0), times=None)
    assert (await studio.press(studio.ann, photo, "Again")).text == "Drawing …"
    assert (await studio.press(studio.ann, photo, "Again")).text == "This is being drawn already."
    await studio.siliconflow.journal.until(lambda _: len(calls(studio)) == 2)
    studio.say(studio.ann, studio.room, "/stop")
    studio.siliconflow.faults.remove(rule)
    await studio.until(lambda: "stopped" in studio.answers(studio.room)[-1].text)
    assert len(calls(studio)) == 2


async def test_words_in_reply_to_the_line_below_an_album_are_asked_which_one(studio: Stage) -> None:
    studio.say(studio.ann, studio.room, "/draw a cat -n 2")
    await studio.until(lambda: any(message.text == "2 pictures" for message in studio.answers(studio.room)))
    line = studio.answers(studio.room)[-1]
    assert "the one picture" in await told(studio, studio.ann, studio.room, "in the snow", reply_to=line)
    await drawn(studio, studio.ann, studio.room, "in the snow", reply_to=pictures(studio, studio.room)[1])
    assert given(studio) == content(studio, pictures(studio, studio.room)[1])
    await studio.press(studio.ann, line, "Again")
    await studio.until(lambda: len(pictures(studio, studio.room)) == 5)


async def test_what_is_forgotten_leaves_neither_rows_nor_files(studio: Stage) -> None:
    photo = await drawn(studio, studio.ann, studio.room, "/draw a cat")
    await studio.reply_to(studio.ann, studio.room, "/forget")
    await studio.press(studio.ann, studio.answers(studio.room)[-1], "")
    await studio.until(lambda: not list((studio.path / "data" / "bot.pictures").iterdir()))
    assert (await studio.press(studio.ann, photo, "Again")).show_alert
