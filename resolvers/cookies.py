"""Refresh tokens in cookies, for browsers: scripts cannot read them, and no other site can have them sent.

A cookie is sent by the browser, not by the page, so whoever takes one must know that the page is ours. SameSite=Strict
keeps other sites out; requests are JSON, which no form can send and for which a browser asks first; and where the
browser names the page's origin, it must be one that is let in.
"""

from resolvers.context import Context, Cookie
from schema.inputs.session import TokenTransport
from services import secrets
from services.errors import Forbidden
from services.session import SignedIn


def keep_refresh_token(context: Context, signed_in: SignedIn, transport: TokenTransport) -> SignedIn:
    """The same, with the refresh token put where the client wants it: in a cookie, it is not in the payload."""
    if transport is TokenTransport.PAYLOAD:
        return signed_in
    _require_own_page(context)
    context.response_cookies.append(Cookie(signed_in.refresh_token or "", signed_in.seconds_left))
    return signed_in.without_refresh_token()


def sent_refresh_token(context: Context, given: str | None) -> tuple[str | None, TokenTransport]:
    """The refresh token that was sent, and how."""
    if given is not None:
        return given, TokenTransport.PAYLOAD
    cookie = context.origin.cookies.get(context.tools.cookie_name)
    if cookie is None or len(cookie) > secrets.LONGEST:
        return None, TokenTransport.COOKIE
    _require_own_page(context)
    return cookie, TokenTransport.COOKIE


def drop_refresh_token(context: Context) -> None:
    """Have the browser forget the cookie, if it sent one."""
    if context.tools.cookie_name in context.origin.cookies:
        context.response_cookies.append(Cookie("", 0))


def _require_own_page(context: Context) -> None:
    if not context.origin.is_own_page:
        raise Forbidden("Cookies are not for pages of this origin. Name it in CORS_ORIGINS if it is one of yours.")
