"""What is known of the request being served, for every log line written while it is."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(slots=True)
class RequestRecord:
    """Mutable on purpose: tenant, user and operation are filled in as they become known, by whoever learns them."""

    id: str
    tenant: str | None = None
    user: UUID | None = None
    operation: str | None = None


# The middleware of server/request_id.py sets it. Tasks that a request starts inherit the same record.
request_record: ContextVar[RequestRecord | None] = ContextVar("request_record", default=None)


def current_request() -> RequestRecord | None:
    """The record of the request being served; none outside of requests."""
    return request_record.get()
