"""The answer to a request for a picture, in any of its forms, read without trust in its size."""

import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from bot.domain import errors as e
from bot.domain.calls import Drawn, Picture, PictureRequest
from bot.providers.error_mapping import translate
from bot.providers.image_headers import media_type

ANSWER_LIMIT = 18 << 20  # bytes, with a picture of 13 MB in it; Telegram takes photos up to 10 MB
_FRAME_LIMIT = 64 << 10  # without the picture; JSON can grow a hundredfold when it is read
_ENCODED = re.compile(rb'"b64_json"\s*:\s*"([A-Za-z0-9+/=\\]*+)"')


def read(body: bytearray, request: PictureRequest, seconds: float) -> Drawn:
    """What was drawn; ``body`` is used up. ``seconds``: how long the call took, where the answer does not say.

    Raises UpstreamError.
    """
    picture = _take_picture(body)
    answer = _frame(body)
    place = picture or _address(answer)
    timings = answer.get("timings")
    took = timings.get("inference") if isinstance(timings, Mapping) else None
    seed, shared_id = answer.get("seed"), answer.get("shared_id")
    return Drawn(
        picture=place,
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else request.seed,
        seconds=float(took) if isinstance(took, int | float) and 0 <= took < 3600 else seconds,
        shared_id=str(shared_id)[:64] if isinstance(shared_id, str | int) else "",
    )


def _take_picture(body: bytearray) -> Picture | None:
    """Cut the first encoded picture out of ``body``, so that nothing copies it once more."""
    found = _ENCODED.search(body)
    if found is None:
        return None
    start, end = found.span(1)
    del found  # it holds on to the body, which could not shrink
    try:
        with memoryview(body) as view:
            data = binascii.a2b_base64(view[start:end])
    except binascii.Error as error:
        raise e.BrokenStream(detail=f"a picture that cannot be decoded: {error}") from error
    kind = media_type(data)
    if kind is None:
        raise e.BrokenStream(detail="a picture of no known type")
    del body[start:end]
    return Picture(data, kind)


def _frame(body: bytearray) -> Mapping[str, Any]:
    if len(body) > _FRAME_LIMIT:
        raise e.BrokenStream(detail="an answer that is too long")
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise e.BrokenStream(detail="an answer that is no JSON") from error
    if not isinstance(answer, Mapping):
        raise e.BrokenStream(detail="an answer that is no object")
    return answer


def _address(answer: Mapping[str, Any]) -> str:
    entries = answer.get("images", answer.get("data"))
    if not isinstance(entries, list):
        raise translate(200, answer)
    if not entries:  # how a prompt is refused at times
        raise e.Moderated(detail="an answer without a picture", status=200)
    address = entries[0].get("url") if isinstance(entries[0], Mapping) else None
    if not isinstance(address, str):
        raise e.BrokenStream(detail="a picture without an address")
    return address
