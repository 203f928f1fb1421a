"""The client that sent a request, and the cookies that it gets."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.people.session import Device


@dataclass(frozen=True)
class ClientInfo:
    """The client that sent a request: its device, origin and cookies."""

    device: Device = field(default_factory=Device)
    is_allowed_origin: bool = True
    """False if the browser sent an Origin header that CORS_ORIGINS does not allow."""
    is_cross_site: bool = False
    """Whether a page of another site sent the request, such as one of 127.0.0.1 to localhost."""
    cookies: Mapping[str, str] = field(default_factory=dict)
    sets_cookies: bool = True
    """Whether the response can set cookies; a message over WebSocket cannot."""


@dataclass(frozen=True)
class Cookie:
    """A refresh token cookie to set in the response; max_age_seconds=0 deletes it."""

    value: str
    max_age_seconds: int
