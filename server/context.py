"""Who is calling and from where, read off a request's headers."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request

from queries.caller import Caller
from resolvers.context import Origin
from server.incoming import Incoming
from server.request_log import current_request
from services import secrets
from services.errors import BadInput
from services.session import Device
from services.tokens import BadToken, Tokens

LONGEST_AGENT = 255
_TENANT_HEADERS = (b"x-tenant", b"x-tenant-id")


def caller_of(request: Incoming, tokens: Tokens) -> Caller:
    """The caller that a request claims to be. A token that does not count makes an anonymous one, who learns why as
    soon as something needs a user; signing in again works whatever is sent along."""
    record = current_request()
    return Caller(tenant=_tenant(request), request_id=record.id if record else None, **_claim(request, tokens))


def _claim(request: Incoming, tokens: Tokens) -> dict[str, Any]:
    scheme, _, token = request.header(b"authorization").partition(" ")
    if not scheme:
        return {}
    if scheme.lower() != "bearer" or not token:
        return {"problem": "Send the access token as `Authorization: Bearer …`."}
    return _bearer(token.strip(), tokens)


def _bearer(token: str, tokens: Tokens) -> dict[str, Any]:
    if token.startswith(secrets.API_KEY) and len(token) <= secrets.LONGEST:
        return {"key_hash": secrets.hashed(token)}
    try:
        identity = tokens.read(token)
    except BadToken as problem:
        return {"problem": str(problem)}
    return {"user_id": identity.user_id, "session_id": identity.session_id}


def origin_of(incoming: Incoming, is_let_in: Callable[[str], bool]) -> Origin:
    """Where a request comes from. The address is the connection's, or, behind a trusted proxy, what that says of it."""
    request = incoming.starlette
    address = _address(request.client.host) if request.client else None
    agent = "".join(filter(str.isprintable, request.headers.get("user-agent", ""))).strip()
    return Origin(Device(address, agent[:LONGEST_AGENT] or None), _is_own_page(request, is_let_in), request.cookies)


def _address(host: str) -> str | None:
    """The address, if it is one: what a proxy says may be anything."""
    try:
        return str(ip_address(host))
    except ValueError:
        return None


def _is_own_page(request: Request, is_let_in: Callable[[str], bool]) -> bool:
    """Whether the page that sends it may use cookies. Browsers name its origin with every POST; who names none is no
    browser, and has no cookies that others could have it send."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    return urlsplit(origin).netloc == request.headers.get("host") or is_let_in(origin)


def _tenant(request: Incoming) -> str | None:
    named = {value.strip() for name in _TENANT_HEADERS for value in request.headers(name)}
    if len(named) > 1:
        raise BadInput("X-Tenant and X-Tenant-ID name different tenants; send one of them.")
    return named.pop() if named else None
