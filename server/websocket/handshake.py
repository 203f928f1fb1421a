"""The handshake of a WebSocket, and the credentials of `connection_init`."""

from collections.abc import Callable
from typing import Any

from starlette.types import Scope

from server.http.credentials import has_allowed_origin
from server.http.request import HttpRequest
from server.websocket.close import CloseCode, CloseSocket

INIT_HEADERS = (
    *("authorization", "x-tenant", "x-tenant-id", "x-graphql-cost", "x-consistency-token"),
    *("x-client-name", "x-client-version"),
)
"""The fields of the payload of `connection_init` that stand for headers: pages cannot set headers of a handshake."""
_TENANT_HEADERS = {b"x-tenant", b"x-tenant-id"}
_REQUEST_KEYS = ("type", "client", "path", "query_string")


def is_allowed(request: HttpRequest, is_allowed_origin: Callable[[str], bool]) -> bool:
    """Return whether the page that opens the WebSocket, if it is a page, has the server's origin or an allowed one.
    CORS does not protect handshakes."""
    return not request.has(b"origin") or has_allowed_origin(request, is_allowed_origin)


def build_request_scope(scope: Scope, payload: dict[str, Any] | None) -> Scope:
    """Return the scope of the requests of a connection: the headers of the handshake without cookies, replaced by those
    that the payload of `connection_init` contains. Raise CloseSocket if one of them is not valid."""
    given = [_header(name.lower(), value) for name, value in (payload or {}).items() if name.lower() in INIT_HEADERS]
    replaced = {name for name, _ in given} | {b"cookie", b"idempotency-key"}
    if replaced & _TENANT_HEADERS:
        replaced |= _TENANT_HEADERS
    headers = [header for header in scope["headers"] if header[0] not in replaced]
    return {key: scope.get(key) for key in _REQUEST_KEYS} | {"headers": headers + given}


def _header(name: str, value: Any) -> tuple[bytes, bytes]:
    try:
        return name.encode(), value.strip().encode("latin-1")
    except (AttributeError, UnicodeEncodeError):
        raise CloseSocket(CloseCode.BAD_REQUEST, f"`{name}` of the payload cannot be a header.") from None
