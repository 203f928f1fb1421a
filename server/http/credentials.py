"""The credentials and the client information in a request's headers."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from starlette.requests import Request

from database.authentication import Credentials
from database.tenant_groups import TenantGroups
from resolvers.context import ClientInfo
from server.http.request import HttpRequest
from server.telemetry.log_context import current_log_context
from services.core.errors import BadInput
from services.people import secrets
from services.people.rate_limit import network_of
from services.people.session import Device
from services.people.tokens import AccessTokens, InvalidToken

MAX_USER_AGENT_LENGTH = 255
MAX_TENANT_LENGTH = 100
"""In characters. No tenant has so long a slug or id, and caches contain the header."""
_TENANT_HEADERS = (b"x-tenant", b"x-tenant-id")


def read_credentials(request: HttpRequest, tokens: AccessTokens, tenants: TenantGroups) -> Credentials:
    """Return the credentials in the headers; raise BadInput if they name two tenants.

    An invalid token yields anonymous credentials with an `auth_error`, reported only when an operation requires a
    user: a client can sign in again while it still sends an expired token.
    """
    log_context = current_log_context()
    tenant, fields = _tenant(request), _authorization(request, tokens)
    group = tenants.find(fields.get("user_id"), fields.get("key_hash"), tenant)
    return Credentials(
        tenant=tenant,
        request_id=log_context.request_id if log_context else None,
        group=group or ("network", network_of(request.client_host)),
        **fields,
    )


def _authorization(request: HttpRequest, tokens: AccessTokens) -> dict[str, Any]:
    """Return the fields of Credentials that follow from the Authorization header."""
    scheme, _, token = request.header(b"authorization").partition(" ")
    if not scheme:
        return {}
    if scheme.lower() != "bearer" or not token:
        return {"auth_error": "Send the access token as `Authorization: Bearer …`."}
    return _bearer_token(token.strip(), tokens)


def _bearer_token(token: str, tokens: AccessTokens) -> dict[str, Any]:
    if token.startswith(secrets.API_KEY_PREFIX) and len(token) <= secrets.MAX_LENGTH:
        return {"key_hash": secrets.hash_secret(token)}
    try:
        claims = tokens.verify(token)
    except InvalidToken as error:
        return {"auth_error": str(error)}
    return {"user_id": claims.user_id, "session_id": claims.session_id}


def _tenant(request: HttpRequest) -> str | None:
    values = [value.strip() for name in _TENANT_HEADERS for value in request.headers(name)]
    if len(values) > 1 and len(set(values)) > 1:
        raise BadInput("X-Tenant and X-Tenant-ID name different tenants; send one of them.")
    return values[0][:MAX_TENANT_LENGTH] if values else None


def read_client_info(http_request: HttpRequest, is_allowed_origin: Callable[[str], bool]) -> ClientInfo:
    """Return the device, origin and cookies of the client. The ASGI server has resolved X-Forwarded-For."""
    request = http_request.starlette
    address = _ip_address(request.client.host) if request.client else None
    user_agent = "".join(filter(str.isprintable, request.headers.get("user-agent", ""))).strip()
    device = Device(address, user_agent[:MAX_USER_AGENT_LENGTH] or None)
    return ClientInfo(device, _may_use_cookies(request, is_allowed_origin), request.cookies)


def _ip_address(host: str) -> str | None:
    """Return the normalized address; None if a proxy forwarded something else."""
    try:
        return str(ip_address(host))
    except ValueError:
        return None


def _may_use_cookies(request: Request, is_allowed_origin: Callable[[str], bool]) -> bool:
    """Return whether the page that sent the request may use cookies.

    Browsers send an Origin header with every POST. A client without one is no browser, so no other site can make it
    send cookies.
    """
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
    # Not parsed as a URL: urllib raises exceptions for some malformed ones, and an origin has no path.
    _, _, authority = origin.partition("://")
    return (authority != "" and authority == request.headers.get("host")) or is_allowed_origin(origin)
