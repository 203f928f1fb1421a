"""Refresh tokens in HttpOnly cookies, for browsers.

The browser adds a cookie to any request, so a request with a cookie needs protection against CSRF: the cookie is
SameSite=Strict; requests are JSON, which forms cannot send and which requires a CORS preflight across origins; and an
Origin header must name an allowed origin.
"""

from inputs.session import TokenTransport
from resolvers.client_info import Cookie
from resolvers.context import Context
from services.core.errors import Forbidden
from services.people import secrets
from services.people.session import SessionTokens

_CROSS_SITE = (
    "The page is on another site than the server, so its browser would not keep the cookie. Open both under one host "
    "name (for a browser, 127.0.0.1 and localhost are two sites), or use the refresh token from the payload."
)

_WEBSOCKET = (
    "Cookies cannot be set over WebSocket. Send this mutation over HTTP, or use the refresh token from the payload."
)


def deliver_refresh_token(context: Context, tokens: SessionTokens, transport: TokenTransport) -> SessionTokens:
    """Return the tokens with the refresh token in the payload, or move it from the payload to a cookie."""
    if transport is TokenTransport.PAYLOAD:
        return tokens
    _require_cookie(context)
    context.response_cookies.append(Cookie(tokens.refresh_token or "", tokens.seconds_remaining))
    return tokens.without_refresh_token()


def read_refresh_token(context: Context, token: str | None) -> tuple[str | None, TokenTransport]:
    """Return the refresh token of the request, and its transport: the `token` of the input, or the cookie's."""
    if token is not None:
        return token, TokenTransport.PAYLOAD
    cookie = context.client_info.cookies.get(context.services.cookie_name)
    if cookie is None or len(cookie) > secrets.MAX_LENGTH:
        return None, TokenTransport.COOKIE
    _require_allowed_origin(context)
    return cookie, TokenTransport.COOKIE


def clear_refresh_cookie(context: Context) -> None:
    """Delete the cookie in the browser, if the request has one."""
    if context.services.cookie_name in context.client_info.cookies:
        context.response_cookies.append(Cookie("", 0))


def _require_cookie(context: Context) -> None:
    """Raise Forbidden if the client would not get the cookie, or may not."""
    if not context.client_info.sets_cookies:
        raise Forbidden(_WEBSOCKET)
    _require_allowed_origin(context)
    if context.client_info.is_cross_site:
        raise Forbidden(_CROSS_SITE)


def _require_allowed_origin(context: Context) -> None:
    if not context.client_info.is_allowed_origin:
        raise Forbidden("Pages of this origin may not use cookies. If it is yours, add it to CORS_ORIGINS.")
