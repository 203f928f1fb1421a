"""Which pages of other origins may talk to us."""

from collections.abc import Awaitable
from functools import partial

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.settings import Settings

HEADERS = ["Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID", "X-Tenant", "X-Tenant-ID"]
_VARY = (b"vary", b"Origin")


class Cors(CORSMiddleware):
    """Starlette's, but for requests that name no origin, as those of programs: there is nothing to work out."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not any(name == b"origin" for name, _ in scope["headers"]):
            await self.app(scope, receive, partial(_send_varying, send))
        else:
            await super().__call__(scope, receive, send)


def _send_varying(send: Send, message: Message) -> Awaitable[None]:
    """Tell caches that other origins are answered otherwise."""
    if message["type"] == "http.response.start":
        message["headers"] = [*message.get("headers", ()), _VARY]
    return send(message)


def cors(app: ASGIApp, settings: Settings) -> Cors:
    """The application, for pages of the origins in the settings as well."""
    return Cors(
        app,
        allow_origins=settings.cors_origins,
        allow_origin_regex=settings.cors_origin_regex,
        allow_credentials="*" not in settings.cors_origins,  # cookies go to origins that were named only
        allow_methods=["GET", "POST"],
        allow_headers=HEADERS,
        expose_headers=["Idempotency-Replayed", "X-Request-ID"],
        max_age=600,
    )
