"""The answer to a request for an image, in any of its forms, read without trust in its size.

An image comes as base64 (plain, for URLs, in lines, as a ``data:`` URL), as an address (absolute or not), or as it is;
under OpenAI's, SiliconFlow's, Replicate's or DashScope's keys, or in the message of a chat completion.
"""

import binascii
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urljoin

from bot.domain import errors as e
from bot.domain.calls import Drawn, Picture, PictureRequest
from bot.providers.delta_text import FINISHES
from bot.providers.error_body import is_refusal
from bot.providers.error_mapping import translate
from bot.providers.image_headers import media_type, other_kind

ANSWER_LIMIT: Final = 18 << 20  # bytes, with a picture of 13 MB in it; Telegram takes photos up to 10 MB
_FRAME_LIMIT: Final = 64 << 10  # without the picture; JSON can grow a hundredfold when it is read
_ENCODED: Final = re.compile(rb'"(?:data:[\w.+/-]{3,60}(?:;[\w=.-]{1,40})*;base64,)?([A-Za-z0-9+/=_\\\r\n\t-]{16,}+)"')
_DATA_URL: Final = re.compile(rb"data:[\w.+/-]{3,60};base64,([A-Za-z0-9+/=_-]{16,}+)")
_FOR_URLS: Final = bytes.maketrans(b"-_", b"+/")

# Keys under which an address stands, and such as hold what was asked for.
_PLACES: Final = frozenset(
    {
        *(
            "url",
            "urls",
            "image",
            "images",
            "image_url",
            "imageUrl",
            "uri",
            "src",
            "href",
            "output",
            "outputs",
            "result",
        ),
        *("data", "b64_json", "image_path", "path", "signed_url", "download_url", "content", "results", "artifacts"),
        *("img", "picture", "file", "file_url", "media", "sample"),
    }
)
_ASKED: Final = frozenset(
    {"prompt", "input", "inputs", "request", "revised_prompt", "negative_prompt", "parameters", "meta"}
)
_MARKDOWN: Final = re.compile(r"!\[[^\]\n]{0,300}\]\((https?://[^\s)\[\]]{1,4000})\)")
_ADDRESS: Final = re.compile(
    r"(?:https?:)?//[!-~]{3,8000}|(?:\.{0,2}/)?[\w.~%+@-]{1,200}(?:/[\w.~%+@:-]{1,200})*(?:\?[!-~]{0,4000})?"
)
_LATER: Final = frozenset(
    {"pending", "queued", "running", "processing", "in_progress", "inqueue", "submitted", "starting"}
)
_STATES: Final = ("status", "task_status", "state")
_DEEPEST: Final = 8


def read(body: bytearray, request: PictureRequest, seconds: float, *, base_url: str = "", encoding: str = "") -> Drawn:
    """What was drawn; ``body`` is used up.

    ``seconds``: how long the call took, where the answer does not say. ``base_url``: what relative addresses are
    relative to. ``encoding``: of the body, as its header says. Raises UpstreamError.
    """
    body = _unpacked(body, encoding)
    if kind := media_type(body):
        return Drawn(Picture(bytes(body), kind), request.seed, seconds)
    if kind := other_kind(body):
        raise e.NoPicture(detail=f"a {kind}", kind=kind)
    picture = _take_picture(body)
    answer = _frame(body)
    place = picture or _address(answer, base_url)
    timings = answer.get("timings")
    took = timings.get("inference") if isinstance(timings, Mapping) else None
    seed, shared_id = answer.get("seed"), answer.get("shared_id")
    return Drawn(
        picture=place,
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else request.seed,
        seconds=float(took) if isinstance(took, int | float) and 0 <= took < 3600 else seconds,
        shared_id=str(shared_id)[:64] if isinstance(shared_id, str | int) else "",
    )


def unpacked(data: bytes | bytearray, encoding: str, limit: int) -> bytes | bytearray:
    """Out of gzip or deflate, where a server compresses unasked, up to a little more than ``limit`` bytes.

    Raises NoPicture for other encodings.
    """
    named = encoding.strip().lower()
    if data[:2] == b"\x1f\x8b" or named in ("gzip", "x-gzip", "deflate"):
        for bits in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
            try:
                return zlib.decompressobj(bits).decompress(data, limit + 1)
            except zlib.error:
                continue
        raise e.NoPicture(detail="a body that cannot be unpacked")
    if named not in ("", "identity"):
        raise e.NoPicture(detail=f"a body packed as {named[:20]}")
    return data


def _unpacked(body: bytearray, encoding: str) -> bytearray:
    whole = unpacked(body, encoding, ANSWER_LIMIT)
    if len(whole) > ANSWER_LIMIT:
        raise e.NoPicture(detail="an answer that is too long")
    return whole if isinstance(whole, bytearray) else bytearray(whole)


def _take_picture(body: bytearray) -> Picture | None:
    """Cut the first encoded picture out of ``body``, so that nothing copies it once more."""
    other = ""
    for pattern in (_ENCODED, _DATA_URL):
        for start, end in _spans(pattern, body):
            data = _decoded(body, start, end)
            if kind := media_type(data):
                del body[start:end]
                return Picture(data, kind)
            other = other or other_kind(data)
    if other:
        raise e.NoPicture(detail=f"a {other}", kind=other)
    return None


def _spans(pattern: re.Pattern[bytes], body: bytearray) -> list[tuple[int, int]]:
    """Where matches stand; the matches themselves hold on to the body, which could not shrink."""
    return [found.span(1) for found in pattern.finditer(body)]


def _decoded(body: bytearray, start: int, end: int) -> bytes:
    """Nothing where it is no base64; the beginning decides before all of it is decoded."""
    head = _plain(bytes(body[start : min(start + 4096, end)]))
    if not (media_type(head) or other_kind(head)):
        return b""
    if any(body.find(odd, start, end) >= 0 for odd in (b"\\", b"-", b"_")):
        return _plain(bytes(body[start:end]))
    try:
        with memoryview(body) as view:
            return binascii.a2b_base64(view[start:end])  # no copy of what may have 18 MB
    except binascii.Error:
        return _plain(bytes(body[start:end]))


def _plain(segment: bytes) -> bytes:
    """Decoded whatever its dress: with JSON's escapes, in lines, in the alphabet for URLs, without padding."""
    if b"\\" in segment:
        for escape, char in (
            (b"\\n", b""),
            (b"\\r", b""),
            (b"\\t", b""),
            (b"\\/", b"/"),
            (b"\\u003d", b"="),
            (b"\\u002b", b"+"),
        ):
            segment = segment.replace(escape, char)
    if b"-" in segment or b"_" in segment:
        segment = segment.translate(_FOR_URLS)
    letters = len(segment.rstrip(b"=\r\n\t")) - segment.count(b"\n") - segment.count(b"\r") - segment.count(b"\t")
    try:
        return binascii.a2b_base64(segment)
    except binascii.Error:
        pass
    try:  # without its padding, or cut within a group
        return binascii.a2b_base64(segment.rstrip(b"=\r\n\t")[: letters // 4 * 4 if letters % 4 == 1 else None] + b"==")
    except binascii.Error:
        return b""


def _frame(body: bytearray) -> Mapping[str, Any]:
    if len(body) > _FRAME_LIMIT:
        raise e.NoPicture(detail="an answer that is too long")
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise e.NoPicture(detail="an answer that is no JSON") from error
    if isinstance(answer, list):
        answer = {"data": answer}
    if isinstance(answer, str):
        answer = {"url": answer}
    if not isinstance(answer, Mapping):
        raise e.NoPicture(detail="an answer that is no object")
    return answer


def _address(answer: Mapping[str, Any], base_url: str) -> str:
    for address in _addresses(answer, "", 0):
        return urljoin(f"{base_url.partition('?')[0].rstrip('/')}/", address) if base_url else address
    if is_refusal(answer, beside_choice=False):
        raise translate(200, answer)
    if _is_withheld(answer, 0):
        raise e.Moderated(detail="an answer whose picture was withheld", status=200)
    if any(str(value).lower() in _LATER for value in _values(answer, _STATES, 0)):
        raise e.NoPicture(kind="task", detail="the picture is to be asked for later", status=200)
    entries = next(
        (answer[key] for key in ("images", "data", "output", "results") if isinstance(answer.get(key), list)), None
    )
    if entries == []:  # how a prompt is refused at times
        raise e.Moderated(detail="an answer without a picture", status=200)
    raise e.NoPicture(detail="an answer without a picture", status=200)


def _addresses(value: Any, key: str, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        yield from _read_address(value.strip(), key)
    elif isinstance(value, list):
        for each in value[:64]:
            yield from _addresses(each, key, depth + 1)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            if name not in _ASKED:
                yield from _addresses(each, str(name), depth + 1)


def _read_address(text: str, key: str) -> Iterator[str]:
    if key not in _PLACES or not text or len(text) > 16_000:
        return
    if key == "content" and (found := _MARKDOWN.search(text)):
        yield found[1]
    elif key == "b64_json" and "://" not in text:
        return
    elif _ADDRESS.fullmatch(text) and ("://" in text or text.startswith("//") or ("/" in text and key != "content")):
        yield text


def _is_withheld(value: Any, depth: int) -> bool:
    """Whether anything in the answer says that it was withheld for its content."""
    if depth > _DEEPEST:
        return False
    if isinstance(value, list):
        return any(_is_withheld(each, depth + 1) for each in value[:64])
    if not isinstance(value, Mapping):
        return False
    for name, each in value.items():
        word = str(each).strip().lower()
        if name in ("finish_reason", "finishReason", "status", "reason", "blockReason") and FINISHES.get(word) in (
            "filtered",
            "refused",
        ):
            return True
        if "nsfw" in str(name).lower() and each not in (False, None, [], 0, [False]):
            return True
        if name not in _ASKED and _is_withheld(each, depth + 1):
            return True
    return False


def _values(value: Any, names: tuple[str, ...], depth: int) -> Iterator[Any]:
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name in names and isinstance(each, str):
                yield each
            yield from _values(each, names, depth + 1)
