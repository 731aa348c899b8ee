"""Who may talk to a local server: pages of its own, and programs of this machine that are no browser."""

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
    """Refuses on every route what another site's page could have sent; ``host`` is where the server listens."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _is_own_name(request.host, host):
            raise web.HTTPForbidden(text="Open this page by an address of this machine.")
        if request.headers.get("Origin") not in {None, f"{request.scheme}://{request.host}"}:
            raise web.HTTPForbidden(text="Only this page's own requests are taken.")
        return await handler(request)

    return check


@web.middleware
async def only_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Of what is sent to the page. Browsers send JSON to another site only after asking, which is not answered."""
    if request.method == "POST" and request.content_type != "application/json":
        raise web.HTTPForbidden(text="Only this page's own requests are taken.")
    return await handler(request)


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
