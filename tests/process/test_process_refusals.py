"""What the process says when it cannot work, and what it never says."""

import pytest

from bot.playground.siliconflow.refusals import invalid
from tests.process.local_environment import KEY, TOKEN, LocalEnvironment


async def test_wrong_settings_end_the_start_with_every_fault(around: LocalEnvironment) -> None:
    run = await around.spawn(
        TELEGRAM_BOT_TOKEN="canary", HTTP_PORT="canary", WEBHOOK_URL="http://127.0.0.1/hook", LOG_LEVEL="canary"
    )
    assert await run.ended() == 2
    faulty = ("TELEGRAM_BOT_TOKEN", "HTTP_PORT", "WEBHOOK_SECRET", "LOG_LEVEL")
    assert sorted(line.split()[0] for line in run.lines[1:]) == sorted(faulty)
    assert "canary" not in run.output
    assert not around.database.exists()


async def test_refused_token_ends_the_start_with_one_clear_line(around: LocalEnvironment) -> None:
    around.telegram.token = "another"
    run = await around.spawn()
    assert await run.ended() == 1
    assert [line.split(": ", 1)[1] for line in run.lines if " error " in line] == [
        "Telegram does not know this bot token"
    ]
    assert "Traceback" not in run.output
    assert TOKEN.partition(":")[2] not in run.output


@pytest.mark.slow
async def test_secrets_are_never_written_whatever_fails(around: LocalEnvironment) -> None:
    """Not even where both services put them into their answers, and everything is logged."""
    world, faults = around.telegram.world, around.telegram.faults
    ann = world.person("Ann")
    room = world.private(ann)
    faults.reset("setMyCommands", delivered=False)
    faults.refuse("getUpdates", f"Internal Server Error at /bot{TOKEN}/getUpdates", code=500)
    faults.reset("getUpdates", delivered=False)
    around.siliconflow.faults.add(invalid(f"What is a Bearer {KEY}?"), times=None)
    run = await around.spawn(LOG_LEVEL="debug")
    for question in ("what fails", f"my own token is {TOKEN} and my key {KEY}"):
        world.say(ann, room, question)
    await around.until(lambda: len(around.texts(room)) == 2)
    assert await run.stop() == 0
    assert {exchange.status for exchange in around.siliconflow.journal.chats} == {400}
    assert "Internal Server Error at /bot[secret]/getUpdates" in run.output
    for said in (run.output, *around.texts(room)):
        assert TOKEN.partition(":")[2] not in said
        assert KEY not in said
