"""The credentials and the client information in a request's headers."""

import re
from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address
from time import time

from database.authentication import Credentials, user_group
from database.shares import Group
from resolvers.client_info import ClientInfo
from server.http.request import HttpRequest
from server.telemetry.log_context import log_context
from services.core.errors import BadInput
from services.people import secrets
from services.people.rate_limit import network_of
from services.people.session import Device
from services.people.tokens import AccessTokens, InvalidToken

MAX_USER_AGENT_LENGTH = 255
MAX_TENANT_LENGTH = 100
"""In characters. No tenant has so long a slug or id, and caches contain the header."""
_LOOPBACK_NAMES = {"localhost", "127.0.0.1", "[::1]"}
_TENANT_HEADERS = (b"x-tenant", b"x-tenant-id")


def read_credentials(request: HttpRequest, tokens: AccessTokens) -> Credentials:
    """Return the credentials in the headers; raise BadInput if they name two tenants.

    An invalid token yields anonymous credentials with an `auth_error`, reported only when an operation requires a
    user: a client can sign in again while it still sends an expired token.
    """
    head, log = request.head, log_context.get()
    found = head.credentials
    if found is None or (found.expires_at is not None and found.expires_at <= time()):
        found = _find_credentials(request, tokens)
        head.credentials = found if found.auth_error is None else None  # a token may become valid later
    request_id = None if log is None else log.request_id
    return Credentials(
        found.user_id,
        found.tenant,
        found.auth_error,
        found.session_id,
        found.key_hash,
        request_id,
        None,
        found.expires_at,
    )


def _find_credentials(request: HttpRequest, tokens: AccessTokens) -> Credentials:
    credentials = Credentials(tenant=_tenant(request))
    scheme, _, token = request.header(b"authorization").partition(" ")
    if scheme.lower() == "bearer" and token:
        _set_token(credentials, token.strip(), tokens)
    elif scheme:
        credentials.auth_error = "Send the access token as `Authorization: Bearer …`."
    return credentials


def _set_token(credentials: Credentials, token: str, tokens: AccessTokens) -> None:
    """Set the fields that follow from the API key or the access token."""
    if token.startswith(secrets.API_KEY_PREFIX) and len(token) <= secrets.MAX_LENGTH:
        credentials.key_hash = secrets.hash_secret(token)
        return
    try:
        claims = tokens.verify(token)
    except InvalidToken as error:
        credentials.auth_error = str(error)
    else:
        credentials.user_id, credentials.session_id = claims.user_id, claims.session_id
        credentials.expires_at = claims.expires_at


def find_group(credentials: Credentials, client_host: str | None) -> Group:
    """Return the group of a caller that is not confirmed: that of the verified token's user, or of the network."""
    if credentials.user_id is not None:
        return user_group(credentials.user_id)
    return f"network:{network_of(client_host)}"


def _tenant(request: HttpRequest) -> str | None:
    names = request.head.by_name
    if _TENANT_HEADERS[0] in names and _TENANT_HEADERS[1] not in names and not request.head.has_repeated:
        return names[_TENANT_HEADERS[0]].decode("latin-1").strip()[:MAX_TENANT_LENGTH]
    values = [value.strip() for name in _TENANT_HEADERS if name in names for value in request.headers(name)]
    if len(values) > 1 and len(set(values)) > 1:
        raise BadInput("X-Tenant and X-Tenant-ID name different tenants; send one of them.")
    return values[0][:MAX_TENANT_LENGTH] if values else None


def read_client_info(request: HttpRequest, is_allowed_origin: Callable[[str], bool]) -> ClientInfo:
    """Return the device, origin and cookies of the client. The ASGI server has resolved X-Forwarded-For."""
    address = None if request.client_host is None else _ip_address(request.client_host)
    user_agent = request.header(b"user-agent")
    if not user_agent.isprintable():
        user_agent = "".join(filter(str.isprintable, user_agent))
    device = Device(address, user_agent.strip()[:MAX_USER_AGENT_LENGTH] or None)
    cookies = request.starlette.cookies if request.has(b"cookie") else {}
    sets_cookies = request.scope["type"] == "http"
    may_use_cookies = _may_use_cookies(request, is_allowed_origin)
    return ClientInfo(device, may_use_cookies, _is_cross_site(request), cookies, sets_cookies=sets_cookies)


@lru_cache(1000)
def _ip_address(host: str) -> str | None:
    """Return the normalized address; None if a proxy forwarded something else."""
    try:
        return str(ip_address(host))
    except ValueError:
        return None


def _may_use_cookies(request: HttpRequest, is_allowed_origin: Callable[[str], bool]) -> bool:
    """Return whether the page that sent the request may use cookies.

    Browsers send an Origin header with every POST. A client without one is no browser, so no other site can make it
    send cookies.
    """
    if not request.has(b"origin"):
        return request.header(b"sec-fetch-site") in ("", "same-origin", "none")
    return has_allowed_origin(request, is_allowed_origin)


def has_allowed_origin(request: HttpRequest, is_allowed_origin: Callable[[str], bool]) -> bool:
    """Return whether the Origin header names the server itself or an allowed origin."""
    origin = request.header(b"origin")
    # Not parsed as a URL: urllib raises exceptions for some malformed ones, and an origin has no path.
    _, _, authority = origin.partition("://")
    return (authority != "" and authority == request.header(b"host")) or is_allowed_origin(origin)


def _is_cross_site(request: HttpRequest) -> bool:
    """Return whether a page of another site sent the request: its browser keeps no strict cookie. Browsers say so in a
    header, except old ones. Then only the names of this machine are compared, since they are confused most often."""
    if request.has(b"sec-fetch-site"):
        return request.header(b"sec-fetch-site") == "cross-site"
    if not request.has(b"origin"):
        return False
    _, _, authority = request.header(b"origin").partition("://")
    names = {_host_name(authority), _host_name(request.header(b"host"))}
    return len(names) > 1 and names <= _LOOPBACK_NAMES


def _host_name(authority: str) -> str:
    """Return the authority without its port."""
    return re.sub(r":\d*$", "", authority)
