"""Who may talk to the page: pages of its own, and programs of this machine that are no browser."""

import ipaddress
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def guard(host: str) -> Middleware:
    """Refuses what another site's page could have sent; ``host`` is where the page listens."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _is_own_name(request.host, host):
            raise web.HTTPForbidden(text="Open this page by an address of this machine.")
        if request.method == "POST" and not _is_own_post(request):
            raise web.HTTPForbidden(text="Only this page's own requests are taken.")
        return await handler(request)

    return check


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """For ``on_response_prepare``, so that errors have them too."""
    response.headers.update(_HEADERS)


def _is_own_name(given: str, host: str) -> bool:
    """Any other name's owner could point it here (DNS rebinding); a number points nowhere else."""
    try:
        name = urlsplit(f"//{given}").hostname or ""
    except ValueError:
        return False
    if name in {"localhost", host.lower()}:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_own_post(request: web.Request) -> bool:
    """Browsers name the origin of every POST, and send JSON to another one only after asking, which is not answered."""
    origin = request.headers.get("Origin")
    return request.content_type == "application/json" and origin in {None, f"{request.scheme}://{request.host}"}
