"""The handlers' name for :mod:`bot.telegram.figures`."""

from bot.telegram.figures import count as count
from bot.telegram.figures import moment as moment
from bot.telegram.figures import share as share
from bot.telegram.figures import span as span
from bot.telegram.figures import yuan as yuan
