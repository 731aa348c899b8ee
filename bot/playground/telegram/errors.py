"""What the Bot API says when it refuses: one exception, and the words it is built from."""

import re
from typing import Any

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)
_CODE = re.compile(r"[A-Z][A-Z0-9_]*(_[A-Z0-9]+)+\Z")


class RefusedError(Exception):
    """An answer with ``ok: false``; the call changed nothing."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return body | {"parameters": self.parameters} if self.parameters else body


def bad_request(text: str, **parameters: int) -> RefusedError:
    """400. The Bot API keeps ALL_CAPS codes as they are and begins prose with a small letter."""
    return RefusedError(400, f"Bad Request: {text if _CODE.match(text) else text[:1].lower() + text[1:]}", **parameters)


def forbidden(text: str) -> RefusedError:
    return RefusedError(403, f"Forbidden: {text}")


def conflict(text: str) -> RefusedError:
    return RefusedError(409, f"Conflict: {text}")


def too_many(seconds: int) -> RefusedError:
    return RefusedError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
