"""The chat page: what people see of the local Telegram, and do in it, in a browser.

:class:`Page` serves ``static/`` and a small JSON API: ``GET /api/state`` is everything there is to see,
``GET /api/events`` the same followed by whatever changes, and POSTs are what people do.
"""

from bot.playground.page.server import EVERYWHERE, Page

__all__ = ["EVERYWHERE", "Page"]
