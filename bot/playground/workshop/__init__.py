"""The developers' side of the page: what the bot asks and is told, its limits, faults to switch on, and its end.

:class:`Inspector` adds to the page ``GET /api/workshop/events`` (everything once, then whatever changes),
``GET /api/workshop/calls/NUMBER`` (one call whole), and the POSTs ``/api/workshop/switch`` and ``/api/workshop/kill``.
"""

from bot.playground.workshop.inspector import Inspector as Inspector
from bot.playground.workshop.switches import Switches as Switches
