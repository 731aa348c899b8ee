"""The playground without a browser, as the real process: fed by a pipe, on tour, and as two servers alone."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from aiohttp import ClientSession

ROOT = Path(__file__).parents[2]
PATIENCE = 40.0  # seconds until a process is taken for stuck; a start takes up to ten on a busy machine


async def started(
    folder: Path, *options: str, stdout: int = asyncio.subprocess.PIPE, env: dict[str, str] | None = None
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "playground", *options),
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "TMPDIR": str(folder), **(env or {})},
        stdin=asyncio.subprocess.PIPE,
        stdout=stdout,
        stderr=asyncio.subprocess.PIPE,
    )


async def fed(folder: Path, typed: str, *options: str, **variables: str) -> tuple[int | None, str, str]:
    """Exit code, output and complaints of a process that was given so many lines."""
    process = await started(folder, *options, env=variables)
    async with asyncio.timeout(PATIENCE):
        out, complaints = await process.communicate(typed.encode())
    return process.returncode, out.decode(), complaints.decode()


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.mark.slow
async def test_each_line_of_a_pipe_is_answered_before_the_next(tmp_path: Path) -> None:
    typed = "/start\nRemember: 4711\nWhat did I tell you?\n:dance\n:as 小明\n你好\n:quit\nnever said"
    code, out, complaints = await fed(tmp_path, typed, "--terminal")
    assert (code, complaints) == (0, "")
    spoken = ["/start", "/help", "Remember: 4711", "No earlier turns", "What did I tell you?", "You told me:",
              "no :dance", "You are 小明 now", "你好", "没有模型"]  # fmt: skip
    position = -1
    for words in spoken:
        position = out.index(words, position + 1)
    assert "\x1b" not in out
    assert "never said" not in out
    assert names_in(tmp_path) == [], "it left something behind"


@pytest.mark.slow
async def test_ctrl_c_ends_it_while_it_waits_for_a_line(tmp_path: Path) -> None:
    process = await started(tmp_path, "--terminal")
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        assert b"You are Ann" in await process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
        _, complaints = await process.communicate()
    assert complaints == b""
    assert names_in(tmp_path) == [], "it left something behind"


@pytest.mark.slow
async def test_it_ends_in_silence_when_nobody_reads_any_more(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = await started(tmp_path, "--terminal", stdout=writing)
    os.close(writing)
    async with asyncio.timeout(PATIENCE):
        _, complaints = await process.communicate(b"hello\n")
    assert (process.returncode, complaints) == (1, b"")


async def test_the_servers_alone_answer_whoever_has_what_they_print(tmp_path: Path) -> None:
    process = await started(
        tmp_path, "--servers-only", "--port", "0", "--token", "1234:mine", env={"SILICONFLOW_API_KEY": "sk-own"}
    )
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE), ClientSession() as http:
        lines = [(await process.stdout.readline()).decode().strip() for _ in range(9)]
        printed = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
        page = lines[-1].rpartition(" ")[2]
        assert printed["TELEGRAM_BOT_TOKEN"] == "1234:mine"
        async with http.get(f"{printed['TELEGRAM_API_URL']}/bot1234:mine/getMe") as answer:
            assert (await answer.json())["result"]["id"] == 1234
        headers = {"Authorization": f"Bearer {printed['SILICONFLOW_API_KEY']}"}
        body = {"model": "Qwen/Qwen3-8B", "messages": [{"role": "user", "content": "Who are you?"}]}
        url = f"{printed['SILICONFLOW_BASE_URL']}/chat/completions"
        async with http.post(url, json=body, headers=headers) as answer:
            assert "Who are you?" in (await answer.json())["choices"][0]["message"]["content"]
        async with http.get(f"{page}/api/state") as answer:
            person = (await answer.json())["people"][0]["id"]
        said = {"person": person, "chat": person, "text": "hello, my bot"}
        async with http.post(f"{page}/api/say", json=said) as answer:
            assert answer.status == 200
        async with http.get(f"{printed['TELEGRAM_API_URL']}/bot1234:mine/getUpdates?offset=-1") as answer:
            [update] = (await answer.json())["result"]
        assert update["message"]["text"] == "hello, my bot"
        process.send_signal(signal.SIGTERM)
        _, complaints = await process.communicate()
    assert (process.returncode, complaints) == (0, b"")
    assert names_in(tmp_path) == [], "it left something behind"


@pytest.mark.slow
async def test_the_tour_costs_nothing_even_with_a_key_and_leaves_its_pictures(tmp_path: Path) -> None:
    """The key's address is one where nobody listens."""
    code, out, complaints = await fed(
        tmp_path,
        "",
        "--tour",
        SILICONFLOW_API_KEY="sk-own",
        SILICONFLOW_BASE_URL="http://127.0.0.1:9/v1",
        GROUP_ARCHIVE="off",
    )
    assert (code, complaints) == (0, ""), out
    [folder] = names_in(tmp_path)
    assert folder in out
    assert len(names_in(tmp_path / folder)) == 2
