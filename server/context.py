"""Who is calling, read off a request's headers."""

from dataclasses import replace

from starlette.requests import Request

from queries.caller import Caller
from server.request_log import current_request
from services.errors import BadInput
from services.tokens import BadToken, Tokens

_TENANT_HEADERS = ("x-tenant", "x-tenant-id")


def caller_of(request: Request, tokens: Tokens) -> Caller:
    """The caller that a request claims to be. A token that does not count makes an anonymous one, who learns why as
    soon as something needs a user; signing in again works whatever is sent along."""
    record = current_request()
    nobody = Caller(tenant=_tenant(request), request_id=record.id if record else None)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return nobody
    if scheme.lower() != "bearer" or not token:
        return replace(nobody, problem="Send the access token as `Authorization: Bearer …`.")
    try:
        return replace(nobody, user_id=tokens.read(token.strip()))
    except BadToken as problem:
        return replace(nobody, problem=str(problem))


def _tenant(request: Request) -> str | None:
    named = {value.strip() for name in _TENANT_HEADERS for value in request.headers.getlist(name)}
    if len(named) > 1:
        raise BadInput("X-Tenant and X-Tenant-ID name different tenants; send one of them.")
    return named.pop() if named else None
