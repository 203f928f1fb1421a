"""The request that causes a change or an event, for the audit and for sign-in events."""

from dataclasses import dataclass


@dataclass(slots=True)
class RequestInfo:
    """The request that a use case belongs to."""

    id: str | None = None
    operation: str | None = None
    address: str | None = None
    user_agent: str | None = None
    tenant: str | None = None
    """The tenant that the request names by slug or id, whether or not its user is a member."""
