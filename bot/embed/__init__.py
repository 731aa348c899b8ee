"""Mount the bot in somebody else's application, built with aiogram or with python-telegram-bot."""

from bot.embed.embedded import Embedded as Embedded
from bot.embed.update_matcher import MOUNTED as MOUNTED
