"""The floor that the bot is measured against: aiogram and httpx as their front pages show them, and nothing kept.

It is given the same variables as the bot.
"""

import asyncio
import os

import httpx
from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message

MODEL = "deepseek-ai/DeepSeek-V3.2"


async def answer(message: Message, upstream: httpx.AsyncClient) -> None:
    question = {"model": MODEL, "messages": [{"role": "user", "content": message.text}]}
    response = await upstream.post("/chat/completions", json=question)
    response.raise_for_status()
    await message.answer(response.json()["choices"][0]["message"]["content"])


async def main() -> None:
    server = TelegramAPIServer.from_base(os.environ["TELEGRAM_API_URL"])
    bot = Bot(os.environ["TELEGRAM_BOT_TOKEN"], session=AiohttpSession(api=server))
    dispatcher = Dispatcher()
    dispatcher.message.register(answer, F.text)
    headers = {"Authorization": f"Bearer {os.environ['SILICONFLOW_API_KEY']}"}
    url = os.environ["SILICONFLOW_BASE_URL"]
    # By default a call that waits five seconds for a connection is given up, and its question lost.
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as upstream:
        await dispatcher.start_polling(bot, upstream=upstream)


if __name__ == "__main__":
    asyncio.run(main())
