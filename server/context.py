"""Who is calling and from where, read off a request's headers."""

from starlette.requests import Request

from queries.caller import Caller
from resolvers.context import Origin
from services import secrets
from services.errors import BadInput
from services.session import Device
from services.tokens import BadToken, Tokens

LONGEST_AGENT = 255
_TENANT_HEADERS = ("x-tenant", "x-tenant-id")


def caller_of(request: Request, tokens: Tokens) -> Caller:
    """The caller that a request claims to be. A token that does not count makes an anonymous one, who learns why as
    soon as something needs a user; signing in again works whatever is sent along."""
    tenant = _tenant(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return Caller(tenant=tenant)
    if scheme.lower() != "bearer" or not token:
        return Caller(tenant=tenant, problem="Send the access token as `Authorization: Bearer …`.")
    return _bearer(token.strip(), tenant, tokens)


def _bearer(token: str, tenant: str | None, tokens: Tokens) -> Caller:
    if token.startswith(secrets.API_KEY) and len(token) <= secrets.LONGEST:
        return Caller(tenant=tenant, key_hash=secrets.hashed(token))
    try:
        identity = tokens.read(token)
    except BadToken as problem:
        return Caller(tenant=tenant, problem=str(problem))
    return Caller(identity.user_id, tenant, session_id=identity.session_id)


def origin_of(request: Request) -> Origin:
    """Where a request comes from. The address is the connection's, or, behind a trusted proxy, what that says of it."""
    address = request.client.host if request.client else None
    agent = "".join(filter(str.isprintable, request.headers.get("user-agent", ""))).strip()
    return Origin(Device(address, agent[:LONGEST_AGENT] or None), request.headers.get("origin"), request.cookies)


def _tenant(request: Request) -> str | None:
    named = {value.strip() for name in _TENANT_HEADERS for value in request.headers.getlist(name)}
    if len(named) > 1:
        raise BadInput("X-Tenant and X-Tenant-ID name different tenants; send one of them.")
    return named.pop() if named else None
