"""What can go wrong upstream, as a tree; what to do about it is data on the branches.

    UpstreamError
    ├── AccountError      this key is of no use until its owner acts    falls back
    │   ├── KeyRefused          unknown or expired key
    │   ├── BalanceGone         nothing left to pay with
    │   ├── AccountBarred       disabled, expired, not verified
    │   └── WrongAddress        the base URL holds no such API
    ├── ModelError        this model is of no use to this account       falls back
    │   ├── ModelGone           retired, or never was there
    │   └── ModelRefused        exists, but not for this account
    ├── RequestError      the same request will fail again
    │   ├── InvalidRequest
    │   ├── TooLong             cut the history, then ask again
    │   ├── Unsupported         the model lacks what was asked of it    falls back
    │   └── Moderated           refused for its content
    └── ServiceError      the same request may succeed later            retryable, falls back
        ├── RateLimited         pause this model for this account
        ├── Overloaded
        ├── TimedOut
        ├── ServerFault
        │   └── UnsafeAddress       an image lies where nothing is fetched from      not retryable
        ├── Unreachable         no connection, or it was lost before an answer
        ├── PictureExpired      an image that was made is gone: make it again
        └── BrokenStream        the answer ended in the middle
            ├── NoAnswer            accepted, and then nothing that is an answer
            └── NoPicture           what was given or fetched is no image            not retryable

After a piece of the answer was shown (``partial``) nothing is retried and nothing falls back silently.
"""

import re
from dataclasses import dataclass
from typing import ClassVar

from bot.domain.model import Metric

DETAIL_LIMIT = 300
_KEYS = re.compile(r"\b(?:sk|gsk)[-_][\w*.-]{4,}|(?i:\bbearer\s+)[\w.*-]+")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f]+")


@dataclass(eq=False, kw_only=True)
class UpstreamError(Exception):
    """``status`` and ``code`` as the provider sent them, ``trace`` its number for the call.

    ``detail`` is its text for logs: bounded, without keys, never shown to people. ``partial``: something of the answer
    had been streamed.
    """

    _retryable: ClassVar[bool] = False
    _falls_back: ClassVar[bool] = False

    detail: str = ""
    status: int | None = None
    code: str | None = None
    trace: str | None = None
    partial: bool = False

    def __post_init__(self) -> None:
        self.detail = _BLANKS.sub(" ", _KEYS.sub("[key]", self.detail[: 2 * DETAIL_LIMIT])).strip()[:DETAIL_LIMIT]

    def __str__(self) -> str:
        numbers = "/".join(str(part) for part in (self.status, self.code) if part is not None)
        return f"{type(self).__name__} {numbers}".rstrip()

    @property
    def retryable(self) -> bool:
        """Whether the same call, after a pause, may succeed."""
        return self._retryable and not self.partial

    @property
    def falls_back(self) -> bool:
        """Whether another model, or another account, may answer instead."""
        return self._falls_back and not self.partial


class AccountError(UpstreamError):
    _falls_back = True


class KeyRefused(AccountError): ...


class BalanceGone(AccountError): ...


class AccountBarred(AccountError): ...


class WrongAddress(AccountError): ...


class ModelError(UpstreamError):
    _falls_back = True


class ModelGone(ModelError): ...


class ModelRefused(ModelError): ...


class RequestError(UpstreamError): ...


class InvalidRequest(RequestError): ...


@dataclass(eq=False, kw_only=True)
class TooLong(RequestError):
    """``limit``: tokens of prompt and answer that are taken; ``prompt``: those of the prompt; None: it is not said."""

    limit: int | None = None
    prompt: int | None = None


@dataclass(eq=False, kw_only=True)
class Unsupported(RequestError):
    """``parameter``: the key of the request that is not taken, or what else is missing (``pictures``, ``system``).

    ``instead``: the key that the provider names in its place.
    """

    _falls_back = True
    parameter: str = ""
    instead: str = ""


class Moderated(RequestError): ...


class ServiceError(UpstreamError):
    _retryable = True
    _falls_back = True


@dataclass(eq=False, kw_only=True)
class RateLimited(ServiceError):
    """``metric``: the limit that was hit; ``retry_after``: seconds; both None where the provider did not say."""

    metric: Metric | None = None
    retry_after: float | None = None


class Overloaded(ServiceError): ...


@dataclass(eq=False, kw_only=True)
class TimedOut(ServiceError):
    """``slow_start``: not a word had come. Asked again the provider would begin anew, and load its model once more."""

    slow_start: bool = False

    @property
    def retryable(self) -> bool:
        return super().retryable and not self.slow_start


class ServerFault(ServiceError): ...


class Unreachable(ServiceError): ...


class BrokenStream(ServiceError): ...


class NoAnswer(BrokenStream): ...


class PictureExpired(ServiceError):
    """The store has the picture no more, or never had it: only drawing again helps."""


@dataclass(eq=False, kw_only=True)
class NoPicture(BrokenStream):
    """What came is no picture, or more than one may be. ``kind``: what it is, such as GIF; empty: nobody knows."""

    _retryable = False
    kind: str = ""


class UnsafeAddress(ServerFault):
    """The address leads where nothing is fetched from. The same call would give the like."""

    _retryable = False
