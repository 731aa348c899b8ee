"""Which Chromium the tests drive: the machine's own, since Playwright's would be a download at every place."""

import os
import shutil

MISSING = (
    "No Chromium was found, so the page is not tried in a browser: install Debian's package chromium "
    "(apt-get install chromium), or name one by CHROMIUM=/path/to/it."
)
FLAGS = (
    "--no-sandbox",  # in a container it cannot make one of its own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

_NAMES = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")


def found() -> str | None:
    """Its path. What ``CHROMIUM`` names is taken alone: a typing error there must not test another browser."""
    named = os.environ.get("CHROMIUM")
    return next(filter(None, map(shutil.which, [named] if named else _NAMES)), None)
