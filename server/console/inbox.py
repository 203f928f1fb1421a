"""The inbox of the console: the emails of a development server without a mail server.

Their links reset passwords, so only a browser on this machine may read them.
"""

import asyncio
from dataclasses import asdict
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.config.settings import Settings
from server.console.inbox_file import InboxFile, inbox_path
from server.console.tagged_response import json_response
from server.graphql.errors import ErrorCode
from server.http.errors import error_response

INBOX_PATH = "/graphql/console/inbox.json"
_LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}
_FORWARDING_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")
_REFUSAL = "The inbox is only for browsers on the machine of the server: open the console at http://localhost."


class Inbox:
    """Responds with the emails that the server did not send."""

    def __init__(self, file: InboxFile) -> None:
        self._file = file

    def route(self) -> Route:
        """Build the route."""
        return Route(INBOX_PATH, self._respond)

    def may_read(self, request: Request) -> bool:
        """Whether the sender of this request may read the inbox."""
        return _is_same_origin(request) and _is_local(request)

    async def _respond(self, request: Request) -> Response:
        if not self.may_read(request):
            return error_response(403, ErrorCode.FORBIDDEN, _REFUSAL)
        emails = await asyncio.to_thread(self._file.load)
        return json_response(request, {"emails": [asdict(email) for email in emails]}, "no-store")


def build_inbox_file(settings: Settings) -> InboxFile | None:
    """Build the inbox of a development server without a mail server; otherwise None."""
    if settings.environment != "development" or settings.smtp is not None or not settings.graphiql:
        return None
    return InboxFile(inbox_path(settings.database))


def _is_same_origin(request: Request) -> bool:
    """Whether no page of another origin sent the request. CORS permits those of every local port in development."""
    origin = request.headers.get("Origin", "")
    is_own = not origin or origin.partition("://")[2] == request.headers.get("Host")
    return is_own and request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")


def _is_local(request: Request) -> bool:
    """Whether a program on this machine sent the request, and no proxy or tunnel forwarded it.

    The Host header is checked too: a page of another site whose name resolves to this machine (DNS rebinding) is of the
    same origin for its browser, but it names its own host.
    """
    if any(name in request.headers for name in _FORWARDING_HEADERS):
        return False
    return _is_loopback(request.client.host if request.client else "") and _names_this_machine(request)


def _names_this_machine(request: Request) -> bool:
    try:
        return urlsplit(f"//{request.headers.get('Host', '')}").hostname in _LOCAL_NAMES
    except ValueError:
        return False


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
