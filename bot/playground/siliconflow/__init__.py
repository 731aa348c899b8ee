"""A local SiliconFlow: the API over real HTTP, with its limits and its errors, and no model behind it."""

from bot.playground.siliconflow.completions import RateRefusal as RateRefusal
from bot.playground.siliconflow.faults import Quirks as Quirks
from bot.playground.siliconflow.faults import Reset as Reset
from bot.playground.siliconflow.script import Script as Script
from bot.playground.siliconflow.server import LocalSiliconFlow as LocalSiliconFlow
from bot.playground.siliconflow.speed import HUMAN as HUMAN
from bot.playground.siliconflow.speed import INSTANT as INSTANT
from bot.playground.siliconflow.speed import Speed as Speed
